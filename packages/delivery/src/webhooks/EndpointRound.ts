import { eventCursor } from "@rollcall/domain/events/EventCursor"
import { EventFeed, mostEvents } from "@rollcall/domain/events/EventFeed"
import { eventId } from "@rollcall/domain/events/EventId"
import type { PublishedEvent } from "@rollcall/domain/events/EventPayload"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { DeliveryOrder } from "@rollcall/domain/webhooks/DeliveryOrder"
import { healthAfter, seemsAway, switchedOffBy } from "@rollcall/domain/webhooks/EndpointHealth"
import { lanesOf } from "@rollcall/domain/webhooks/EventLanes"
import { afterAttempt, type WebhookAttempt, type WebhookDelivery } from "@rollcall/domain/webhooks/WebhookDelivery"
import { signingSecrets, wants } from "@rollcall/domain/webhooks/WebhookEndpoint"
import {
  type LeftEndpoint,
  mostOwed,
  type OwedDelivery,
  type WebhookClaim,
  WebhookQueue,
  type WebhookWork
} from "@rollcall/domain/webhooks/WebhookQueue"
import { WebhookSender } from "@rollcall/domain/webhooks/WebhookSender"
import { Clock, Effect, Exit, Queue, Random, Result, Schedule } from "effect"
import { attemptTime } from "./HttpWebhookSender.ts"

/** How long a claim lasts, in milliseconds: a round and the longest attempt fit in, with room for storage to answer. */
export const endpointLease = 60_000

/** After so long a round begins nothing more, and the endpoint may go to another worker. */
const roundTime = 10_000

/** Between the end of the last attempt and the end of the claim. */
const margin = 5_000

/** How often storage is told again what came of attempts. */
const untilTold = { schedule: Schedule.spaced("1 second"), times: 10 }

export interface RoundSettings {
  /** Requests at once to one endpoint. */
  readonly concurrency: number
  /** How long the sender takes for an attempt at most, in milliseconds: no claim ends while one is under way. */
  readonly timeout?: number
  readonly isStopping: () => boolean
}

/** What a worker has of an endpoint while it sends. */
interface Session {
  readonly claim: WebhookClaim
  readonly order: DeliveryOrder<OwedDelivery>
  /** The bodies of events that were read just now. */
  readonly bodies: ReadonlyMap<number, string>
  /** When the last attempt may begin. */
  readonly until: number
  health: WebhookClaim["health"]
  /** Nothing more is to be begun. */
  isOver: boolean
}

/**
 * Makes the round of one endpoint: claims it, takes the events that are new to it, and sends what may go, several at once
 * and in order per person and group, until nothing may, ten seconds are over, or somebody changes the endpoint. Tells
 * whether there may be more at once. A claim is left as soon as the round ends, however it ends (ABUSE-40).
 */
