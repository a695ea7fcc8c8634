import { Context, type Effect } from "effect"
import type { Organization, OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { EndpointHealth } from "./EndpointHealth.ts"
import type { WebhookDelivery } from "./WebhookDelivery.ts"
import type { DisabledReason, WebhookEndpoint, WebhookEndpointId, WebhookSecrets } from "./WebhookEndpoint.ts"

/** The name under which an endpoint's position in the events is kept, among the consumers of events. */
export const webhookConsumer = (id: WebhookEndpointId): string => `webhook:${id}`

/** So much is on its way to an endpoint at most; further events wait in the feed. */
export const mostOwed = 5_000

/** An endpoint for which there is something to do. */
export interface WebhookWork {
  readonly organization: OrganizationId
  readonly endpoint: WebhookEndpointId
}

/** The right to send to an endpoint, which one worker has at a time. */
export interface WebhookClaim {
  readonly organization: Pick<Organization, "id" | "subdomain">
  readonly endpoint: WebhookEndpoint
  readonly secrets: WebhookSecrets
  readonly health: EndpointHealth
  /** The number of the last event that was looked at. */
  readonly position: number
  /** What outcomes are accepted by, until somebody else claims the endpoint. */
  readonly token: string
  /** The endpoint as claimed: it counts up with every change by an admin. */
  readonly revision: number
  /** The claim ends at this time. */
  readonly until: number
}

/** A delivery that has not ended, with whom it is about. */
export interface OwedDelivery extends WebhookDelivery {
  readonly dueAt: number
  /** See `lanesOf`. */
  readonly lanes: ReadonlyArray<number>
}

/** An event that an endpoint wants. */
export type OwedEvent = Pick<OwedDelivery, "sequence" | "type" | "owedAt" | "lanes">

/**
 * What became of telling an outcome:
 * - kept: it is stored.
 * - changed: it is stored, and an admin has changed the endpoint since: nothing more is to be sent by this claim.
 * - lost: nothing is stored: the claim ended and somebody else has the endpoint, or it is gone (ABUSE-37).
 */
export type Told = "kept" | "changed" | "lost"

/** How a worker leaves an endpoint. */
export interface LeftEndpoint {
  readonly health: EndpointHealth
  /** When there is something to do, besides new events; undefined where nothing waits. */
  readonly wakeAt: number | undefined
  /** No more events can be taken until some have ended. */
  readonly isFull: boolean
}

/**
 * What is owed to webhook endpoints (port).
 *
 * An endpoint is claimed as a whole, by one worker of one server at a time: so its events keep their order and it never
 * gets more requests at once than that worker makes. A claim is a token and a time at which it ends, no lock: nothing is
 * held while sending, and the endpoints of a lost worker are claimed by others after its lease. An event is taken once:
 * noting it and moving the position is one statement, under the claim.
 */
export class WebhookQueue extends Context.Service<
  WebhookQueue,
  {
    /** The endpoints for which there is something to do now. */
    readonly work: Effect.Effect<ReadonlyArray<WebhookWork>, StoreUnavailable>
    /** Claims an endpoint for `lease` milliseconds; undefined where it is not to be had, or is switched off. */
    claim(
      organization: OrganizationId,
      endpoint: WebhookEndpointId,
      lease: number
    ): Effect.Effect<WebhookClaim | undefined, StoreUnavailable>
    /** Everything that is owed to the endpoint and has not ended, in the order of events. */
    owed(claim: WebhookClaim): Effect.Effect<ReadonlyArray<OwedDelivery>, StoreUnavailable>
    /**
     * Notes events and moves the position from the claim's to `position`. What had ended before is owed again: the position
     * was set back. False, and nothing noted, where the claim does not hold or the position is another.
     */
    take(
      claim: WebhookClaim,
      events: ReadonlyArray<OwedEvent>,
      position: number
    ): Effect.Effect<boolean, StoreUnavailable>
    /** Stores what an attempt made of a delivery. */
    complete(claim: WebhookClaim, outcome: WebhookDelivery): Effect.Effect<Told, StoreUnavailable>
    /** Switches the endpoint off, where the claim holds. */
    switchOff(claim: WebhookClaim, reason: DisabledReason): Effect.Effect<void, StoreUnavailable>
    /** Gives the claim back. Where an admin has changed the endpoint since, there is something to do at once. */
    release(claim: WebhookClaim, left: LeftEndpoint): Effect.Effect<void, StoreUnavailable>
    /**
     * Removes up to `most` deliveries of an organisation that were delivered, or given up, before these times, and answers
     * how many.
     */
    forget(
      organization: OrganizationId,
      before: { readonly delivered: number; readonly dead: number },
      most: number
    ): Effect.Effect<number, StoreUnavailable>
  }
>()("@rollcall/domain/webhooks/WebhookQueue") {}
