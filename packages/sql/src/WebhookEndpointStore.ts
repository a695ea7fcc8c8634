import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { resent } from "@rollcall/domain/webhooks/WebhookDelivery"
import type { WebhookEndpointId, WebhookRefused } from "@rollcall/domain/webhooks/WebhookEndpoint"
import {
  type DeliveryQuery,
  type EndpointValues,
  type HeldEndpoint,
  type Replay,
  WebhookEndpoints
} from "@rollcall/domain/webhooks/WebhookEndpoints"
import { webhookConsumer } from "@rollcall/domain/webhooks/WebhookQueue"
import { Clock, Effect, Layer, Redacted, Schema } from "effect"
import { texts } from "./directory/ColumnArrays.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"
import {
  decodeDeliveries,
  decodeEndpoints,
  deliveryColumns,
  endpointColumns,
  toDelivery,
  toEndpoint,
  wantedTypes
} from "./WebhookRow.ts"
import { WriteSql } from "./WriteSql.ts"

// The counter is read under the lock under which events are written: the endpoint gets everything after this moment.
const lockOrganization = `
  SELECT o.event_sequence::float8 AS head FROM organization o WHERE o.organization_id = $1 FOR UPDATE`

// A statement of its own: within the one that waits for the lock it would count what stood before the wait.
const countEndpoints = `SELECT count(*)::int4 AS count FROM webhook_endpoint e WHERE e.organization_id = $1`

const insertEndpoint = `
  INSERT INTO webhook_endpoint (organization_id, id, url, description, types, state, disabled_reason, disabled_at,
    position, secret, previous_secret, previous_until, created_at)
  VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, to_timestamp($8::float8 / 1000), $12::float8, $9, $10,
    to_timestamp($11::float8 / 1000), to_timestamp($13::float8 / 1000))`

const saveConsumer = `
  INSERT INTO event_consumer (organization_id, consumer, position) VALUES ($1, $2, $3::float8)
  ON CONFLICT (organization_id, consumer) DO UPDATE SET position = excluded.position`

const removeConsumer = "DELETE FROM event_consumer WHERE organization_id = $1 AND consumer = $2"

const endpointsOf = `SELECT ${endpointColumns} FROM webhook_endpoint e WHERE e.organization_id = $1`
const findEndpoint = `${endpointsOf} AND e.id = $2::uuid`

const updateEndpoint = `
  UPDATE webhook_endpoint SET url = $3, description = $4, types = $5::jsonb, state = $6, disabled_reason = $7,
    disabled_at = to_timestamp($8::float8 / 1000), secret = $9, previous_secret = $10,
    previous_until = to_timestamp($11::float8 / 1000), position = $12::float8, revision = revision + 1,
    wake_at = to_timestamp($13::float8 / 1000)
  WHERE organization_id = $1 AND id = $2`

const renewHealth = `
  UPDATE webhook_endpoint SET failures = 0, failing_since = NULL, rest_until = NULL, last_delivered_at = NULL
  WHERE organization_id = $1 AND id = $2`

/** Tells a worker that has the endpoint that it changed, and that there is something to do. */
const touchEndpoint = `
  UPDATE webhook_endpoint e SET revision = revision + 1, is_full = false, wake_at = to_timestamp($3::float8 / 1000)
  WHERE e.organization_id = $1 AND e.id = $2::uuid RETURNING ${endpointColumns}`

const findDelivery = `
  SELECT ${deliveryColumns} FROM webhook_delivery d
  WHERE d.organization_id = $1 AND d.endpoint_id = $2 AND d.sequence = $3::float8::bigint FOR UPDATE`

const renew = `
  UPDATE webhook_delivery SET state = 'pending', attempts = 0, first_attempt_at = NULL, last_attempt_at = NULL,
    due_at = to_timestamp($3::float8 / 1000), ended_at = NULL, status = NULL, error = NULL
  WHERE organization_id = $1 AND endpoint_id = $2`

const countDead = `
  SELECT count(*)::int4 AS count FROM webhook_delivery d
  WHERE d.organization_id = $1 AND d.endpoint_id = $2 AND d.state = 'dead'`

const countEvents = `
  SELECT count(*)::int4 AS count FROM event e
  WHERE e.organization_id = $1 AND e.sequence > $2::float8::bigint AND e.type = ANY ($3::text[])`

const setBack = `
  UPDATE event_consumer SET position = least(position, $3::float8::bigint) WHERE organization_id = $1 AND consumer = $2`
