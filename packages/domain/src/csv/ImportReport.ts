import type { Json } from "../scim/Json.ts"
import { printRecord, shownCell } from "./CsvCell.ts"
import type { IgnoredColumn } from "./CsvHeader.ts"
import { errorColumn } from "./CsvHeader.ts"
import { type ImportCounts, type ImportId, noCounts } from "./ImportStep.ts"
import { countOf, type RowOutcome } from "./RowOutcome.ts"
import type { ImportEvent } from "./UserImport.ts"

/** So many changes and rejects a summary shows; a report file has them all. */
const shown = 20

/** What an import came to, as it is told at its end; memory does not grow with the file. */
export interface ImportSummary {
  readonly import: ImportId | undefined
  readonly ignored: ReadonlyArray<IgnoredColumn>
  readonly resumedAfter: number
  /** What an earlier run of the same import had done. */
  readonly before: ImportCounts
  /** What this run did. */
  readonly counts: ImportCounts
  /** The last line that was done. */
  readonly line: number
  /** Some of the people who were made or changed, with what changed: before and after. */
  readonly sample: ReadonlyArray<RowOutcome>
  /** Some of the rows that stayed out. */
  readonly rejects: ReadonlyArray<RowOutcome>
  /** Whether the end of the file was reached. */
  readonly ended: boolean
}

export const emptySummary: ImportSummary = {
  import: undefined,
  ignored: [],
  resumedAfter: 0,
  before: noCounts,
  counts: noCounts,
  line: 0,
  sample: [],
  rejects: [],
  ended: false
}

/** The summary after one more event: what folds a run. */
export const summarize = (summary: ImportSummary, event: ImportEvent): ImportSummary => {
  switch (event._tag) {
    case "Begun": {
      const { before, ignored, resumedAfter } = event
      return { ...summary, import: event.import, ignored, before, resumedAfter, line: resumedAfter }
    }
    case "Rows": {
      const counts = { ...summary.counts }
      for (const outcome of event.outcomes) counts[countOf(outcome)]++
      const { outcomes } = event
      return {
        ...summary,
        counts,
        line: outcomes.at(-1)?.line ?? summary.line,
        sample: filled(summary.sample, outcomes, ({ changes }) => changes.length > 0),
        rejects: filled(summary.rejects, outcomes, ({ error }) => error !== undefined)
      }
    }
    case "Ended":
      return { ...summary, ended: true }
  }
}

const filled = (
  some: ReadonlyArray<RowOutcome>,
  outcomes: ReadonlyArray<RowOutcome>,
  isWanted: (outcome: RowOutcome) => boolean
): ReadonlyArray<RowOutcome> =>
  some.length >= shown ? some : [...some, ...outcomes.filter(isWanted).slice(0, shown - some.length)]

/** The header of a report in CSV. */
export const reportHeader: string = printRecord([
  "line",
  "outcome",
  "scim_id",
  "user_id",
  "name",
  "matched_by",
  "changes",
  "notes",
  "column",
  "error",
  "case"
])

/** A row of a report in CSV: safe in a spreadsheet, whatever people are called (ABUSE-35). */
export const reportRow = ({ changes, error, group, line, notes, outcome, rule, user }: RowOutcome): string =>
  printRecord(
    [
      String(line),
      outcome,
      user?.id ?? "",
      user?.userId === undefined ? "" : String(user.userId),
      user?.userName ?? group?.name ?? "",
      rule ?? "",
      changes.map(({ after, attribute, before }) => `${attribute}: ${value(before)} -> ${value(after)}`).join("\n"),
      notes.join("\n"),
      error?.column ?? "",
      error?.detail ?? "",
      error?.caseCode ?? ""
    ].map(shownCell)
  )

const value = (json: Json | undefined): string =>
  json === undefined ? "(nothing)" : typeof json === "string" ? json : JSON.stringify(json)

/** A row of a report in JSON lines. */
export const reportLine = ({ cells: _, ...outcome }: RowOutcome): string => `${JSON.stringify(outcome)}\n`

/** Which line of the file a record tells of that {@link reportRow}, {@link reportLine} or {@link makeRejects} wrote, by its start. */
export const toldLine = (start: string): number | undefined => {
  const [, line] = /^(?:\{"line":|"?line )?(\d{1,10})[,}:]/.exec(start) ?? []
  return line === undefined ? undefined : Number(line)
}

/**
 * The file of rows that stayed out, to be corrected and imported again: what was wrong comes first, then the cells as the file
 * had them, be they too few or too many. An `error` column that the file had already, from being a rejects file itself, is
 * written anew.
 */
export const makeRejects = (
  names: ReadonlyArray<string>
): { readonly header: string; row(outcome: RowOutcome): string | undefined } => {
  const dropped = new Set(names.flatMap((name, i) => (name.trim().toLowerCase() === errorColumn ? [i] : [])))
  const kept = (cells: ReadonlyArray<string>) => cells.filter((_, i) => !dropped.has(i))
  return {
    header: printRecord([errorColumn, ...kept(names)]),
    row: ({ cells, error, line }) =>
      error === undefined ? undefined : printRecord([shownCell(`line ${line}: ${textOf(error)}`), ...kept(cells)])
  }
}

const textOf = ({ caseCode, column, detail }: NonNullable<RowOutcome["error"]>): string =>
  `${column === undefined ? "" : `${column}: `}${detail}${caseCode === undefined ? "" : ` [case ${caseCode}]`}`
