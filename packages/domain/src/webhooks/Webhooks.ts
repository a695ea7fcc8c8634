import { Clock, Context, Effect, Layer, type Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import type { Caller } from "../directory/Caller.ts"
import { Directory } from "../directory/Directory.ts"
import { type ProvisioningError, replyTo, submit } from "../directory/Submission.ts"
import { type CursorExpired, type CursorUnknown, reachFault, readEventCursor } from "../events/EventCursor.ts"
import { EventFeed } from "../events/EventFeed.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { printInstant } from "../scim/DateTimeValue.ts"
import type { HeldEndpoint } from "./HeldEndpoint.ts"
import type { WebhookCommand } from "./WebhookCommand.ts"
import { attemptError } from "./WebhookDelivery.ts"
import { type EndpointChange, type EndpointSettings, signingSecrets, WebhookEndpointId } from "./WebhookEndpoint.ts"
import { type Replay, WebhookEndpoints } from "./WebhookEndpoints.ts"
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

/**
 * What admins do with webhook endpoints (R-API-3). What changes one is a command in the organisation's queue, and leaves an
 * entry in the log in its own transaction (R-LOG-1); refusals are in the log already: 404 for what is not there (an id that is
 * `undefined` included), 409 for one too many or a secret that still signs, 400 with its `field`.
 */
export class Webhooks extends Context.Service<
  Webhooks,
  {
    create(caller: Caller, settings: EndpointSettings): Effect.Effect<RevealedEndpoint, ProvisioningError>
    update(
      caller: Caller,
      id: WebhookEndpointId | undefined,
      change: EndpointChange
    ): Effect.Effect<HeldEndpoint, ProvisioningError>
    /** A new secret; the former signs for another day, unless the change is `atOnce`. */
    rotateSecret(
      caller: Caller,
      id: WebhookEndpointId | undefined,
      atOnce: boolean
    ): Effect.Effect<RevealedEndpoint, ProvisioningError>
    /** Removes it with its deliveries. */
    remove(caller: Caller, id: WebhookEndpointId | undefined): Effect.Effect<void, ProvisioningError>
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
  static readonly layer = ({
    allowHttp
  }: {
    readonly allowHttp: boolean
  }): Layer.Layer<
    Webhooks,
    never,
    Directory | WebhookEndpoints | WebhookSender | EventFeed | SecureRandom.SecureRandom
  > =>
    Layer.effect(
      Webhooks,
      Effect.gen(function* () {
        const directory = yield* Directory
        const endpoints = yield* WebhookEndpoints
        const sender = yield* WebhookSender
        const feed = yield* EventFeed
        const random = yield* SecureRandom.SecureRandom
        const newSecret = Effect.provideService(generateWebhookSecret, SecureRandom.SecureRandom, random)

        const ask = (caller: Caller, command: WebhookCommand) =>
          Effect.map(replyTo(directory, caller, command, "Webhook"), ({ held }) => held)

        const create = Effect.fn("Webhooks.create")(function* (caller: Caller, settings: EndpointSettings) {
          const secret = yield* newSecret
          const newId = WebhookEndpointId.make(yield* random.uuidV4())
          return { held: yield* ask(caller, { _tag: "AddWebhook", newId, settings, secret, allowHttp }), secret }
        })

        const rotateSecret = Effect.fn("Webhooks.rotateSecret")(function* (
          caller: Caller,
          id: WebhookEndpointId | undefined,
          atOnce: boolean
        ) {
          const secret = yield* newSecret
          return { held: yield* ask(caller, { _tag: "RotateWebhookSecret", id, secret, atOnce }), secret }
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

        return Webhooks.of({
          create,
          update: (caller, id, change) => ask(caller, { _tag: "ChangeWebhook", id, change, allowHttp }),
          rotateSecret,
          remove: (caller, id) => Effect.asVoid(submit(directory, caller, { _tag: "RemoveWebhook", id })),
          replayAfter,
          ping
        })
      })
    )
}
