import type { CursorExpired, CursorUnknown } from "@rollcall/domain/events/EventCursor"
import { eventId, readEventId } from "@rollcall/domain/events/EventId"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { endpointFacts } from "@rollcall/domain/webhooks/endpointFacts"
import type { WebhookDelivery } from "@rollcall/domain/webhooks/WebhookDelivery"
import {
  changedEndpoint,
  enabled,
  readEndpointId,
  type WebhookEndpoint,
  type WebhookEndpointId,
  type WebhookRefused
} from "@rollcall/domain/webhooks/WebhookEndpoint"
import { type HeldEndpoint, type Replay, WebhookEndpoints } from "@rollcall/domain/webhooks/WebhookEndpoints"
import { Webhooks } from "@rollcall/domain/webhooks/Webhooks"
import { Clock, Effect, Redacted } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller, ApiRecording } from "../api/ApiAccess.ts"
import { defaultPageLimit } from "../api/ApiTypes.ts"
import {
  Conflict,
  CursorExpired as CursorExpiredProblem,
  InvalidRequest,
  isProblem,
  NotFound,
  type Problem
} from "../api/Problem.ts"
import { PublicApi } from "../api/PublicApi.ts"
import type { WebhookDeliveryView, WebhookReplay, WebhookView } from "../api/WebhooksApi.ts"
import { problemOf } from "./ApiProblem.ts"

type Failure = WebhookRefused | CursorExpired | CursorUnknown | StoreUnavailable

const toProblem = (error: Failure, requestId: string): Problem => {
  switch (error._tag) {
    case "WebhookRefused":
      return error.reason === "tooMany" || error.reason === "rotating"
        ? new Conflict({ detail: error.detail, requestId })
        : invalid(`/${error.reason}`, error.detail, requestId)
    case "CursorExpired":
      return new CursorExpiredProblem({ detail: error.message, requestId })
    case "CursorUnknown":
      return invalid("/after", error.message, requestId)
    case "StoreUnavailable":
      return problemOf(error, requestId)
  }
}

const invalid = (pointer: string, detail: string, requestId: string): Problem =>
  new InvalidRequest({ detail, requestId, errors: [{ pointer, detail }] })

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

    const forCaller = <A, R>(
      act: (organization: OrganizationId, requestId: string) => Effect.Effect<A, Failure | Problem, R>
    ) =>
      Effect.flatMap(ApiCaller, ({ caller: { organization, requestId } }) =>
        Effect.mapError(act(organization.id, requestId), (error) =>
          isProblem(error) ? error : toProblem(error, requestId)
        )
      )

    /** What is done with one endpoint; what is undefined, or of an id that can be none, is not there. */
    const withEndpoint = <A, R = never>(
      params: { readonly id: string },
      act: (organization: OrganizationId, id: WebhookEndpointId) => Effect.Effect<A | undefined, Failure | Problem, R>
    ) =>
      forCaller((organization, requestId) =>
        Effect.gen(function* () {
          const id = readEndpointId(params.id)
          const found = id === undefined ? undefined : yield* act(organization, id)
          return found === undefined ? yield* nothing(requestId) : found
        })
      )

    const shown = <R = never>(
      params: { readonly id: string },
      act: (
        organization: OrganizationId,
        id: WebhookEndpointId
      ) => Effect.Effect<HeldEndpoint | undefined, Failure | Problem, R>
    ) => Effect.map(withEndpoint(params, act), viewOf)

    /** Changes an endpoint that is there, once the log has what it is and what it is to be. */
    const changing = <A>(
      organization: OrganizationId,
      id: WebhookEndpointId,
      change: Effect.Effect<A, Failure>,
      after: (endpoint: WebhookEndpoint, now: number) => JsonObject
    ) =>
      Effect.gen(function* () {
        const held = yield* endpoints.find(organization, id)
        if (held === undefined) return undefined
        const { tell } = yield* ApiRecording
        yield* tell(endpointFacts(held.endpoint), after(held.endpoint, yield* Clock.currentTimeMillis))
        return yield* change
      })

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
        forCaller((organization) =>
          Effect.map(endpoints.list(organization), (all) => ({ items: all.map(viewOf), next: null }))
        ),
      create: ({ payload: { description = "", types = null, url } }) =>
        forCaller((organization) =>
          Effect.gen(function* () {
            const wanted = { url, description, types }
            yield* (yield* ApiRecording).tell({}, endpointFacts({ ...wanted, state: enabled }))
            return revealed(yield* webhooks.create(organization, wanted))
          })
        ),
      show: ({ params }) => shown(params, endpoints.find),
      update: ({ params, payload }) =>
        shown(params, (organization, id) =>
          changing(organization, id, webhooks.update(organization, id, payload), (endpoint, now) =>
            endpointFacts(changedEndpoint(endpoint, payload, now))
          )
        ),
      remove: ({ params }) =>
        withEndpoint(params, (organization, id) =>
          changing(
            organization,
            id,
            Effect.map(endpoints.remove(organization, id), (isRemoved) => isRemoved || undefined),
            () => ({})
          )
        ).pipe(Effect.asVoid),
      rotateSecret: ({ params, payload: { atOnce = false } }) =>
        Effect.map(
          withEndpoint(params, (organization, id) =>
            changing(organization, id, webhooks.rotateSecret(organization, id, atOnce), endpointFacts)
          ),
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
