import { Console, Effect, Scope } from "effect"
import { Installation } from "../Installation.ts"
import { type ImportProgress, paceOf, progressText } from "./ImportProgress.ts"

/** Shows how an import comes along, as it is best where the standard error goes. */
export interface ProgressView {
  show(progress: ImportProgress): Effect.Effect<void>
  /** So many bytes of the file are on the server, at that time in milliseconds. */
  sent(sent: number, size: number, now: number): Effect.Effect<void>
  /** Something that is worth to be known beside that. */
  note(text: string): Effect.Effect<void>
}

const sentText = (sent: number, size: number): string => {
  const megabytes = (bytes: number) => (bytes / 1024 ** 2).toFixed(1)
  return `${megabytes(sent)} of ${megabytes(size)} MiB sent`
}

/** So long there is nothing new between two lines, in milliseconds. */
const lineInterval = 5_000

const percentage = (progress: ImportProgress): number => Math.min(99, Math.floor(paceOf(progress).done * 100))

/** Lines for files and pipes: one every few seconds. */
const plainLines = Effect.sync((): ProgressView => {
  let toldAt: number | undefined
  return {
    show: (progress) => {
      if (progress.now - (toldAt ?? progress.startedAt) < lineInterval) return Effect.void
      toldAt = progress.now
      return Console.error(`${percentage(progress)} %: ${progressText(progress)}`)
    },
    sent: (sent, size, now) => {
      const isQuiet = now - (toldAt ?? now) < lineInterval
      toldAt = isQuiet ? (toldAt ?? now) : now
      return isQuiet ? Effect.void : Console.error(sentText(sent, size))
    },
    note: (text) => Console.error(text)
  }
})

/** An event a batch, as a line of JSON on the standard output. */
const jsonEvents: ProgressView = {
  show: (progress) => {
    const { rows, rowsPerSecond, secondsLeft } = paceOf(progress)
    return Console.log(
      JSON.stringify({
        event: "progress",
        line: progress.line,
        lines: progress.lines,
        rows,
        ...progress.counts,
        rowsPerSecond: rowsPerSecond ?? null,
        secondsLeft: secondsLeft ?? null
      })
    )
  },
  sent: (sent, size) => Console.log(JSON.stringify({ event: "sent", sent, size })),
  note: (text) => Console.log(JSON.stringify({ event: "note", text }))
}

/** The view for where the program runs: events with `--json`, a bar on a terminal, lines elsewhere; it ends with its scope. */
export const openView = Effect.fnUntraced(function* (
  json: boolean
): Effect.fn.Return<ProgressView, never, Installation | Scope.Scope> {
  if (json) return jsonEvents
  const { openBar } = yield* Installation
  if (openBar === undefined) return yield* plainLines
  const scope = yield* Effect.scope
  const opened = Scope.provide(
    Effect.acquireRelease(openBar, (bar) => Effect.sync(() => bar.close())),
    scope
  )
  // With the first rows: what is told before them would stand in its line.
  const bar = yield* Effect.cached(opened)
  let done: number | undefined
  return {
    show: (progress) =>
      Effect.map(bar, ({ show }) => {
        done = paceOf(progress).done
        show(done, progressText(progress))
      }),
    sent: (sent, size) =>
      Effect.map(bar, ({ show }) => {
        done = size === 0 ? 0 : sent / size
        show(done, sentText(sent, size))
      }),
    // Once there is a bar, a line would stand in its place.
    note: (text) => (done === undefined ? Console.error(text) : Effect.map(bar, ({ show }) => show(done ?? 0, text)))
  }
})
