import { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Clock, Config, type Duration, Effect, Layer, Schedule, Schema } from "effect"

/** The variables that this job reads, for `rollcall config`. */
export const logRetentionVariables = [
  {
    name: "LOG_RETENTION_DAYS",
    default: "400",
    description: "For how many days entries of the provisioning log are kept; 0 keeps them for ever",
    secret: false
  }
] as const

const Days = Schema.Int.check(
  Schema.isBetween({ minimum: 0, maximum: 36_500 }, { message: "must be a number of days from 0 to 36500" })
)

/** For how many days entries are kept, 0 for ever. */
export const logRetentionDays: Config.Config<number> = Config.withDefault(
  Config.schema(Days, "LOG_RETENTION_DAYS"),
  400
)

const day = 24 * 60 * 60 * 1000

/** So many entries are removed by one statement: some milliseconds of locks that nobody else waits for. */
const chunk = 1_000

/** Between two chunks others have their turn: the embedded database does one thing at a time. */
const breath: Duration.Input = "20 millis"

/** A failure leaves the rest to the next time; a defect in one organisation does not keep the others' logs. */
const leftToNextTime = (what: string, effect: Effect.Effect<number, StoreUnavailable>): Effect.Effect<number> =>
  effect.pipe(
    Effect.catch((error) =>
      Effect.as(Effect.logWarning(`The log of ${what} is shortened the next time: ${error.message}`), 0)
    ),
    Effect.catchDefect((defect) => Effect.as(Effect.logError(`The log of ${what} cannot be shortened`, defect), 0))
  )

/**
 * Removes once what is older than that many days (0: nothing), of all organisations, and answers how many entries
 * (R-LOG-2). It may run on any number of servers at once: each takes what no other is just removing.
 */
export const makeShortenLogs: Effect.Effect<
  (days: number) => Effect.Effect<number>,
  never,
  ProvisioningLog | Organizations
> = Effect.gen(function* () {
  const log = yield* ProvisioningLog
  const organizations = yield* Organizations

  const shorten = Effect.fnUntraced(function* (organization: OrganizationId, before: number) {
    let all = 0
    for (;;) {
      const removed = yield* log.remove(organization, before, chunk)
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
  return (days) => leftToNextTime("all organisations", shortenAll(days))
})

/** The job that keeps the log for that many days: at the start and then again after each pause; 0 keeps all of it. */
export const layerLogRetention = (
  days: number,
  pause: Duration.Input = "1 hour"
): Layer.Layer<never, never, ProvisioningLog | Organizations> =>
  Layer.effectDiscard(
    Effect.flatMap(makeShortenLogs, (shortenLogs) =>
      Effect.forkScoped(Effect.repeat(shortenLogs(days), Schedule.spaced(pause)))
    )
  )
