import { Readiness } from "@rollcall/http/Health"
import { ReadSql } from "@rollcall/sql/ReadSql"
import { probeStore } from "@rollcall/sql/StoreProbe"
import { Context, Effect, Layer } from "effect"

/** Whether the server was told to stop: aborted from then on. */
export class Stopping extends Context.Service<Stopping, AbortController>()("@rollcall/app-server/Stopping") {
  static readonly layer = Layer.sync(Stopping, () => new AbortController())
}

/** Waits until the server is told to stop. */
export const untilStopping: Effect.Effect<Effect.Effect<void>, never, Stopping> = Effect.map(Stopping, ({ signal }) =>
  Effect.callback<void>((resume) => {
    if (signal.aborted) return resume(Effect.void)
    const told = () => resume(Effect.void)
    signal.addEventListener("abort", told, { once: true })
    return Effect.sync(() => signal.removeEventListener("abort", told))
  })
)

/** Ready while storage answers within two seconds and nobody told the server to stop. */
export const layerReadiness: Layer.Layer<Readiness, never, Stopping | ReadSql> = Layer.effect(
  Readiness,
  Effect.gen(function* () {
    const stopping = yield* Stopping
    const sql = yield* ReadSql
    const storage = probeStore.pipe(
      Effect.provideService(ReadSql, sql),
      Effect.timeout("2 seconds"),
      Effect.match({ onFailure: () => "the database does not answer", onSuccess: () => undefined })
    )
    return {
      problem: Effect.suspend(() => (stopping.signal.aborted ? Effect.succeed("the server is stopping") : storage))
    }
  })
)

/**
 * The first step of stopping (ABUSE-40): readiness fails, and for `drainSeconds` requests are still taken, until load
 * balancers have noticed. Then the listener closes, and requests in flight finish.
 */
export const layerDrain = (drainSeconds: number): Layer.Layer<never, never, Stopping> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const stopping = yield* Stopping
      yield* Effect.addFinalizer(() =>
        Effect.andThen(
          Effect.sync(() => stopping.abort()),
          Effect.sleep(`${drainSeconds} seconds`)
        )
      )
    })
  )
