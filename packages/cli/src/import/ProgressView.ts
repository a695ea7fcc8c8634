import { Console, Effect, Scope } from "effect"
import { Installation } from "../Installation.ts"
import { type ImportProgress, paceOf, progressText } from "./ImportProgress.ts"

/** Shows how an import comes along, as it is best where the standard error goes. */
export interface ProgressView {
  show(progress: ImportProgress): Effect.Effect<void>
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
    }
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
  }
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
  return {
    show: (progress) => Effect.map(bar, ({ show }) => show(paceOf(progress).done, progressText(progress)))
  }
})
