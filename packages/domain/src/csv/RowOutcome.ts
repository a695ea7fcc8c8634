import type { Answer } from "../directory/Answer.ts"
import type { AttributeChange } from "../log/LogEntry.ts"
import type { MatchingRule } from "../user/MatchingRule.ts"
import type { User } from "../user/User.ts"
import { coreText } from "../user/UserKeys.ts"
import type { CsvRecord } from "./CsvReader.ts"
import type { ImportCounts } from "./ImportStep.ts"

/** What keeps a row out. */
export interface RowError {
  /** As the file spells it, where the trouble is in one column. */
  readonly column: string | undefined
  /** What is wrong, then what to do. */
  readonly detail: string
  /** What opens the entry of the log; absent in a dry run, which leaves none. */
  readonly caseCode: string | undefined
}

/** What a row of a file came to, or would come to. */
export interface RowOutcome {
  readonly line: number
  readonly outcome: "created" | "revived" | "updated" | "unchanged" | "rejected"
  /** Whom the row is about; ids of people whom a dry run would make are not known. */
  readonly user:
    | { readonly id: string | undefined; readonly userId: number | undefined; readonly userName: string }
    | undefined
  /** Which group the row is about, where it is about one. */
  readonly group?: { readonly id: string; readonly name: string }
  /** By which column the person was found. */
  readonly rule: MatchingRule | undefined
  readonly changes: ReadonlyArray<AttributeChange>
  /** What the log says besides: ignored values, managers who are not there yet. */
  readonly notes: ReadonlyArray<string>
  readonly error: RowError | undefined
  /** The row as the file has it: what a rejects file repeats. */
  readonly cells: ReadonlyArray<string>
}

const caseSuffix = / \[case ([0-9A-Z]{6})\]$/

/** What the answer to a row tells; `names` are the columns by place, as errors name them and as the file spells them. */
export const rowOutcome = (
  record: CsvRecord,
  answer: Answer,
  names: ReadonlyMap<string, string>,
  dryRun: boolean
): RowOutcome => {
  const { cells, line } = record
  if (answer._tag === "Refused") {
    const found = caseSuffix.exec(answer.error.detail)
    const detail = found === null ? answer.error.detail : answer.error.detail.slice(0, found.index)
    return rejected(record, detail, names, dryRun ? undefined : found?.[1])
  }
  if (answer._tag === "Done" && answer.reply._tag === "Group") {
    const { displayName, id } = answer.reply.group
    return {
      line,
      outcome: answer.outcome === "unchanged" ? "unchanged" : "updated",
      user: undefined,
      group: { id, name: displayName },
      rule: undefined,
      changes: [],
      notes: [],
      error: undefined,
      cells
    }
  }
  if (answer._tag !== "Done" || answer.reply._tag !== "Imported") throw new Error("A row of a file is answered as such")
  const { changes, created, notes, rule, user } = answer.reply
  const isUnknown = dryRun && answer.outcome === "created"
  return {
    line,
    outcome: outcomeOf(answer.outcome, created),
    user: {
      id: isUnknown ? undefined : user.id,
      userId: isUnknown ? undefined : user.number,
      userName: coreText(user.attributes, "userName") ?? ""
    },
    rule,
    changes: isUnknown ? changes.filter(({ attribute }) => !attribute.endsWith(":userId")) : changes,
    notes: notes.map(({ text }) => text),
    error: undefined,
    cells
  }
}

/** The outcome with whom it is about, where that came to light otherwise. */
export const ofUser = (outcome: RowOutcome, user: User | undefined): RowOutcome =>
  user === undefined
    ? outcome
    : {
        ...outcome,
        user: { id: user.id, userId: user.number, userName: coreText(user.attributes, "userName") ?? "" }
      }

const outcomeOf = (outcome: string, created: boolean): RowOutcome["outcome"] =>
  outcome === "unchanged" ? "unchanged" : outcome === "revived" ? "revived" : created ? "created" : "updated"

const rejected = (
  { cells, line }: CsvRecord,
  detail: string,
  names: ReadonlyMap<string, string>,
  caseCode: string | undefined
): RowOutcome => {
  const colon = detail.indexOf(": ")
  const column = colon < 0 ? undefined : names.get(detail.slice(0, colon))
  return {
    line,
    outcome: "rejected",
    user: undefined,
    rule: undefined,
    changes: [],
    notes: [],
    error: { column, detail: column === undefined ? detail : detail.slice(colon + 2), caseCode },
    cells
  }
}

/** As what a row counts. */
export const countOf = ({ outcome }: RowOutcome): keyof ImportCounts => (outcome === "revived" ? "created" : outcome)
