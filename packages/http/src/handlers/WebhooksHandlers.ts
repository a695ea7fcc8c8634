import type { Caller } from "@rollcall/domain/directory/Caller"
import type { ProvisioningError } from "@rollcall/domain/directory/Submission"
import type { CursorExpired, CursorUnknown } from "@rollcall/domain/events/EventCursor"
import { eventId, readEventId } from "@rollcall/domain/events/EventId"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import type { HeldEndpoint } from "@rollcall/domain/webhooks/HeldEndpoint"
import type { WebhookDelivery } from "@rollcall/domain/webhooks/WebhookDelivery"
import { readEndpointId, type WebhookEndpointId } from "@rollcall/domain/webhooks/WebhookEndpoint"
import { type Replay, WebhookEndpoints } from "@rollcall/domain/webhooks/WebhookEndpoints"
import { Webhooks } from "@rollcall/domain/webhooks/Webhooks"
import { Effect, Redacted } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import { defaultPageLimit } from "../api/ApiTypes.ts"
import {
  CursorExpired as CursorExpiredProblem,
  InvalidRequest,
  isProblem,
  NotFound,
  type Problem
} from "../api/Problem.ts"
import { PublicApi } from "../api/PublicApi.ts"
import type { WebhookDeliveryView, WebhookReplay, WebhookView } from "../api/WebhooksApi.ts"
import { problemOf } from "./ApiProblem.ts"

type Failure = ProvisioningError | CursorExpired | CursorUnknown

const toProblem = (error: Failure, requestId: string): Problem => {
  switch (error._tag) {
    case "CursorExpired":
      return new CursorExpiredProblem({ detail: error.message, requestId })
    case "CursorUnknown": {
      const errors = [{ pointer: "/after", detail: error.message }]
      return new InvalidRequest({ detail: error.message, requestId, errors })
    }
    default:
      return problemOf(error, requestId)
  }
}

const viewOf = ({ endpoint, health, secrets }: HeldEndpoint): typeof WebhookView.Type => {
  const { createdAt, description, id, state, types, url } = endpoint
  const off = state._tag === "Disabled" ? state : undefined
  return {
    id,
    url,
    description,
    types,
    enabled: off === undefined,
    disabledReason: off?.reason ?? null,
    disabledAt: off?.since ?? null,
    createdAt,
    previousSecretUntil: secrets.previous?.until ?? null,
    failingSince: health.failingSince ?? null,
    lastDeliveredAt: health.lastDeliveredAt ?? null
  }
}

const deliveryOf = (organization: OrganizationId, delivery: WebhookDelivery): typeof WebhookDeliveryView.Type => ({
  event: eventId(organization, delivery.sequence),
  type: delivery.type,
  state: delivery.state,
  happenedAt: delivery.owedAt,
  attempts: delivery.attempts,
  lastAttemptAt: delivery.lastAttemptAt ?? null,
  nextAttemptAt: delivery.dueAt ?? null,
  endedAt: delivery.endedAt ?? null,
  status: delivery.status ?? null,
  error: delivery.error ?? null
})

const revealed = ({ held, secret }: { readonly held: HeldEndpoint; readonly secret: Redacted.Redacted<string> }) => ({
  webhook: viewOf(held),
  secret: Redacted.value(secret)
})

