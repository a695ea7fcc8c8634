import type { EventFeed } from "@rollcall/domain/events/EventFeed"
import { type WebhookQueue as Queue, WebhookQueue, type WebhookWork } from "@rollcall/domain/webhooks/WebhookQueue"
import type { WebhookSender } from "@rollcall/domain/webhooks/WebhookSender"
import { Clock, Effect, Fiber, FiberMap, Latch, Layer, Random } from "effect"
import { makeEndpointRound } from "./webhooks/EndpointRound.ts"

/** How long the job looks for nothing, in milliseconds. */
const idle = 1_000

const longestPause = 30_000

/** So many endpoints one server sends to at once; the others are found by other servers, or by this one a little later. */
const mostEndpoints = 64

/** An endpoint for which this program cannot read what it needs is left alone for so long. */
const asideTime = 60_000

/** How long attempts under way may take when the server stops; then they are given up, and their claims back. */
const grace = "10 seconds"

export interface WebhookJobSettings {
  /** Requests at once to one endpoint. */
  readonly concurrency: number
  /** How long the sender takes for an attempt at most, in milliseconds. */
  readonly timeout?: number
}

/**
 * The job that sends webhooks (R-API-3). It may run on any number of servers at once. Each endpoint has a round of its own,
 * so one whose receiver hangs keeps no other waiting. When it stops, it begins no attempt any more, finishes those under
 * way, and leaves no claim behind (ABUSE-40).
 */
export const layerWebhookJob = (
  settings: WebhookJobSettings
): Layer.Layer<never, never, Queue | EventFeed | WebhookSender> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const queue = yield* WebhookQueue
      const stopping = yield* Latch.make(false)
      const aside = new Map<string, number>()
      let isStopping = false
      let failures = 0
      const round = yield* makeEndpointRound({ ...settings, isStopping: () => isStopping })
      // Closed after the grace below.
      const rounds = yield* FiberMap.make<string, void, never>()

      const rest = (milliseconds: number) => Effect.timeoutOption(stopping.await, milliseconds)
      const restAfterFailure = Effect.suspend(() => rest(Math.min(longestPause, idle * 2 ** Math.min(failures++, 5))))

      const setAside = (endpoint: string) => (defect: unknown) =>
        Effect.gen(function* () {
          aside.set(endpoint, (yield* Clock.currentTimeMillis) + asideTime)
          yield* Effect.logError(`The webhook endpoint ${endpoint} is set aside for a minute`, defect)
          return false
        })

      const work = (one: WebhookWork) =>
        round(one).pipe(
          // The store has logged it already.
          Effect.catchTag("StoreUnavailable", () => Effect.succeed(false)),
          Effect.catchDefect(setAside(one.endpoint)),
          // Goes on with it as long as no other waits for the place.
          Effect.repeat({
            while: (isMore) =>
              Effect.map(FiberMap.size(rounds), (size) => isMore && !isStopping && size < mostEndpoints)
          }),
          Effect.asVoid
        )

      const lookAround = Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const open = (yield* queue.work).filter(({ endpoint }) => (aside.get(endpoint) ?? 0) <= now)
        // Where there are more than this server takes, each has the same chance.
        const from = yield* Random.nextIntBetween(0, Math.max(1, open.length))
        for (const one of [...open.slice(from), ...open.slice(0, from)]) {
          if (isStopping || (yield* FiberMap.size(rounds)) >= mostEndpoints) return
          yield* FiberMap.run(rounds, one.endpoint, work(one), { onlyIfMissing: true })
        }
      })

      const once = lookAround.pipe(
        Effect.flatMap(() => {
          failures = 0
          return rest(idle)
        }),
        Effect.asVoid,
        Effect.catchTag("StoreUnavailable", () => Effect.asVoid(restAfterFailure)),
        Effect.catchDefect((defect) =>
          Effect.andThen(
            Effect.logError("The job that sends webhooks failed, and goes on", defect),
            Effect.asVoid(restAfterFailure)
          )
        )
      )
      const loop = Effect.whileLoop({ while: () => !isStopping, body: () => once, step: () => undefined })

      yield* Effect.acquireRelease(Effect.forkDetach(loop), (fiber) =>
        Effect.gen(function* () {
          isStopping = true
          yield* stopping.open
          yield* Effect.timeoutOption(Effect.andThen(Fiber.await(fiber), FiberMap.awaitEmpty(rounds)), grace)
          yield* Fiber.interrupt(fiber)
          yield* FiberMap.clear(rounds)
        })
      )
    })
  )
