import { makeRejects, reportHeader, reportLine, reportRow } from "@rollcall/domain/csv/ImportReport"
import type { RowOutcome } from "@rollcall/domain/csv/RowOutcome"
import { Effect, FileSystem, Scope } from "effect"
import type { Refused } from "../Refused.ts"
import { type KeptRecords, nothingKept } from "./KeptRecords.ts"
import { type OutputFile, openOutput } from "./OutputFile.ts"

/** How far the rows have come that a file is told of. */
export interface Beginning {
  /** The header of the file that is imported, as it spells it. */
  readonly names: ReadonlyArray<string>
  /** What stands in a file behind this line is told again, and the lines up to it are not. */
  readonly resumedAfter: number
}

/** A file that is told what became of each row. */
export interface RowFile {
  readonly path: string
  /** Whether anything stands in it that is worth a look. */
  readonly isUsed: () => boolean
  /** Prepares the file for the rows behind a line; what earlier runs have told in it. */
  begin(beginning: Beginning): Effect.Effect<KeptRecords, Refused>
  /** Tells of rows; of those that the file had told of when it was begun nothing is written. */
  rows(outcomes: ReadonlyArray<RowOutcome>): Effect.Effect<void, Refused>
}

const behind = (outcomes: ReadonlyArray<RowOutcome>, last: number): ReadonlyArray<RowOutcome> =>
  outcomes.filter(({ line }) => line > last)

/** `--report`: every row, as CSV, or as JSON lines where the name ends in .json, .jsonl or .ndjson. */
export const openReport = Effect.fnUntraced(function* (path: string) {
  const isJson = /\.(json|jsonl|ndjson)$/i.test(path)
  const file = yield* openOutput("--report", path, isJson ? "jsonLines" : "csv")
  const print = isJson ? reportLine : reportRow
  let told = 0
  const report: RowFile = {
    path,
    isUsed: () => true,
    begin: Effect.fnUntraced(function* ({ resumedAfter }) {
      const kept = yield* file.begin(isJson ? "" : reportHeader, resumedAfter)
      told = kept.line
      return kept
    }),
    rows: (outcomes) => file.write(behind(outcomes, told).map(print).join(""))
  }
  return report
})

/**
 * `--rejects`: the rows that stayed out as they stand in the file, with what was wrong, to be corrected and imported. A file
 * that nobody named is made with the first such row.
 */
export const openRejects = Effect.fnUntraced(function* (path: string, isNamed: boolean) {
  const files = yield* FileSystem.FileSystem
  const scope = yield* Effect.scope
  const open = openOutput("--rejects", path).pipe(
    Effect.provideService(FileSystem.FileSystem, files),
    Scope.provide(scope)
  )
  let file = isNamed ? yield* open : undefined
  let begun: Beginning | undefined
  let told = 0
  let count = 0
  const begin = Effect.fnUntraced(function* (output: OutputFile, { names, resumedAfter }: Beginning) {
    const kept = yield* output.begin(makeRejects(names).header, resumedAfter)
    told = kept.line
    return kept
  })
  const rejects: RowFile = {
    path,
    isUsed: () => count > 0,
    begin: Effect.fnUntraced(function* (beginning) {
      begun = beginning
      // An earlier run may have made it.
      const isThere = beginning.resumedAfter > 0 && (yield* Effect.orElseSucceed(files.exists(path), () => false))
      if (isThere) file ??= yield* open
      return file === undefined ? nothingKept : yield* begin(file, beginning)
    }),
    rows: Effect.fnUntraced(function* (outcomes) {
      if (begun === undefined) return
      const { row } = makeRejects(begun.names)
      const rejected = outcomes.filter(({ error }) => error !== undefined)
      if (rejected.length === 0) return
      count += rejected.length
      if (file === undefined) {
        file = yield* open
        yield* begin(file, begun)
      }
      const printed = behind(rejected, told).flatMap((outcome) => row(outcome) ?? [])
      yield* file.write(printed.join(""))
    })
  }
  return rejects
})

/** Beside the file, unless it is said otherwise: `people.rejects.csv`. */
export const rejectsBeside = (file: string): string => `${file.replace(/\.(csv|tsv|txt)$/i, "")}.rejects.csv`