export const webhooksHandlers = HttpApiBuilder.group(
  PublicApi,
  "webhooks",
  Effect.fnUntraced(function* (handlers) {
    const webhooks = yield* Webhooks
    const endpoints = yield* WebhookEndpoints

    const forCaller = <A, E extends Failure | Problem>(act: (caller: Caller) => Effect.Effect<A, E>) =>
      Effect.flatMap(ApiCaller, ({ caller }) =>
        Effect.mapError(act(caller), (error: Failure | Problem) =>
          isProblem(error) ? error : toProblem(error, caller.requestId)
        )
      )

    /** What is read of one endpoint; what is undefined, or of an id that can be none, is not there. */
    const withEndpoint = <A>(
      params: { readonly id: string },
      act: (organization: OrganizationId, id: WebhookEndpointId) => Effect.Effect<A | undefined, Failure>
    ) =>
      forCaller(({ organization, requestId }) =>
        Effect.gen(function* () {
          const id = readEndpointId(params.id)
          const found = id === undefined ? undefined : yield* act(organization.id, id)
          return found === undefined ? yield* nothing(requestId) : found
        })
      )

    const replayOf = (
      organization: OrganizationId,
      payload: typeof WebhookReplay.Type
    ): Effect.Effect<Replay, Failure> =>
      payload.what === "dead" ? Effect.succeed({ _tag: "Dead" }) : webhooks.replayAfter(organization, payload.after)

    const replaying = (
      params: { readonly id: string },
      payload: typeof WebhookReplay.Type,
      act: (
        organization: OrganizationId,
        id: WebhookEndpointId,
        replay: Replay
      ) => Effect.Effect<number, StoreUnavailable>
    ) =>
      withEndpoint(params, (organization, id) =>
        Effect.gen(function* () {
          if ((yield* endpoints.find(organization, id)) === undefined) return undefined
          return { count: yield* act(organization, id, yield* replayOf(organization, payload)) }
        })
      )

    return handlers.handleAll({
      list: () =>
        forCaller(({ organization }) =>
          Effect.map(endpoints.list(organization.id), (all) => ({ items: all.map(viewOf), next: null }))
        ),
      create: ({ payload: { description = "", types = null, url } }) =>
        Effect.map(
          forCaller((caller) => webhooks.create(caller, { url, description, types })),
          revealed
        ),
      show: ({ params }) => Effect.map(withEndpoint(params, endpoints.find), viewOf),
      update: ({ params: { id }, payload }) =>
        Effect.map(
          forCaller((caller) => webhooks.update(caller, readEndpointId(id), payload)),
          viewOf
        ),
      remove: ({ params: { id } }) => forCaller((caller) => webhooks.remove(caller, readEndpointId(id))),
      rotateSecret: ({ params: { id }, payload: { atOnce = false } }) =>
        Effect.map(
          forCaller((caller) => webhooks.rotateSecret(caller, readEndpointId(id), atOnce)),
          revealed
        ),
      ping: ({ params }) =>
        Effect.map(withEndpoint(params, webhooks.ping), ({ error, status, ...result }) => ({
          ...result,
          status: status ?? null,
          error: error ?? null
        })),
      deliveries: ({ params, query: { after, limit = defaultPageLimit, state } }) =>
        withEndpoint(params, (organization, id) =>
          Effect.gen(function* () {
            if ((yield* endpoints.find(organization, id)) === undefined) return undefined
            const before = after === undefined ? undefined : readEventId(after)?.sequence
            if (after !== undefined && before === undefined) return { items: [], next: null }
            const { deliveries, next } = yield* endpoints.deliveries(organization, id, {
              count: limit,
              ...(before === undefined ? {} : { before }),
              ...(state === undefined ? {} : { state })
            })
            return {
              items: deliveries.map((delivery) => deliveryOf(organization, delivery)),
              next: next === undefined ? null : eventId(organization, next)
            }
          })
        ),
      resend: ({ params }) =>
        withEndpoint(params, (organization, id) => {
          const event = readEventId(params.event)
          return event?.organization !== organization
            ? Effect.undefined
            : Effect.map(endpoints.resend(organization, id, event.sequence), (delivery) =>
                delivery === undefined ? undefined : deliveryOf(organization, delivery)
              )
        }),
      previewReplay: ({ params, payload }) => replaying(params, payload, endpoints.countReplay),
      replay: ({ params, payload }) => replaying(params, payload, endpoints.replay)
    })
  })
)

const nothing = (requestId: string) =>
  new NotFound({
    detail: "There is no such webhook endpoint or delivery. List the webhooks to see which there are.",
    requestId
  })
