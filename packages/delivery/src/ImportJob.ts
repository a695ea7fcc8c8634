import { ImportWorker } from "@rollcall/domain/csv/ImportWorker"
import { UploadedImports } from "@rollcall/domain/csv/UploadedImports"
import { Effect, Fiber, FiberMap, Latch, Layer } from "effect"

/** How long the job looks for nothing, in milliseconds; what is begun on this server is found at once. */
const idle = 1_000

const longestPause = 30_000

/** So many files one server works on at once; others are found by other servers, or a little later. */
const mostFiles = 4

/** How long batches under way may take when the server stops. */
const grace = "10 seconds"

/**
 * The job that works on files that were sent (R-CSV-3, R-CSV-4). It may run on any number of servers at once. When it stops, it
 * finishes the batches under way and leaves the rest to another server at once (ABUSE-40).
 */
export const layerImportJob: Layer.Layer<never, never, ImportWorker | UploadedImports> = Layer.effectDiscard(
  Effect.gen(function* () {
    const worker = yield* ImportWorker
    const { begun } = yield* UploadedImports
    const stopping = yield* Latch.make(false)
    let isStopping = false
    let failures = 0
    // Closed after the grace below.
    const tasks = yield* FiberMap.make<string, void, never>()

    const rest = (milliseconds: number) =>
      Effect.asVoid(Effect.timeoutOption(Effect.raceFirst(stopping.await, begun), milliseconds))
    const restAfterFailure = Effect.suspend(() => rest(Math.min(longestPause, idle * 2 ** Math.min(failures++, 5))))

    const lookAround = Effect.gen(function* () {
      for (const work of yield* worker.work) {
        if (isStopping || (yield* FiberMap.size(tasks)) >= mostFiles) return
        const task = worker.perform(work, stopping.await).pipe(
          // The store has logged it already.
          Effect.catchTag("StoreUnavailable", () => Effect.void),
          Effect.catchDefect((defect) => Effect.logError(`The job failed on the file ${work.upload}`, defect))
        )
        yield* FiberMap.run(tasks, work.upload, task, { onlyIfMissing: true })
      }
    })

    const once = lookAround.pipe(
      Effect.flatMap(() => {
        failures = 0
        return rest(idle)
      }),
      Effect.catchTag("StoreUnavailable", () => restAfterFailure),
      Effect.catchDefect((defect) =>
        Effect.andThen(Effect.logError("The job that imports files failed, and goes on", defect), restAfterFailure)
      )
    )
    const loop = Effect.whileLoop({ while: () => !isStopping, body: () => once, step: () => undefined })

    yield* Effect.acquireRelease(Effect.forkDetach(loop), (fiber) =>
      Effect.gen(function* () {
        isStopping = true
        yield* stopping.open
        yield* Effect.timeoutOption(Effect.andThen(Fiber.await(fiber), FiberMap.awaitEmpty(tasks)), grace)
        yield* Fiber.interrupt(fiber)
        yield* FiberMap.clear(tasks)
      })
    )
  })
)
