import { Clock, Context, Deferred, Duration, Effect, Latch, Layer } from "effect"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { type CursorExpired, type CursorUnknown, readEventCursor } from "./EventCursor.ts"
import { EventFeed, type EventPage, type FeedOrganization } from "./EventFeed.ts"

/** So long somebody may wait for an event at most. */
export const longestWait: Duration.Duration = Duration.seconds(30)

/** How this process waits for events. */
export interface WaitingOptions {
  /** Between two looks into the database while anybody waits. */
  readonly pause?: Duration.Input
  /** Ends when the server is told to stop: whoever waits is answered then, and nobody waits any more. */
  readonly stopping?: Effect.Effect<unknown>
}

/**
 * Reads the feed, and waits for events where there are none (long polling).
 *
 * All who wait in this process share one look for all organisations, every `pause`, and none where nobody waits. Whoever
 * waits holds no connection and no fiber that works. Looking is what finds events of other servers, too; nothing depends
 * on being told.
 */
export class EventReader extends Context.Service<
  EventReader,
  {
    /** As `EventFeed.read`; an empty page only after `wait`, or where the server stops. */
    read(
      organization: FeedOrganization,
      after: string | undefined,
      limit: number,
      wait: Duration.Duration
    ): Effect.Effect<EventPage, CursorExpired | CursorUnknown | StoreUnavailable>
  }
>()("@rollcall/domain/events/EventReader") {
  static readonly layer = (options: WaitingOptions = {}): Layer.Layer<EventReader, never, EventFeed> =>
    Layer.effect(EventReader, makeReader(options))
}

interface Waiter {
  readonly organization: OrganizationId
  /** Events behind this number are waited for. */
  readonly sequence: number
  readonly arrived: Deferred.Deferred<void>
}

const makeReader = Effect.fnUntraced(function* ({ pause = "200 millis", stopping = Effect.never }: WaitingOptions) {
  const feed = yield* EventFeed
  const waiters = new Set<Waiter>()
  const wanted = yield* Latch.make(false)
  let stopped = false

  const release = (waiter: Waiter): Effect.Effect<unknown> => {
    waiters.delete(waiter)
    return Deferred.succeed(waiter.arrived, undefined)
  }
  const stop = Effect.suspend(() => {
    stopped = true
    return Effect.forEach([...waiters], release, { discard: true })
  })

  const look = Effect.gen(function* () {
    const asked = [...waiters]
    const heads = yield* feed.heads([...new Set(asked.map(({ organization }) => organization))])
    // An organisation that is not there any more has nothing to wait for.
    const arrived = asked.filter(
      ({ organization, sequence }) => (heads.get(organization) ?? Number.POSITIVE_INFINITY) > sequence
    )
    yield* Effect.forEach(arrived, release, { discard: true })
  }).pipe(
    // The next look may find the database again; whoever waits in vain reads at the end, and is told then.
    Effect.catchTag("StoreUnavailable", (error) => Effect.logDebug(`No look for events: ${error.message}`))
  )

  const round = Effect.gen(function* () {
    yield* wanted.await
    if (waiters.size === 0) {
      // In one step with the question: nobody comes between them and finds the latch open.
      wanted.closeUnsafe()
      return
    }
    yield* look
    yield* Effect.sleep(pause)
  })

  yield* Effect.addFinalizer(() => stop)
  yield* Effect.forkScoped(Effect.forever(round))
  yield* Effect.forkScoped(Effect.andThen(stopping, stop))

  const arrival = (organization: OrganizationId, sequence: number, wait: Duration.Duration) =>
    Effect.suspend(() => {
      if (stopped) return Effect.void
      const waiter: Waiter = { organization, sequence, arrived: Deferred.makeUnsafe() }
      waiters.add(waiter)
      return wanted.open.pipe(
        Effect.andThen(Deferred.await(waiter.arrived)),
        Effect.timeoutOption(wait),
        Effect.ensuring(Effect.sync(() => waiters.delete(waiter)))
      )
    })

  return EventReader.of({
    read: Effect.fnUntraced(function* (organization, after, limit, wait) {
      const start = yield* Clock.currentTimeMillis
      const most = Math.min(Duration.toMillis(wait), Duration.toMillis(longestWait))
      for (;;) {
        const page = yield* feed.read(organization, after, limit)
        const left = start + most - (yield* Clock.currentTimeMillis)
        if (page.events.length > 0 || left <= 0 || stopped) return page
        const sequence = yield* Effect.orDie(Effect.fromResult(readEventCursor(organization.id, page.next)))
        yield* arrival(organization.id, sequence, Duration.millis(left))
      }
    })
  })
})
