import { CsvReader, type CsvRecord, CsvUnreadable } from "@rollcall/domain/csv/CsvReader"
import { makeRejects, reportHeader, reportLine, reportRow } from "@rollcall/domain/csv/ImportReport"
import type { RowOutcome } from "@rollcall/domain/csv/RowOutcome"
import type { ImportEvent } from "@rollcall/domain/csv/UserImport"
import { Effect, FileSystem, type PlatformError, Scope, Stream } from "effect"
import { Installation } from "../Installation.ts"
import { Refused } from "../Refused.ts"

/** A file that was looked at once before it is imported. */
export interface SurveyedFile {
  /** By what it is known again. */
  readonly fingerprint: string
  /** Bytes that it has. */
  readonly size: number
  /** So many line breaks it has: about so many lines. */
  readonly lines: number
}

const reasons: Readonly<Record<string, string>> = {
  NotFound: "there is no such file",
  PermissionDenied: "this user may not",
  BadResource: "it is a directory, or no file",
  AlreadyExists: "it exists already"
}

const why = ({ reason }: PlatformError.PlatformError): string => reasons[reason._tag] ?? reason.message

export const unreadable = (file: string) => (error: PlatformError.PlatformError) =>
  new Refused({
    problem: `${JSON.stringify(file)} cannot be read: ${why(error)}`,
    remedy: "Give the path of a CSV file that this user may read"
  })

/** Reads a file from its beginning to its end for what is to be known of it before. */
export const surveyFile = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<SurveyedFile, Refused, FileSystem.FileSystem | Installation> {
  const files = yield* FileSystem.FileSystem
  const { fingerprint } = yield* Installation
  let [lines, size] = [0, 0]
  const bytes = Stream.tap(files.stream(path, { chunkSize: 1024 * 1024 }), (chunk) =>
    Effect.sync(() => {
      size += chunk.length
      for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) lines++
    })
  )
  return { fingerprint: yield* Effect.mapError(fingerprint(bytes), unreadable(path)), size, lines }
})

/** Ends the records of a file where somebody asked to stop: what was read until then goes in, and the file is not at its end. */
export const stoppedHere = new CsvUnreadable({ line: undefined, problem: "Stopped", remedy: "Run the command again" })

/** The records of a file, as an import takes them, until the import is to be stopped. */
export const recordsIn = (
  path: string,
  isStopped: Effect.Effect<boolean>
): Stream.Stream<CsvRecord, CsvUnreadable, FileSystem.FileSystem | CsvReader> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const reader = yield* CsvReader
      // Small parts, each some rows: between two of them is a place to stop.
      const bytes = files.stream(path, { chunkSize: 16 * 1024 }).pipe(
        Stream.mapError(
          (error) =>
            new CsvUnreadable({
              line: undefined,
              problem: `${JSON.stringify(path)} cannot be read any more: ${why(error)}`,
              remedy: "What went in stays; run the command again with the file to go on"
            })
        ),
        Stream.tap(() => Effect.flatMap(isStopped, (stopped) => (stopped ? Effect.fail(stoppedHere) : Effect.void)))
      )
      return reader.read(bytes)
    })
  )

const encoder = new TextEncoder()

const unwritable = (flag: string, path: string) => (error: PlatformError.PlatformError) =>
  new Refused({
    problem: `The file of ${flag}, ${JSON.stringify(path)}, cannot be written: ${why(error)}`,
    remedy: `Give a path to ${flag} that this user may write`
  })

/** A text file that is written row by row. */
export interface OutputFile {
  readonly path: string
  /** Empties the file, unless an earlier run of the import began it, and writes the header where it is empty then. */
  begin(header: string, isResumed: boolean): Effect.Effect<void, Refused>
  write(text: string): Effect.Effect<void, Refused>
}

/** Opens a file until the scope ends; it stays as it is until it is begun. */
export const openOutput = Effect.fnUntraced(function* (
  flag: string,
  path: string
): Effect.fn.Return<OutputFile, Refused, FileSystem.FileSystem | Scope.Scope> {
  const files = yield* FileSystem.FileSystem
  const file = yield* Effect.mapError(files.open(path, { flag: "a" }), unwritable(flag, path))
  const orRefused = Effect.mapError(unwritable(flag, path))
  const write = (text: string) => (text === "" ? Effect.void : orRefused(file.writeAll(encoder.encode(text))))
  return {
    path,
    write,
    begin: (header, isResumed) =>
      Effect.gen(function* () {
        if (!isResumed) yield* orRefused(file.truncate(0))
        const { size } = yield* orRefused(file.stat)
        if (!isResumed || Number(size) === 0) yield* write(header)
      })
  }
})

/** A file that is told what became of each row. */
export interface RowFile {
  readonly path: string
  /** Whether anything stands in it that is worth a look. */
  readonly isUsed: () => boolean
  begin(begun: Begun): Effect.Effect<void, Refused>
  rows(outcomes: ReadonlyArray<RowOutcome>): Effect.Effect<void, Refused>
}

type Begun = Extract<ImportEvent, { readonly _tag: "Begun" }>

/** `--report`: every row, as CSV, or as JSON lines where the name ends in .json, .jsonl or .ndjson. */
export const openReport = Effect.fnUntraced(function* (path: string) {
  const file = yield* openOutput("--report", path)
  const isJson = /\.(json|jsonl|ndjson)$/i.test(path)
  const print = isJson ? reportLine : reportRow
  const report: RowFile = {
    path,
    isUsed: () => true,
    begin: ({ resumedAfter }) => file.begin(isJson ? "" : reportHeader, resumedAfter > 0),
    rows: (outcomes) => file.write(outcomes.map(print).join(""))
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
  let begun: Begun | undefined
  let count = 0
  const rejects: RowFile = {
    path,
    isUsed: () => count > 0,
    begin: Effect.fnUntraced(function* (event) {
      begun = event
      yield* file?.begin(makeRejects(event.names).header, event.resumedAfter > 0) ?? Effect.void
    }),
    rows: Effect.fnUntraced(function* (outcomes) {
      if (begun === undefined) return
      const { header, row } = makeRejects(begun.names)
      const rejected = outcomes.flatMap((outcome) => row(outcome) ?? [])
      if (rejected.length === 0) return
      count += rejected.length
      if (file === undefined) {
        file = yield* open
        yield* file.begin(header, begun.resumedAfter > 0)
      }
      yield* file.write(rejected.join(""))
    })
  }
  return rejects
})

/** Beside the file, unless it is said otherwise: `people.rejects.csv`. */
export const rejectsBeside = (file: string): string => `${file.replace(/\.(csv|tsv|txt)$/i, "")}.rejects.csv`
