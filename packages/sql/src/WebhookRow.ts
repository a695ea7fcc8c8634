import { type EventType, eventTypes } from "@rollcall/domain/events/EventPayload"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { EndpointHealth } from "@rollcall/domain/webhooks/EndpointHealth"
import type { HeldEndpoint } from "@rollcall/domain/webhooks/HeldEndpoint"
import { DeliveryState, type WebhookDelivery } from "@rollcall/domain/webhooks/WebhookDelivery"
import {
  DisabledReason,
  type EndpointState,
  enabled,
  WebhookEndpointId
} from "@rollcall/domain/webhooks/WebhookEndpoint"
import type { OwedDelivery } from "@rollcall/domain/webhooks/WebhookQueue"
import { Effect, Redacted, Schema } from "effect"
import type { SqlClient } from "effect/sql"

const millisecondsOf = (alias: string) => (column: string) =>
  `(extract(epoch FROM ${alias}.${column}) * 1000)::float8 AS ${column}`

const ofEndpoint = millisecondsOf("e")
const ofDelivery = millisecondsOf("d")

/** The position of an endpoint `e`. */
const position = `coalesce((SELECT c.position FROM event_consumer c
    WHERE c.organization_id = e.organization_id AND c.consumer = 'webhook:' || e.id::text), e.position)::float8`

/** What is read of an endpoint `e`. */
export const endpointColumns = `e.id::text AS id, e.url, e.description, e.types, e.state, e.disabled_reason,
  ${ofEndpoint("disabled_at")}, ${ofEndpoint("created_at")}, e.secret, e.previous_secret, ${ofEndpoint("previous_until")},
  e.failures, ${ofEndpoint("failing_since")}, ${ofEndpoint("rest_until")}, ${ofEndpoint("last_delivered_at")},
  e.revision::float8 AS revision, ${position} AS position`

const Type = Schema.Literals(eventTypes)
const Time = Schema.NullOr(Schema.Number)

export const EndpointRow = Schema.Struct({
  id: WebhookEndpointId,
  url: Schema.String,
  description: Schema.String,
  types: Schema.NullOr(Schema.Array(Type)),
  state: Schema.Literals(["enabled", "disabled"]),
  disabled_reason: Schema.NullOr(DisabledReason),
  disabled_at: Time,
  created_at: Schema.Number,
  secret: Schema.String,
  previous_secret: Schema.NullOr(Schema.String),
  previous_until: Time,
  failures: Schema.Int,
  failing_since: Time,
  rest_until: Time,
  last_delivered_at: Time,
  revision: Schema.Number,
  position: Schema.Number
})
type EndpointRow = typeof EndpointRow.Type

export const decodeEndpoints = Schema.decodeUnknownEffect(Schema.Array(EndpointRow))

const secret = (text: string) => Redacted.make(text, { label: "webhook secret" })

const stateOf = ({ disabled_at, disabled_reason }: EndpointRow): EndpointState =>
  disabled_at === null || disabled_reason === null
    ? enabled
    : { _tag: "Disabled", reason: disabled_reason, since: disabled_at }

const healthOf = (row: EndpointRow): EndpointHealth => ({
  failures: row.failures,
  failingSince: row.failing_since ?? undefined,
  restUntil: row.rest_until ?? undefined,
  lastDeliveredAt: row.last_delivered_at ?? undefined
})

export const toEndpoint = (row: EndpointRow): HeldEndpoint => ({
  endpoint: {
    id: row.id,
    url: row.url,
    description: row.description,
    types: row.types,
    state: stateOf(row),
    createdAt: row.created_at
  },
  secrets: {
    current: secret(row.secret),
    previous:
      row.previous_secret === null || row.previous_until === null
        ? undefined
        : { secret: secret(row.previous_secret), until: row.previous_until }
  },
  health: healthOf(row),
  position: row.position
})

export const endpointsOf = `SELECT ${endpointColumns} FROM webhook_endpoint e WHERE e.organization_id = $1`

/** The endpoints of an organisation, in the order in which they were made. */
export const readEndpoints = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, organization: OrganizationId) {
  const rows = yield* sql.unsafe(`${endpointsOf} ORDER BY e.created_at, e.id`, [organization])
  return (yield* Effect.orDie(decodeEndpoints(rows))).map(toEndpoint)
})

/** What is read of a delivery `d`. */
export const deliveryColumns = `d.sequence::float8 AS sequence, d.type, d.state, d.attempts, d.status, d.error,
  ${["owed_at", "first_attempt_at", "last_attempt_at", "due_at", "ended_at"].map(ofDelivery).join(", ")}`

const deliveryFields = {
  sequence: Schema.Number,
  type: Type,
  state: DeliveryState,
  attempts: Schema.Int,
  status: Schema.NullOr(Schema.Int),
  error: Schema.NullOr(Schema.String),
  owed_at: Schema.Number,
  first_attempt_at: Time,
  last_attempt_at: Time,
  due_at: Time,
  ended_at: Time
}
const DeliveryRow = Schema.Struct(deliveryFields)
export const decodeDeliveries = Schema.decodeUnknownEffect(Schema.Array(DeliveryRow))

/** With them of one that has not ended. */
export const owedColumns = `${deliveryColumns}, array_to_string(d.lanes, ',') AS lanes`

const OwedRow = Schema.Struct({ ...deliveryFields, due_at: Schema.Number, lanes: Schema.String })
export const decodeOwed = Schema.decodeUnknownEffect(Schema.Array(OwedRow))

export const toDelivery = (row: typeof DeliveryRow.Type): WebhookDelivery => ({
  sequence: row.sequence,
  type: row.type,
  state: row.state,
  owedAt: row.owed_at,
  attempts: row.attempts,
  firstAttemptAt: row.first_attempt_at ?? undefined,
  lastAttemptAt: row.last_attempt_at ?? undefined,
  dueAt: row.due_at ?? undefined,
  endedAt: row.ended_at ?? undefined,
  status: row.status ?? undefined,
  error: row.error ?? undefined
})

export const toOwed = ({ lanes, ...row }: typeof OwedRow.Type): OwedDelivery => ({
  ...toDelivery(row),
  dueAt: row.due_at,
  lanes: lanes === "" ? [] : lanes.split(",").map(Number)
})

/** The types that an endpoint wants, for a condition. */
export const wantedTypes = (types: ReadonlyArray<EventType> | null): ReadonlyArray<EventType> => types ?? eventTypes
