import { Schema } from "effect"

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
export interface ImportAdvance extends ImportStep {
  readonly counts: ImportCounts
  readonly rejects: ReadonlyArray<ImportReject>
}

/** A row that stayed out, and why: what a run that goes on knows of those before it. */
export interface ImportReject {
  readonly line: number
  readonly detail: string
}

interface Answered {
  readonly _tag: "Done" | "Refused" | "Idle"
  readonly outcome?: string
  readonly error?: { readonly detail: string }
}

/** What the outcome of a row counts as. */
export const countedAs = (answer: Answered): keyof ImportCounts => {
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
export const advanced = (before: ImportAdvance | undefined, step: ImportStep, answer: Answered): ImportAdvance => {
  const counts = before?.counts ?? noCounts
  const kind = countedAs(answer)
  const rejects = before?.rejects ?? []
  return {
    ...step,
    after: before?.after ?? step.after,
    counts: { ...counts, [kind]: counts[kind] + 1 },
    rejects: kind === "rejected" ? [...rejects, { line: step.line, detail: answer.error?.detail ?? "" }] : rejects
  }
}
