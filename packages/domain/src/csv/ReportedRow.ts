import { Schema } from "effect"
import { MatchingRule } from "../user/MatchingRule.ts"
import type { RowOutcome } from "./RowOutcome.ts"

/** What a row came to, as it is kept for whoever asks later: what is not there is left out. */
const Text = Schema.fromJsonString(
  Schema.Struct({
    line: Schema.Int,
    outcome: Schema.Literals(["created", "revived", "updated", "unchanged", "rejected"]),
    user: Schema.optionalKey(
      Schema.Struct({
        id: Schema.optionalKey(Schema.String),
        userId: Schema.optionalKey(Schema.Int),
        userName: Schema.String
      })
    ),
    rule: Schema.optionalKey(MatchingRule),
    changes: Schema.Array(
      Schema.Struct({
        attribute: Schema.String,
        before: Schema.optionalKey(Schema.Json),
        after: Schema.optionalKey(Schema.Json)
      })
    ),
    notes: Schema.Array(Schema.String),
    error: Schema.optionalKey(
      Schema.Struct({
        column: Schema.optionalKey(Schema.String),
        detail: Schema.String,
        caseCode: Schema.optionalKey(Schema.String)
      })
    ),
    cells: Schema.Array(Schema.String)
  })
)

const decode = Schema.decodeSync(Text)

/** A row of a report as text. Of the cells only those of rows that stayed out are kept: a rejects file repeats them. */
export const reportedText = (outcome: RowOutcome): string =>
  JSON.stringify({ ...outcome, cells: outcome.error === undefined ? [] : outcome.cells })

/** Reads what {@link reportedText} has written. */
export const readReported = (text: string): RowOutcome => {
  const { changes, error, user, ...row } = decode(text)
  return {
    ...row,
    rule: row.rule,
    user: user === undefined ? undefined : { id: user.id, userId: user.userId, userName: user.userName },
    changes: changes.map(({ after, attribute, before }) => ({ attribute, before, after })),
    error: error === undefined ? undefined : { column: error.column, detail: error.detail, caseCode: error.caseCode }
  }
}
