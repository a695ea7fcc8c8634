import { Effect, Stream } from "effect"
import { reportedRows } from "./reportedRows.ts"
import { finalError, isPassing } from "./ServerCalls.ts"
import { isOwn } from "./ServerRefused.ts"
import { answered, type SentFile, type ServerSession } from "./ServerSession.ts"

/**
 * Tells the rows of an import that was ended on the server when nobody followed it any more, which is before the task begins that
 * goes on behind them: with it their report is gone.
 */
export const tellMissed = Effect.fnUntraced(function* (session: ServerSession, { id, task }: SentFile) {
  if (task === null || task.columns === null) return
  const { before, columns, counts } = task
  let line = yield* session.missedBehind({ names: columns, rejected: before.rejected + counts.rejected })
  while (line !== undefined) {
    const attempted = yield* Effect.result(
      Stream.runForEach(reportedRows(session.calls, id, line), (outcomes) =>
        Effect.andThen(
          session.tell({ _tag: "Missed", outcomes }),
          Effect.sync(() => {
            line = outcomes.at(-1)?.line ?? line
          })
        )
      )
    )
    if (attempted._tag === "Success") return
    const error = attempted.failure
    if (isOwn(error)) return yield* error
    if (!isPassing(error)) return yield* finalError(session.address, error)
    // Until the server is there again.
    yield* Effect.sleep("500 millis")
    yield* answered(session)(session.calls.showFile({ params: { id } }))
  }
})