const setBackDisabled = `
  UPDATE webhook_endpoint SET position = least(position, $3::float8::bigint)
  WHERE organization_id = $1 AND id = $2 AND state = 'disabled'`

const decodeHead = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ head: Schema.Number })))
const decodeCount = Schema.decodeUnknownEffect(Schema.Tuple([Schema.Struct({ count: Schema.Int })]))

/** The parameters that follow on organisation and id, up to the secrets. */
const valuesOf = ({ endpoint, secrets }: EndpointValues): ReadonlyArray<unknown> => {
  const { state } = endpoint
  const isOff = state._tag === "Disabled"
  return [
    endpoint.url,
    endpoint.description,
    endpoint.types === null ? null : JSON.stringify(endpoint.types),
    isOff ? "disabled" : "enabled",
    isOff ? state.reason : null,
    isOff ? state.since : null,
    Redacted.value(secrets.current),
    secrets.previous === undefined ? null : Redacted.value(secrets.previous.secret),
    secrets.previous?.until ?? null
  ]
}

/** Webhook endpoints in PostgreSQL, a server's or the embedded one. Admins' changes lock the endpoint's row first. */
export const layer: Layer.Layer<WebhookEndpoints, never, ReadSql | WriteSql> = Layer.effect(
  WebhookEndpoints,
  Effect.gen(function* () {
    const reading = yield* ReadSql
    const writing = yield* WriteSql

    const add = Effect.fnUntraced(function* (organization: OrganizationId, values: EndpointValues, most: number) {
      const { endpoint } = values
      const [locked] = yield* Effect.orDie(decodeHead(yield* writing.unsafe(lockOrganization, [organization])))
      if (locked === undefined) return yield* Effect.die(new Error(`There is no organisation ${organization}`))
      const counted = yield* Effect.orDie(decodeCount(yield* writing.unsafe(countEndpoints, [organization])))
      if (counted[0].count >= most) return false
      const isOff = endpoint.state._tag === "Disabled"
      const more = [...valuesOf(values), isOff ? locked.head : null, endpoint.createdAt]
      yield* writing.unsafe(insertEndpoint, [organization, endpoint.id, ...more])
      if (!isOff) yield* writing.unsafe(saveConsumer, [organization, webhookConsumer(endpoint.id), locked.head])
      return true
    })

    const findWith = Effect.fnUntraced(function* (sql: typeof reading, text: string, params: ReadonlyArray<unknown>) {
      const [row] = yield* Effect.orDie(decodeEndpoints(yield* sql.unsafe(text, params)))
      return row === undefined ? undefined : toEndpoint(row)
    })

    const list = Effect.fnUntraced(function* (organization: OrganizationId) {
      const rows = yield* reading.unsafe(`${endpointsOf} ORDER BY e.created_at, e.id`, [organization])
      return (yield* Effect.orDie(decodeEndpoints(rows))).map(toEndpoint)
    })

    const change = Effect.fnUntraced(function* (
      organization: OrganizationId,
      id: WebhookEndpointId,
      make: (held: HeldEndpoint) => Effect.Effect<EndpointValues, WebhookRefused>
    ) {
      const held = yield* findWith(writing, `${findEndpoint} FOR UPDATE OF e`, [organization, id])
      if (held === undefined) return undefined
      const values = yield* make(held)
      const isOff = values.endpoint.state._tag === "Disabled"
      const wasOff = held.endpoint.state._tag === "Disabled"
      const now = yield* Clock.currentTimeMillis
      const more = [...valuesOf(values), isOff ? held.position : null, now]
      yield* writing.unsafe(updateEndpoint, [organization, id, ...more])
      if (isOff && !wasOff) yield* writing.unsafe(removeConsumer, [organization, webhookConsumer(id)])
      if (!isOff && wasOff) {
        yield* writing.unsafe(saveConsumer, [organization, webhookConsumer(id), held.position])
        yield* writing.unsafe(renewHealth, [organization, id])
      }
      return yield* findWith(writing, findEndpoint, [organization, id])
    })

    const remove = Effect.fnUntraced(function* (organization: OrganizationId, id: WebhookEndpointId) {
      const text = "DELETE FROM webhook_endpoint WHERE organization_id = $1 AND id = $2 RETURNING id::text"
      const rows = yield* writing.unsafe(text, [organization, id])
      yield* writing.unsafe(removeConsumer, [organization, webhookConsumer(id)])
      return rows.length > 0
    })

    const deliveries = Effect.fnUntraced(function* (
      organization: OrganizationId,
      id: WebhookEndpointId,
      { before, count, state }: DeliveryQuery
    ) {
      const params: Array<unknown> = [organization, id]
      const bind = (value: unknown) => `$${params.push(value)}`
      const conditions = ["d.organization_id = $1", "d.endpoint_id = $2"]
      if (state !== undefined) conditions.push(`d.state = ${bind(state)}`)
      if (before !== undefined) conditions.push(`d.sequence < ${bind(before)}::float8::bigint`)
      const rows = yield* reading.unsafe(
        `SELECT ${deliveryColumns} FROM webhook_delivery d WHERE ${conditions.join(" AND ")}
         ORDER BY d.sequence DESC LIMIT ${bind(count + 1)}::int4`,
        params
      )
      const found = (yield* Effect.orDie(decodeDeliveries(rows))).map(toDelivery)
      const page = found.slice(0, count)
      return { deliveries: page, next: found.length > count ? page.at(-1)?.sequence : undefined }
    })

    const touch = Effect.fnUntraced(function* (organization: OrganizationId, id: WebhookEndpointId, now: number) {
      return yield* findWith(writing, touchEndpoint, [organization, id, now])
    })

    const resend = Effect.fnUntraced(function* (organization: OrganizationId, id: WebhookEndpointId, sequence: number) {
      const now = yield* Clock.currentTimeMillis
      if ((yield* touch(organization, id, now)) === undefined) return undefined
      const rows = yield* writing.unsafe(findDelivery, [organization, id, sequence])
      const [row] = yield* Effect.orDie(decodeDeliveries(rows))
      if (row === undefined) return undefined
      const delivery = toDelivery(row)
      if (delivery.state === "pending") return delivery
      yield* writing.unsafe(`${renew} AND sequence = $4::float8::bigint`, [organization, id, now, sequence])
      return resent(delivery, now)
    })

    const count = Effect.fnUntraced(function* (
      sql: typeof reading,
      organization: OrganizationId,
      { endpoint: { id, types } }: HeldEndpoint,
      replay: Replay
    ) {
      const rows =
        replay._tag === "Dead"
          ? yield* sql.unsafe(countDead, [organization, id])
          : yield* sql.unsafe(countEvents, [organization, replay.sequence, texts(wantedTypes(types))])
      return (yield* Effect.orDie(decodeCount(rows)))[0].count
    })

    const countReplay = Effect.fnUntraced(function* (
      organization: OrganizationId,
      id: WebhookEndpointId,
      replay: Replay
    ) {
      const held = yield* findWith(reading, findEndpoint, [organization, id])
      return held === undefined ? 0 : yield* count(reading, organization, held, replay)
    })

    const replay = Effect.fnUntraced(function* (organization: OrganizationId, id: WebhookEndpointId, wanted: Replay) {
      const now = yield* Clock.currentTimeMillis
      const held = yield* touch(organization, id, now)
      if (held === undefined) return 0
      const found = yield* count(writing, organization, held, wanted)
      if (wanted._tag === "Dead") yield* writing.unsafe(`${renew} AND state = 'dead'`, [organization, id, now])
      else {
        yield* writing.unsafe(setBack, [organization, webhookConsumer(id), wanted.sequence])
        yield* writing.unsafe(setBackDisabled, [organization, id, wanted.sequence])
      }
      return found
    })

    const inTransaction = writing.withTransaction

    return {
      add: (organization, values, most) =>
        storeFailures("add webhook endpoint", inTransaction(add(organization, values, most))),
      list: (organization) => storeFailures("list webhook endpoints", list(organization)),
      find: (organization, id) =>
        storeFailures("find webhook endpoint", findWith(reading, findEndpoint, [organization, id])),
      change: (organization, id, make) =>
        storeFailures("change webhook endpoint", inTransaction(change(organization, id, make))),
      remove: (organization, id) => storeFailures("remove webhook endpoint", inTransaction(remove(organization, id))),
      deliveries: (organization, id, query) =>
        storeFailures("list webhook deliveries", deliveries(organization, id, query)),
      resend: (organization, id, sequence) =>
        storeFailures("resend webhook", inTransaction(resend(organization, id, sequence))),
      countReplay: (organization, id, wanted) =>
        storeFailures("count webhooks to replay", countReplay(organization, id, wanted)),
      replay: (organization, id, wanted) =>
        storeFailures("replay webhooks", inTransaction(replay(organization, id, wanted)))
    }
  })
)
