import type { Clock } from "effect"
import { Effect } from "effect"

/**
 * A clock that is ahead of the real one by an offset that a test moves. Pauses last as long as they do: time-outs do not
 * run out because a day has passed.
 */
export interface TimedClock {
  readonly clock: Clock.Clock
  readonly move: (offset: number) => void
}

export const makeTimedClock = (real: Clock.Clock, first: number): TimedClock => {
  let offset = first
  const now = () => real.currentTimeMillisUnsafe() + offset
  const nanos = () => BigInt(now()) * 1_000_000n
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: now,
    currentTimeMillis: Effect.sync(now),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => real.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: real.monotonicTimeNanos,
    sleep: (duration) => real.sleep(duration)
  }
  return {
    clock,
    move: (to) => {
      offset = to
    }
  }
}
