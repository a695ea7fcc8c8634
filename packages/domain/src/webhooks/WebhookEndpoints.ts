import { Context, type Effect } from "effect"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { HeldEndpoint } from "./HeldEndpoint.ts"
import type { DeliveryState, WebhookDelivery } from "./WebhookDelivery.ts"
import type { WebhookEndpointId } from "./WebhookEndpoint.ts"

/** What is to be sent again: the dead letters, or every event after a number, whether it was delivered or not. */
export type Replay = { readonly _tag: "Dead" } | { readonly _tag: "After"; readonly sequence: number }

/** Which deliveries are listed. */
export interface DeliveryQuery {
  readonly state?: DeliveryState
  /** `next` of the page before. */
  readonly before?: number
  readonly count: number
}

/** A page of deliveries, those of the latest events first. */
export interface DeliveryPage {
  readonly deliveries: ReadonlyArray<WebhookDelivery>
  /** Undefined on the last page. */
  readonly next: number | undefined
}

/**
 * The webhook endpoints of organisations, and what became of the events on their way there (port). What becomes of
 * endpoints is decided in the organisation's queue ({@link Webhooks}); each operation here is atomic. A worker that is
 * sending to an endpoint while it is changed begins nothing more as it was before.
 */
export class WebhookEndpoints extends Context.Service<
  WebhookEndpoints,
  {
    /** All of them, in the order of their making. */
    list(organization: OrganizationId): Effect.Effect<ReadonlyArray<HeldEndpoint>, StoreUnavailable>
    find(organization: OrganizationId, id: WebhookEndpointId): Effect.Effect<HeldEndpoint | undefined, StoreUnavailable>
    deliveries(
      organization: OrganizationId,
      id: WebhookEndpointId,
      query: DeliveryQuery
    ): Effect.Effect<DeliveryPage, StoreUnavailable>
    /** Makes one pending again, due at once, and tells how it is now; undefined where there is none. */
    resend(
      organization: OrganizationId,
      id: WebhookEndpointId,
      sequence: number
    ): Effect.Effect<WebhookDelivery | undefined, StoreUnavailable>
    /** How many events a replay would send at this moment; those after a number as far as they are kept. */
    countReplay(
      organization: OrganizationId,
      id: WebhookEndpointId,
      replay: Replay
    ): Effect.Effect<number, StoreUnavailable>
    /** Sends them again, in order, and tells how many; those after a number as far as events are kept. */
    replay(organization: OrganizationId, id: WebhookEndpointId, replay: Replay): Effect.Effect<number, StoreUnavailable>
  }
>()("@rollcall/domain/webhooks/WebhookEndpoints") {}