export const makeEndpointRound = Effect.fnUntraced(function* ({
  concurrency,
  isStopping,
  timeout = attemptTime
}: RoundSettings) {
  const queue = yield* WebhookQueue
  const feed = yield* EventFeed
  const sender = yield* WebhookSender

  /** The events behind the position; where some of them are gone, those that are left. */
  const readEvents = Effect.fnUntraced(function* ({ endpoint, organization, position }: WebhookClaim, most: number) {
    const first = yield* Effect.result(feed.read(organization, eventCursor(organization.id, position), most))
    if (Result.isSuccess(first)) return first.success.events
    if (first.failure._tag === "StoreUnavailable") return yield* first.failure
    yield* Effect.logWarning(`The webhook endpoint ${endpoint.id} goes on later: ${first.failure.message}`)
    // Without a cursor nothing can be wrong with it.
    const { events } = yield* Effect.catchIf(
      feed.read(organization, undefined, most),
      (error) => error._tag !== "StoreUnavailable",
      Effect.die
    )
    return events
  })

  const findEvent = Effect.fnUntraced(function* (
    { bodies, claim: { organization } }: Session,
    sequence: number
  ): Effect.fn.Return<string | undefined, StoreUnavailable> {
    const known = bodies.get(sequence)
    if (known !== undefined) return known
    return yield* feed.read(organization, eventCursor(organization.id, sequence - 1), 1).pipe(
      Effect.map(({ events: [event] }) => (event?.sequence === sequence ? JSON.stringify(event) : undefined)),
      Effect.catch((error) => (error._tag === "StoreUnavailable" ? Effect.fail(error) : Effect.undefined))
    )
  })

  const open = Effect.fnUntraced(function* (claim: WebhookClaim) {
    const { endpoint, organization, position } = claim
    const standing = yield* queue.owed(claim)
    const room = Math.min(mostEvents, mostOwed - standing.length)
    const events = room > 0 ? yield* readEvents(claim, room) : []
    const last = events.at(-1)?.sequence
    const wanted = events.filter((event) => wants(endpoint, event.type))
    const isTaken = last === undefined || (yield* queue.take(claim, wanted.map(owedEvent), last))
    // What was taken before may be among it: the position was set back.
    const owed = last === undefined ? standing : yield* queue.owed(claim)
    const now = yield* Clock.currentTimeMillis
    const session: Session = {
      claim,
      order: new DeliveryOrder(owed),
      bodies: new Map(wanted.map((event) => [event.sequence, JSON.stringify(event)])),
      until: Math.min(now + roundTime, claim.until - timeout - margin),
      health: claim.health,
      isOver: !isTaken
    }
    yield* Effect.logDebug(
      `Webhook endpoint ${endpoint.id} of ${organization.id}: ${owed.length} owed, events to ${last ?? position}`
    )
    return session
  })

  /** Makes one attempt, and stores what came of it before anything behind it may go. */
  const attempt = Effect.fnUntraced(function* (session: Session, delivery: OwedDelivery) {
    const { claim, order } = session
    const { endpoint, organization, secrets } = claim
    const body = yield* findEvent(session, delivery.sequence)
    const begun = yield* Clock.currentTimeMillis
    // Reading took longer than anybody could expect: another worker may have the endpoint before this attempt ends.
    if (begun + timeout + margin > claim.until) {
      session.isOver = true
      return order.putBack(delivery)
    }
    const made: WebhookAttempt =
      body === undefined
        ? { _tag: "Lost" }
        : yield* sender.send({
            url: endpoint.url,
            id: eventId(organization.id, delivery.sequence),
            body,
            secrets: signingSecrets(secrets, begun)
          })
    yield* Effect.uninterruptible(conclude(session, delivery, made))
  })

  const conclude = Effect.fnUntraced(function* (session: Session, delivery: OwedDelivery, made: WebhookAttempt) {
    const { claim, order } = session
    const now = yield* Clock.currentTimeMillis
    const { lanes, ...outcome } = afterAttempt<WebhookDelivery & Pick<OwedDelivery, "lanes">>(
      delivery,
      made,
      now,
      yield* Random.next
    )
    session.health = healthAfter(session.health, made, now)
    const told = yield* Effect.retry(queue.complete(claim, outcome), untilTold)
    if (told !== "kept") session.isOver = true
    if (told === "lost") {
      return yield* Effect.logWarning(`An attempt took longer than its claim (webhook endpoint ${claim.endpoint.id})`)
    }
    if (outcome.dueAt === undefined) order.settle(delivery)
    else order.putBack({ ...outcome, dueAt: outcome.dueAt, lanes })
    if (outcome.state === "dead") {
      yield* Effect.logWarning(`Event ${outcome.sequence} was given up (webhook endpoint ${claim.endpoint.id})`)
    }
    const reason = switchedOffBy(made, session.health, now)
    if (reason === undefined) return
    session.isOver = true
    yield* Effect.retry(queue.switchOff(claim, reason), untilTold)
    yield* Effect.logWarning(`The webhook endpoint ${claim.endpoint.id} is switched off (${reason})`)
  })

  /** What may begin now. */
  const next = Effect.fnUntraced(function* (session: Session, inFlight: number) {
    const { health, order, until } = session
    // Of a receiver that is away one attempt at a time finds out whether it is back.
    if (session.isOver || isStopping() || inFlight >= (seemsAway(health) ? 1 : concurrency)) return undefined
    const now = yield* Clock.currentTimeMillis
    return now > until || (health.restUntil ?? 0) > now ? undefined : order.next(now)
  })

  /** Keeps as many attempts going as may be, until nothing may begin any more and those under way have ended. */
  const sendAll = Effect.fnUntraced(function* (session: Session) {
    const ended = yield* Queue.unbounded<Exit.Exit<void, StoreUnavailable>>()
    let inFlight = 0
    let broken: Exit.Exit<void, StoreUnavailable> = Exit.void
    for (;;) {
      for (let one = yield* next(session, inFlight); one !== undefined; one = yield* next(session, inFlight)) {
        inFlight++
        const made = Effect.exit(attempt(session, one))
        yield* Effect.forkScoped(Effect.flatMap(made, (exit) => Queue.offer(ended, exit)))
      }
      if (inFlight === 0) return yield* broken
      const exit = yield* Queue.take(ended)
      inFlight--
      if (Exit.isFailure(exit)) {
        // One that fails does not break off the others: they finish, and then it is told.
        session.isOver = true
        broken = exit
      }
    }
  }, Effect.scoped)

  const leave = Effect.fnUntraced(function* (claim: WebhookClaim, session: Session | undefined, isWhole: boolean) {
    const now = yield* Clock.currentTimeMillis
    const wakeAt = session === undefined || !isWhole ? 0 : session.order.wakeAt
    const left: LeftEndpoint = {
      health: session?.health ?? claim.health,
      wakeAt: wakeAt === undefined ? undefined : Math.max(now, wakeAt),
      isFull: (session?.order.size ?? 0) >= mostOwed
    }
    yield* Effect.ignore(Effect.retry(queue.release(claim, left), untilTold))
    return wakeAt === 0
  })

  return ({ endpoint, organization }: WebhookWork): Effect.Effect<boolean, StoreUnavailable> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const claim = yield* queue.claim(organization, endpoint, endpointLease)
        if (claim === undefined) return false
        let session: Session | undefined
        const exit = yield* Effect.exit(
          restore(
            Effect.gen(function* () {
              session = yield* open(claim)
              yield* sendAll(session)
            })
          )
        )
        const isMore = yield* leave(claim, session, Exit.isSuccess(exit))
        yield* exit
        return isMore
      })
    )
})

const owedEvent = (event: PublishedEvent) => ({
  sequence: event.sequence,
  type: event.type,
  owedAt: Date.parse(event.time),
  lanes: lanesOf(event)
})
