import { Effect, FileSystem, type PlatformError, type Scope, Stream } from "effect"
import { Refused } from "../Refused.ts"
import { why } from "./ImportFiles.ts"
import { type KeptRecords, makeKeptRecords, type RecordForm } from "./KeptRecords.ts"

const encoder = new TextEncoder()

const unwritable = (flag: string, path: string) => (error: PlatformError.PlatformError) =>
  new Refused({
    problem: `The file of ${flag}, ${JSON.stringify(path)}, cannot be written: ${why(error)}`,
    remedy: `Give a path to ${flag} that this user may write`
  })

/** A text file that is written row by row. */
export interface OutputFile {
  readonly path: string
  /**
   * Leaves of what is in the file the records that tell of lines up to that one, as earlier runs of an import wrote them (see
   * `KeptRecords.ts`), and writes the header where nothing is left. What was left.
   */
  begin(header: string, upTo: number): Effect.Effect<KeptRecords, Refused>
  write(text: string): Effect.Effect<void, Refused>
}

/** Opens a file until the scope ends; it stays as it is until it is begun. */
export const openOutput = Effect.fnUntraced(function* (
  flag: string,
  path: string,
  form: RecordForm = "csv"
): Effect.fn.Return<OutputFile, Refused, FileSystem.FileSystem | Scope.Scope> {
  const files = yield* FileSystem.FileSystem
  const file = yield* Effect.mapError(files.open(path, { flag: "a" }), unwritable(flag, path))
  const orRefused = Effect.mapError(unwritable(flag, path))
  const write = (text: string) => (text === "" ? Effect.void : orRefused(file.writeAll(encoder.encode(text))))
  return {
    path,
    write,
    begin: Effect.fnUntraced(function* (header, upTo) {
      const records = makeKeptRecords(form, upTo)
      const { size } = yield* orRefused(file.stat)
      if (upTo > 0 && Number(size) > 0) {
        const parts = files.stream(path, { chunkSize: 1024 * 1024 })
        yield* orRefused(Stream.runForEach(parts, (part) => Effect.sync(() => records.take(part))))
      }
      const kept = records.kept()
      if (upTo === 0 || kept.size < Number(size)) yield* orRefused(file.truncate(kept.size))
      if (kept.size === 0) yield* write(header)
      return kept
    })
  }
})
