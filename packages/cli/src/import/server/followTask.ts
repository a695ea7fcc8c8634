import { ImportId } from "@rollcall/domain/csv/ImportStep"
import { isOpen } from "@rollcall/domain/csv/ImportUpload"
import { Cause, Effect, Stream } from "effect"
import { reportedRows } from "./reportedRows.ts"
import { finalError, isPassing } from "./ServerCalls.ts"
import { isOwn, ServerRefused } from "./ServerRefused.ts"
import { answered, type SentFile, type ServerSession } from "./ServerSession.ts"

/** After so long without a word the line is dead: the server tells the same again every 15 seconds. */
const silence = "45 seconds"

/**
 * Tells what is done with a file until that is at its end, each row once and in the order of the file, however often the
 * connection breaks and whichever server goes on with it. The state that it ended in.
 */
export const followTask = Effect.fnUntraced(function* (session: ServerSession, begun: SentFile) {
  const { address, calls, tell } = session
  const params = { id: begun.id }
  let isBegun = false
  let line = 0
  let last = begun

  /** Every row behind the last that was told, as far as there are some. */
  const tellRows = Effect.suspend(() =>
    Stream.runForEach(reportedRows(calls, begun.id, line), (outcomes) =>
      Effect.andThen(
        tell({ _tag: "Rows", outcomes }),
        Effect.sync(() => {
          line = outcomes.at(-1)?.line ?? line
        })
      )
    )
  )

  const take = Effect.fnUntraced(function* (now: SentFile) {
    last = now
    const { task } = now
    if (task === null || task.columns === null) return
    if (!isBegun) {
      const { before, columns, ignoredColumns, resumedAfter } = task
      const ignored = ignoredColumns.map(({ meant, name }) => ({ name, meant: meant ?? undefined }))
      const id = task.import === null ? undefined : ImportId.make(task.import, { disableChecks: true })
      yield* tell({ _tag: "Begun", import: id, names: columns, ignored, resumedAfter, before })
      isBegun = true
    }
    if (task.line > line || !isOpen(task)) yield* tellRows
  })

  const attempt = Effect.flatMap(calls.progress({ params }), (told) =>
    told.pipe(
      Stream.timeoutOrElse({ duration: silence, orElse: () => Stream.fail(new Cause.TimeoutError()) }),
      Stream.runForEach(take)
    )
  )

  const isDone = () => last.task !== null && !isOpen(last.task)
  while (true) {
    const attempted = yield* Effect.result(attempt)
    if (attempted._tag === "Failure") {
      const error = attempted.failure
      if (isOwn(error)) return yield* error
      if (!isPassing(error)) return yield* finalError(address, error)
    } else if (isDone()) break
    // The server lets go of those who follow when it is about to stop.
    yield* Effect.sleep("500 millis")
    const now = yield* answered(session)(calls.showFile({ params }))
    // Where connections do not last, this is how it goes on.
    const taken = yield* Effect.result(take(now))
    if (taken._tag === "Failure" && isOwn(taken.failure)) return yield* taken.failure
    if (taken._tag === "Success" && isDone()) break
  }
  const { task } = last
  switch (task?.state) {
    case "failed":
      return yield* new ServerRefused({ detail: task.error ?? "The import failed" })
    case "ended":
      yield* tell({ _tag: "Ended" })
  }
  return last
})
