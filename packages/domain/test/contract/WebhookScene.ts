import { assert } from "@effect/vitest"
import type { Directory } from "@rollcall/domain/directory/Directory"
import type { EventType } from "@rollcall/domain/events/EventPayload"
import { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { UserId } from "@rollcall/domain/user/UserId"
import { newHealth } from "@rollcall/domain/webhooks/EndpointHealth"
import type { WebhookCommand } from "@rollcall/domain/webhooks/WebhookCommand"
import { afterAttempt, type WebhookAttempt } from "@rollcall/domain/webhooks/WebhookDelivery"
import {
  type EndpointChange,
  type EndpointSettings,
  WebhookEndpointId
} from "@rollcall/domain/webhooks/WebhookEndpoint"
import { WebhookEndpoints } from "@rollcall/domain/webhooks/WebhookEndpoints"
import {
  type OwedDelivery,
  type OwedEvent,
  type WebhookClaim,
  WebhookQueue
} from "@rollcall/domain/webhooks/WebhookQueue"
import { Clock, Effect, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { OutboxProbe } from "./OutboxProbe.ts"
import { administerWebhook } from "./WebhookProbe.ts"

/** What the contract is held against. */
export type WebhookServices = WebhookEndpoints | WebhookQueue | Directory | ProvisioningLog | OutboxProbe

export const lease = 60_000

export const accepted: WebhookAttempt = { _tag: "Answered", status: 204, retryAfter: undefined }
export const failed: WebhookAttempt = { _tag: "Answered", status: 500, retryAfter: undefined }
export const lost: WebhookAttempt = { _tag: "Lost" }

export const newEndpointId = () => WebhookEndpointId.make(SecureRandom.uuidV4Unsafe())

export const adding = (newId: WebhookEndpointId, settings: Partial<EndpointSettings> = {}): WebhookCommand => ({
  _tag: "AddWebhook",
  newId,
  settings: { url: "https://hooks.halden.example/rollcall", description: "The product", types: null, ...settings },
  secret: Redacted.make("whsec_Zmlyc3Q="),
  allowHttp: false
})

export const changing = (id: WebhookEndpointId, change: EndpointChange): WebhookCommand => ({
  _tag: "ChangeWebhook",
  id,
  change,
  allowHttp: false
})

export const rotating = (id: WebhookEndpointId, secret: string, atOnce = false): WebhookCommand => ({
  _tag: "RotateWebhookSecret",
  id,
  secret: Redacted.make(secret),
  atOnce
})

export const removing = (id: WebhookEndpointId): WebhookCommand => ({ _tag: "RemoveWebhook", id })

export const addEndpoint = Effect.fnUntraced(function* (
  organization: OrganizationId,
  settings: Partial<EndpointSettings> = {}
) {
  const id = newEndpointId()
  yield* administerWebhook(organization, adding(id, settings))
  return id
})

/** What the log has of an organisation, the oldest entry first. */
export const logOf = (organization: OrganizationId) =>
  Effect.flatMap(ProvisioningLog, (log) =>
    Effect.map(log.search(organization, { limit: 200 }), ({ entries }) =>
      entries.toReversed().map(({ entry }) => entry)
    )
  )

/** What each command came to. */
export const tagsOf = (answers: ReadonlyArray<{ readonly _tag: string }>) => answers.map(({ _tag }) => _tag)

/** Lets so many events happen, each about somebody else. */
export const happen = Effect.fnUntraced(function* (organization: OrganizationId, count: number) {
  const events = Array.from({ length: count }, () => ({
    type: "user.started" as const,
    user: UserId.make(SecureRandom.uuidV4Unsafe()),
    version: 1
  }))
  yield* (yield* OutboxProbe).happen(organization, events)
})

export const claimed = Effect.fnUntraced(function* (organization: OrganizationId, id: WebhookEndpointId) {
  const claim = yield* (yield* WebhookQueue).claim(organization, id, lease)
  if (claim === undefined) throw new Error("the endpoint cannot be claimed")
  return claim
})

export const noted = (sequence: number, type: EventType = "user.started", lanes: ReadonlyArray<number> = [sequence]) =>
  ({ sequence, type, owedAt: 0, lanes }) satisfies OwedEvent

/** Claims the endpoint and takes the events up to that number, all of them. */
export const takeTo = Effect.fnUntraced(function* (organization: OrganizationId, id: WebhookEndpointId, to: number) {
  const claim = yield* claimed(organization, id)
  const events = Array.from({ length: to - claim.position }, (_, i) => noted(claim.position + i + 1))
  assert.isTrue(yield* (yield* WebhookQueue).take(claim, events, to))
  return claim
})

export const owedOne = Effect.fnUntraced(function* (claim: WebhookClaim, sequence: number) {
  const one = (yield* (yield* WebhookQueue).owed(claim)).find((delivery) => delivery.sequence === sequence)
  if (one === undefined) throw new Error(`event ${sequence} is not owed`)
  return one
})

export const complete = Effect.fnUntraced(function* (claim: WebhookClaim, sequence: number, attempt: WebhookAttempt) {
  const delivery = yield* owedOne(claim, sequence)
  const { lanes: _, ...outcome } = afterAttempt(delivery, attempt, yield* Clock.currentTimeMillis, 0.5)
  return yield* (yield* WebhookQueue).complete(claim, outcome)
})

export const leave = (claim: WebhookClaim, wakeAt?: number, isFull = false) =>
  Effect.flatMap(WebhookQueue, (queue) => queue.release(claim, { health: newHealth, wakeAt, isFull }))

export const works = (organization: OrganizationId) =>
  Effect.flatMap(WebhookQueue, (queue) =>
    Effect.map(queue.work, (work) =>
      work.filter((one) => one.organization === organization).map(({ endpoint }) => endpoint)
    )
  )

export const statesOf = Effect.fnUntraced(function* (organization: OrganizationId, id: WebhookEndpointId) {
  const { deliveries } = yield* (yield* WebhookEndpoints).deliveries(organization, id, { count: 1_000 })
  return deliveries.map(({ sequence, state }) => [sequence, state] as const)
})

export const sequencesOf = (deliveries: ReadonlyArray<OwedDelivery>) => deliveries.map(({ sequence }) => sequence)
