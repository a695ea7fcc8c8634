import { CsvReader, type CsvRecord, CsvUnreadable } from "@rollcall/domain/csv/CsvReader"
import { Effect, FileSystem, type PlatformError, Stream } from "effect"
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

/** Why a file cannot be read or written, in a few words. */
export const why = ({ reason }: PlatformError.PlatformError): string => reasons[reason._tag] ?? reason.message

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
