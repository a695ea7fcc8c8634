import { Directory, type DirectoryBusy } from "@rollcall/domain/directory/Directory"
import { type DueOrganization, type DueSearch, DueUsers } from "@rollcall/domain/directory/DueUsers"
import { defaultHandLimits } from "@rollcall/domain/directory/Hand"
import { clockActor } from "@rollcall/domain/log/LogEntry"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { latestToday, todayIn } from "@rollcall/domain/organization/OrganizationToday"
import { openWindow } from "@rollcall/domain/organization/ReviewWindow"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import type { UserId } from "@rollcall/domain/user/UserId"
import { Clock, type Duration, Effect, Layer, Schedule } from "effect"
import { SecureRandom } from "effect/crypto"

/** How many organisations are looked after at once, so that one with a hundred thousand due people holds up no other. */
const organizationsAtOnce = 4

/** As many as one batch takes: they go in together, and what others want of the organisation comes right behind them. */
const batchSize = defaultHandLimits.batchRequests

/**
 * So many are looked for at a time. A look passes everybody who is due and was not found yet, so that looking before
 * each batch would cost the square of their number: with ten thousand who start on one day a fifth of the whole time.
 */
const pageSize = 16 * batchSize

const searchFor = (organization: DueOrganization, now: number): Omit<DueSearch, "after"> => ({
  today: todayIn(organization.timeZone, now),
  startDatesOff: !organization.settings.startDates,
  endings: organization.settings.deactivateOnTerminationDate,
  heldManagers: openWindow(organization.reviewWindows, now) === undefined,
  limit: pageSize
})

/**
 * Leaves what cannot be done now to the next time: storage that cannot be reached, a full queue. A defect is told, and
 * stops nobody else: somebody whom a rule fails for must not keep all others from starting.
 */
const leftToNextTime = <R>(
  what: string,
  effect: Effect.Effect<void, StoreUnavailable | DirectoryBusy, R>
): Effect.Effect<void, never, R> =>
  effect.pipe(
    Effect.catch((error) => {
      const why = error._tag === "DirectoryBusy" ? "its queue is full" : error.message
      return Effect.logWarning(`The clock leaves ${what} to the next time: ${why}`)
    }),
    Effect.catchDefect((defect) => Effect.logError(`The clock cannot do what is due for ${what}`, defect))
  )

/** Does what is due now, everywhere, once. */
export type TickAll = Effect.Effect<void>

/**
 * Does what is due now in all organisations (R-START-3, R-START-9, R-MGR-4).
 *
 * It may run on any number of servers at once, and be killed at any time: what is due is decided under the
 * organisation's lock by the reducer, which finds nothing to do where somebody else has done it.
 */
export const makeTickAll: Effect.Effect<TickAll, never, DueUsers | Directory | SecureRandom.SecureRandom> = Effect.gen(
  function* () {
    const due = yield* DueUsers
    const directory = yield* Directory
    const random = yield* SecureRandom.SecureRandom

    const tickUser = Effect.fnUntraced(function* (organization: OrganizationId, id: UserId) {
      yield* directory.submit(organization, {
        command: { _tag: "TickUser", id },
        requestId: yield* random.uuidV4(),
        actor: clockActor,
        line: "clock",
        size: 1,
        receivedAt: yield* Clock.currentTimeMillis
      })
    })

    const tickWhoever = (organization: OrganizationId, id: UserId) =>
      Effect.catchDefect(tickUser(organization, id), (defect) =>
        Effect.logError(`The clock cannot do what is due for the person ${id}`, defect)
      )

    /** A page of people after the other, in parts that are submitted at once and make one batch; no page comes again. */
    const tickOrganization = Effect.fnUntraced(function* (organization: DueOrganization) {
      const search = searchFor(organization, yield* Clock.currentTimeMillis)
      let after: UserId | undefined
      for (;;) {
        const ids = yield* due.users(organization.id, { ...search, after })
        for (let from = 0; from < ids.length; from += batchSize) {
          yield* Effect.forEach(ids.slice(from, from + batchSize), (id) => tickWhoever(organization.id, id), {
            concurrency: "unbounded",
            discard: true
          })
        }
        if (ids.length < search.limit) return
        after = ids.at(-1)
      }
    })

    const tickAll = Effect.gen(function* () {
      const organizations = yield* due.organizations(latestToday(yield* Clock.currentTimeMillis))
      yield* Effect.forEach(
        organizations,
        (organization) => leftToNextTime(`the organisation ${organization.id}`, tickOrganization(organization)),
        { concurrency: organizationsAtOnce, discard: true }
      )
    })
    return leftToNextTime("all organisations", tickAll)
  }
)

/** The job of the clock: once at the start, as somebody may be overdue, and then again and again after that pause. */
export const layerClockJob = (
  pause: Duration.Input = "1 minute"
): Layer.Layer<never, never, DueUsers | Directory | SecureRandom.SecureRandom> =>
  Layer.effectDiscard(
    Effect.flatMap(makeTickAll, (tickAll) => Effect.forkScoped(Effect.repeat(tickAll, Schedule.spaced(pause))))
  )
