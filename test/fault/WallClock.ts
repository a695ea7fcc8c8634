import { Clock, Context, Effect, Layer } from "effect"

/**
 * A clock on the wall that shows what a test sets, while pauses last as long as they do: a database's connections and
 * repetitions live on as ever, where a test clock would let years of theirs pass by.
 */
export class WallClock extends Context.Service<WallClock, { set(time: string): Effect.Effect<void> }>()(
  "rollcall/test/WallClock"
) {
  static readonly layer = Layer.effectContext(
    Effect.map(Clock.Clock, (clock) => {
      let now = clock.currentTimeMillisUnsafe()
      const nanos = () => BigInt(now) * 1_000_000n
      const wall: Clock.Clock = {
        currentTimeMillisUnsafe: () => now,
        currentTimeMillis: Effect.sync(() => now),
        currentTimeNanosUnsafe: nanos,
        currentTimeNanos: Effect.sync(nanos),
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: clock.monotonicTimeNanos,
        sleep: (duration) => clock.sleep(duration)
      }
      const set = (time: string) =>
        Effect.sync(() => {
          now = Date.parse(time)
        })
      return Context.make(WallClock, { set }).pipe(Context.add(Clock.Clock, wall))
    })
  )
}
