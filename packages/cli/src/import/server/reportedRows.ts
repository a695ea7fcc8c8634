import type { RowOutcome } from "@rollcall/domain/csv/RowOutcome"
import { importBatch } from "@rollcall/domain/csv/UserImport"
import type { ImportedRow } from "@rollcall/http/api/ImportsApi"
import { Stream } from "effect"
import type { CallError, ImportCalls } from "./ServerCalls.ts"

/** A row as the domain has it. Its cells are told of rows that stayed out alone: a rejects file repeats them. */
const outcomeOf = ({
  cells,
  changes,
  error,
  line,
  notes,
  outcome,
  rule,
  user
}: typeof ImportedRow.Type): RowOutcome => ({
  line,
  outcome,
  user:
    user === null ? undefined : { id: user.id ?? undefined, userId: user.userId ?? undefined, userName: user.userName },
  rule: rule ?? undefined,
  changes: changes.map(({ after, attribute, before }) => ({ attribute, before, after })),
  notes,
  error:
    error === null
      ? undefined
      : { column: error.column ?? undefined, detail: error.detail, caseCode: error.caseCode ?? undefined },
  cells
})

/** What the rows behind a line came to, in the order of the file, as far as the report of a file's last task tells. */
export const reportedRows = (
  calls: ImportCalls,
  id: string,
  after: number
): Stream.Stream<ReadonlyArray<RowOutcome>, CallError> =>
  Stream.unwrap(calls.reportJson({ params: { id }, query: { after } })).pipe(
    Stream.grouped(importBatch.records),
    Stream.map((rows) => rows.map(outcomeOf))
  )
