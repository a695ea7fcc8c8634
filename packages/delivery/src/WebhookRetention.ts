import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { WebhookQueue } from "@rollcall/domain/webhooks/WebhookQueue"
import { Clock, type Duration, Effect, Layer, Schedule } from "effect"

const day = 24 * 60 * 60 * 1_000

/** What was delivered is remembered for so long: enough to see what went out of late. */
export const deliveredTime = 7 * day

/** Dead letters stay for so long, in which they can be replayed as far as their events are kept. */
export const deadTime = 90 * day

/** So many deliveries are removed by one statement: some milliseconds of locks that nobody else waits for. */
const chunk = 1_000

/** Between two chunks others have their turn: the embedded database does one thing at a time. */
const breath: Duration.Input = "20 millis"

const leftToNextTime = (what: string, effect: Effect.Effect<number, StoreUnavailable>): Effect.Effect<number> =>
  effect.pipe(
    Effect.catch((error) =>
      Effect.as(Effect.logWarning(`Ended webhooks of ${what} are forgotten the next time: ${error.message}`), 0)
    ),
    Effect.catchDefect((defect) =>
      Effect.as(Effect.logError(`Ended webhooks of ${what} cannot be forgotten`, defect), 0)
    )
  )

/**
 * Forgets once, in all organisations, deliveries that ended long ago, and answers how many. It may run on any number of
 * servers at once: each takes what no other is just removing.
 */
export const makeForgetWebhooks: Effect.Effect<Effect.Effect<number>, never, WebhookQueue | Organizations> = Effect.gen(
  function* () {
    const queue = yield* WebhookQueue
    const organizations = yield* Organizations

    const forget = Effect.fnUntraced(function* (organization: OrganizationId, now: number) {
      const before = { delivered: now - deliveredTime, dead: now - deadTime }
      let all = 0
      for (;;) {
        const removed = yield* queue.forget(organization, before, chunk)
        if (removed === 0) return all
        all += removed
        yield* Effect.sleep(breath)
      }
    })

    const forgetAll = Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const counts = yield* Effect.forEach(yield* organizations.list, ({ id, subdomain }) =>
        leftToNextTime(subdomain, forget(id, now))
      )
      return counts.reduce((sum, count) => sum + count, 0)
    })
    return leftToNextTime("all organisations", forgetAll)
  }
)

/** The job that forgets ended deliveries: at the start and then again after each pause. */
export const layerWebhookRetention = (
  pause: Duration.Input = "1 hour"
): Layer.Layer<never, never, WebhookQueue | Organizations> =>
  Layer.effectDiscard(
    Effect.flatMap(makeForgetWebhooks, (forget) => Effect.forkScoped(Effect.repeat(forget, Schedule.spaced(pause))))
  )
