import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Clock, type Duration, Effect, Schema } from "effect"

/** For how many days something is kept. */
export const RetentionDays = Schema.Int.check(
  Schema.isBetween({ minimum: 0, maximum: 36_500 }, { message: "must be a number of days from 0 to 36500" })
)

const day = 24 * 60 * 60 * 1000

/** So many are removed by one statement: some milliseconds of locks that nobody else waits for. */
const chunk = 1_000

/** Between two chunks others have their turn: the embedded database does one thing at a time. */
const breath: Duration.Input = "20 millis"

/**
 * Removes the oldest of what is older than a time (milliseconds since 1970 UTC), at most so many, and tells how many;
 * safe on any number of servers at once.
 */
export type Removal = (
  organization: OrganizationId,
  before: number,
  limit: number
) => Effect.Effect<number, StoreUnavailable>

/**
 * Removes once what is older than that many days (0: nothing), of all organisations, and answers how much. `what` is
 * what is shortened, for the server's log.
 */
export const makeShorten = Effect.fnUntraced(function* (what: string, remove: Removal) {
  const organizations = yield* Organizations

  /** A failure leaves the rest to the next time; a defect in one organisation does not keep the others'. */
  const leftToNextTime = (whose: string, effect: Effect.Effect<number, StoreUnavailable>): Effect.Effect<number> =>
    effect.pipe(
      Effect.catch((error) =>
        Effect.as(Effect.logWarning(`The ${what} of ${whose} is shortened the next time: ${error.message}`), 0)
      ),
      Effect.catchDefect((defect) =>
        Effect.as(Effect.logError(`The ${what} of ${whose} cannot be shortened`, defect), 0)
      )
    )

  const shorten = Effect.fnUntraced(function* (organization: OrganizationId, before: number) {
    let all = 0
    for (;;) {
      const removed = yield* remove(organization, before, chunk)
      if (removed === 0) return all
      all += removed
      yield* Effect.sleep(breath)
    }
  })

  const shortenAll = Effect.fnUntraced(function* (days: number) {
    if (days === 0) return 0
    const before = (yield* Clock.currentTimeMillis) - days * day
    // One organisation after the other: there is no hurry, and somebody else needs the connections.
    const counts = yield* Effect.forEach(yield* organizations.list, ({ id, subdomain }) =>
      leftToNextTime(subdomain, shorten(id, before))
    )
    return counts.reduce((sum, count) => sum + count, 0)
  })
  return (days: number): Effect.Effect<number> => leftToNextTime("all organisations", shortenAll(days))
})
