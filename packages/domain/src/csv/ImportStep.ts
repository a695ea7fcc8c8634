import { Schema } from "effect"
import type { Answer } from "../directory/Answer.ts"

/** The id of an import: a UUID in lower case. */
export const ImportId = Schema.String.pipe(Schema.brand("ImportId"))
export type ImportId = typeof ImportId.Type

/** How far an import has come when a row of it is done. */
export interface ImportStep {
  readonly import: ImportId
  /** The line of the row before; 0 before the first. */
  readonly after: number
  /** The line of this row. */
  readonly line: number
  /** What this row came to is kept with it; absent: nobody asks for it later. */
  readonly report?: RowReport
}

/** Whoever asks later what rows came to: the report's id (a UUID), and a row of it as text. */
export interface RowReport {
  readonly id: string
  text(answer: Answer): string
}

/** A row of a report as it is kept; see `ReportedRow.ts`. */
export interface KeptRow {
  readonly line: number
  readonly rejected: boolean
  readonly text: string
}

/** What rows came to, counted. */
export const ImportCounts = Schema.Struct({
  created: Schema.Int,
  updated: Schema.Int,
  unchanged: Schema.Int,
  rejected: Schema.Int
})
export type ImportCounts = typeof ImportCounts.Type

export const noCounts: ImportCounts = { created: 0, updated: 0, unchanged: 0, rejected: 0 }

export const addCounts = (left: ImportCounts, right: ImportCounts): ImportCounts => ({
  created: left.created + right.created,
  updated: left.updated + right.updated,
  unchanged: left.unchanged + right.unchanged,
  rejected: left.rejected + right.rejected
})

/** The rows of an import that one batch carries out. */
export interface ImportAdvance extends Omit<ImportStep, "report"> {
  readonly counts: ImportCounts
  readonly rejects: ReadonlyArray<ImportReject>
  /** What the rows came to, where it is kept. */
  readonly report?: { readonly id: string; readonly rows: ReadonlyArray<KeptRow> }
}

/** A row that stayed out, and why: what a run that goes on knows of those before it. */
export interface ImportReject {
  readonly line: number
  readonly detail: string
}

/** What the outcome of a row counts as. */
export const countedAs = (answer: Answer): keyof ImportCounts => {
  if (answer._tag !== "Done") return "rejected"
  switch (answer.outcome) {
    case "created":
    case "revived":
      return "created"
    case "unchanged":
      return "unchanged"
    default:
      return "updated"
  }
}

/** The advance with one more row. */
export const advanced = (before: ImportAdvance | undefined, step: ImportStep, answer: Answer): ImportAdvance => {
  const { import: id, line, report } = step
  const counts = before?.counts ?? noCounts
  const kind = countedAs(answer)
  const rejects = before?.rejects ?? []
  const isRejected = kind === "rejected"
  const detail = answer._tag === "Refused" ? answer.error.detail : ""
  const kept = report === undefined ? undefined : { line, rejected: isRejected, text: report.text(answer) }
  return {
    import: id,
    after: before?.after ?? step.after,
    line,
    counts: { ...counts, [kind]: counts[kind] + 1 },
    rejects: isRejected ? [...rejects, { line, detail }] : rejects,
    ...(report === undefined || kept === undefined
      ? {}
      : { report: { id: report.id, rows: [...(before?.report?.rows ?? []), kept] } })
  }
}
