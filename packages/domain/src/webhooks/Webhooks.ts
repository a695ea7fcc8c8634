import { Clock, Context, Effect, Layer, type Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { type CursorExpired, type CursorUnknown, reachFault, readEventCursor } from "../events/EventCursor.ts"
import { EventFeed } from "../events/EventFeed.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { printInstant } from "../scim/DateTimeValue.ts"
import { attemptError } from "./WebhookDelivery.ts"
import {
  changedEndpoint,
  checkSettings,
  type EndpointChange,
  type EndpointSettings,
  enabled,
  mostEndpoints,
  rotated,
  signingSecrets,
  tooManyEndpoints,
  type WebhookEndpoint,
  WebhookEndpointId,
  type WebhookRefused
} from "./WebhookEndpoint.ts"
import { type HeldEndpoint, type Replay, WebhookEndpoints } from "./WebhookEndpoints.ts"
import { generateWebhookSecret } from "./WebhookSecret.ts"
import { WebhookSender } from "./WebhookSender.ts"

/** An endpoint with a secret that is shown this once. */
export interface RevealedEndpoint {
  readonly held: HeldEndpoint
  readonly secret: Redacted.Redacted<string>
}

/** How a receiver answered a test. */
export interface PingResult {
  /** The `webhook-id` that was sent. */
  readonly id: string
  readonly ok: boolean
  readonly status: number | undefined
  readonly error: string | undefined
  readonly milliseconds: number
}

/** The type in the body of a test; no event of an organisation has it. */
export const pingType = "webhook.ping"

/** What admins do with webhook endpoints (R-API-3). */
export class Webhooks extends Context.Service<
  Webhooks,
  {
    create(
      organization: OrganizationId,
      settings: EndpointSettings
    ): Effect.Effect<RevealedEndpoint, WebhookRefused | StoreUnavailable>
    update(
      organization: OrganizationId,
      id: WebhookEndpointId,
      change: EndpointChange
    ): Effect.Effect<HeldEndpoint | undefined, WebhookRefused | StoreUnavailable>
    /** A new secret; the former signs for another day, unless the change is `atOnce`. */
    rotateSecret(
      organization: OrganizationId,
      id: WebhookEndpointId,
      atOnce: boolean
    ): Effect.Effect<RevealedEndpoint | undefined, WebhookRefused | StoreUnavailable>
    /** What a replay from a cursor, or the id of an event, of the organisation's feed is; refused where events are gone. */
    replayAfter(
      organization: OrganizationId,
      cursor: string
    ): Effect.Effect<Replay, CursorExpired | CursorUnknown | StoreUnavailable>
    /**
     * Sends a test to an endpoint, also one that is switched off, and waits for the answer. It is not part of the events:
     * it is not tried again and counts neither for nor against the endpoint.
     */
    ping(organization: OrganizationId, id: WebhookEndpointId): Effect.Effect<PingResult | undefined, StoreUnavailable>
  }
>()("@rollcall/domain/webhooks/Webhooks") {
  /** `allowHttp`: the installation may send without TLS. */
  static readonly layer = (options: {
    readonly allowHttp: boolean
  }): Layer.Layer<Webhooks, never, WebhookEndpoints | WebhookSender | EventFeed | SecureRandom.SecureRandom> =>
    Layer.effect(
      Webhooks,
      Effect.gen(function* () {
        const endpoints = yield* WebhookEndpoints
        const sender = yield* WebhookSender
        const feed = yield* EventFeed
        const random = yield* SecureRandom.SecureRandom
        const newSecret = Effect.provideService(generateWebhookSecret, SecureRandom.SecureRandom, random)

        const create = Effect.fn("Webhooks.create")(function* (
          organization: OrganizationId,
          { description, types, url }: EndpointSettings
        ) {
          yield* checkSettings({ description, types, url }, options.allowHttp)
          const secret = yield* newSecret
          const endpoint: WebhookEndpoint = {
            id: WebhookEndpointId.make(yield* random.uuidV4()),
            url,
            description,
            types,
            state: enabled,
            createdAt: yield* Clock.currentTimeMillis
          }
          const values = { endpoint, secrets: { current: secret, previous: undefined } }
          if (!(yield* endpoints.add(organization, values, mostEndpoints))) return yield* tooManyEndpoints()
          const held = yield* endpoints.find(organization, endpoint.id)
          return held === undefined
            ? yield* Effect.die(new Error("An endpoint is gone as it was made"))
            : { held, secret }
        })

        const update = Effect.fn("Webhooks.update")(function* (
          organization: OrganizationId,
          id: WebhookEndpointId,
          change: EndpointChange
        ) {
          const now = yield* Clock.currentTimeMillis
          return yield* endpoints.change(organization, id, ({ endpoint, secrets }) => {
            const next = changedEndpoint(endpoint, change, now)
            return Effect.as(checkSettings(next, options.allowHttp), { endpoint: next, secrets })
          })
        })

        const rotateSecret = Effect.fn("Webhooks.rotateSecret")(function* (
          organization: OrganizationId,
          id: WebhookEndpointId,
          atOnce: boolean
        ) {
          const secret = yield* newSecret
          const now = yield* Clock.currentTimeMillis
          const held = yield* endpoints.change(organization, id, ({ endpoint, secrets }) =>
            Effect.map(rotated(secrets, secret, now, atOnce), (next) => ({ endpoint, secrets: next }))
          )
          return held === undefined ? undefined : { held, secret }
        })

        const replayAfter = Effect.fn("Webhooks.replayAfter")(function* (organization: OrganizationId, cursor: string) {
          const sequence = yield* Effect.fromResult(readEventCursor(organization, cursor))
          const fault = reachFault(yield* feed.reach(organization), sequence)
          return fault === undefined ? ({ _tag: "After", sequence } as const) : yield* fault
        })

        const ping = Effect.fn("Webhooks.ping")(function* (organization: OrganizationId, id: WebhookEndpointId) {
          const held = yield* endpoints.find(organization, id)
          if (held === undefined) return undefined
          const begun = yield* Clock.currentTimeMillis
          const ping = `ping_${yield* random.uuidV4()}`
          const attempt = yield* sender.send({
            url: held.endpoint.url,
            id: ping,
            body: JSON.stringify({ id: ping, type: pingType, time: printInstant(begun), data: { endpoint: id } }),
            secrets: signingSecrets(held.secrets, begun)
          })
          const error = attemptError(attempt)
          return {
            id: ping,
            ok: error === undefined,
            status: attempt._tag === "Answered" ? attempt.status : undefined,
            error,
            milliseconds: (yield* Clock.currentTimeMillis) - begun
          }
        })

        return Webhooks.of({ create, update, rotateSecret, replayAfter, ping })
      })
    )
}
