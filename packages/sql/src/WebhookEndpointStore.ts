import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { HeldEndpoint } from "@rollcall/domain/webhooks/HeldEndpoint"
import { resent } from "@rollcall/domain/webhooks/WebhookDelivery"
import type { WebhookEndpointId } from "@rollcall/domain/webhooks/WebhookEndpoint"
import { type DeliveryQuery, type Replay, WebhookEndpoints } from "@rollcall/domain/webhooks/WebhookEndpoints"
import { webhookConsumer } from "@rollcall/domain/webhooks/WebhookQueue"
import { Clock, Effect, Layer, Schema } from "effect"
import { texts } from "./directory/ColumnArrays.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"
import {
  decodeDeliveries,
  decodeEndpoints,
  deliveryColumns,
  endpointColumns,
  endpointsOf,
  readEndpoints,
  toDelivery,
  toEndpoint,
  wantedTypes
} from "./WebhookRow.ts"
import { WriteSql } from "./WriteSql.ts"

const findEndpoint = `${endpointsOf} AND e.id = $2::uuid`

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

const decodeCount = Schema.decodeUnknownEffect(Schema.Tuple([Schema.Struct({ count: Schema.Int })]))

/** Webhook endpoints in PostgreSQL, a server's or the embedded one. What sends again locks the endpoint's row first. */
export const layer: Layer.Layer<WebhookEndpoints, never, ReadSql | WriteSql> = Layer.effect(
  WebhookEndpoints,
  Effect.gen(function* () {
    const reading = yield* ReadSql
    const writing = yield* WriteSql

    const findWith = Effect.fnUntraced(function* (sql: typeof reading, text: string, params: ReadonlyArray<unknown>) {
      const [row] = yield* Effect.orDie(decodeEndpoints(yield* sql.unsafe(text, params)))
      return row === undefined ? undefined : toEndpoint(row)
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
      list: (organization) => storeFailures("list webhook endpoints", readEndpoints(reading, organization)),
      find: (organization, id) =>
        storeFailures("find webhook endpoint", findWith(reading, findEndpoint, [organization, id])),
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
