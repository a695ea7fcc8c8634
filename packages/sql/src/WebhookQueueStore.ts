import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import type { WebhookDelivery } from "@rollcall/domain/webhooks/WebhookDelivery"
import { type DisabledReason, WebhookEndpointId } from "@rollcall/domain/webhooks/WebhookEndpoint"
import {
  type LeftEndpoint,
  mostOwed,
  type OwedEvent,
  type WebhookClaim,
  WebhookQueue,
  webhookConsumer
} from "@rollcall/domain/webhooks/WebhookQueue"
import { Clock, Effect, Layer, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { doubles, texts } from "./directory/ColumnArrays.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"
import { decodeOwed, EndpointRow, endpointColumns, owedColumns, toEndpoint, toOwed } from "./WebhookRow.ts"
import { WriteSql } from "./WriteSql.ts"

/** That an endpoint `e` may be claimed at the moment in a parameter. */
const isFree = (now: string) => `e.state = 'enabled'
  AND (e.claimed_until IS NULL OR e.claimed_until <= to_timestamp(${now}::float8 / 1000))
  AND (e.rest_until IS NULL OR e.rest_until <= to_timestamp(${now}::float8 / 1000))`

const workOfAll = `
  SELECT e.organization_id::text AS organization, e.id::text AS endpoint
  FROM webhook_endpoint e
  JOIN organization o ON o.organization_id = e.organization_id
  LEFT JOIN event_consumer c ON c.organization_id = e.organization_id AND c.consumer = 'webhook:' || e.id::text
  WHERE ${isFree("$1")} AND (
    e.wake_at <= to_timestamp($1::float8 / 1000) OR (NOT e.is_full AND o.event_sequence > coalesce(c.position, 0)))`

const decodeWork = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ organization: OrganizationId, endpoint: WebhookEndpointId }))
)

// Of two that claim at once one waits for the other's row, looks again, and finds it taken.
const claimEndpoint = `
  UPDATE webhook_endpoint e SET claim_token = $4::uuid, claimed_until = to_timestamp($5::float8 / 1000),
    wake_at = to_timestamp($5::float8 / 1000)
  FROM organization o
  WHERE e.organization_id = $1 AND e.id = $2 AND o.organization_id = e.organization_id AND ${isFree("$3")}
  RETURNING ${endpointColumns}, o.subdomain`

const decodeClaim = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ ...EndpointRow.fields, subdomain: Subdomain }))
)

const owedTo = `
  SELECT ${owedColumns} FROM webhook_delivery d
  WHERE d.organization_id = $1 AND d.endpoint_id = $2 AND d.due_at IS NOT NULL ORDER BY d.sequence LIMIT ${mostOwed}`

/** The endpoint's row, locked, where the claim holds: nobody claims it before this statement has ended. */
const owner = (lock: string) => `owner AS (
    SELECT e.revision FROM webhook_endpoint e
    WHERE e.organization_id = $1 AND e.id = $2 AND e.claim_token = $3::uuid ${lock})`

const takeEvents = `
  WITH ${owner("FOR UPDATE")}, moved AS (
    UPDATE event_consumer SET position = $6::float8::bigint
    WHERE organization_id = $1 AND consumer = $4 AND position = $5::float8::bigint AND EXISTS (SELECT FROM owner)
    RETURNING organization_id
  ), noted AS (
    INSERT INTO webhook_delivery (organization_id, endpoint_id, sequence, type, lanes, state, owed_at, due_at, attempts)
    SELECT $1, $2, sequence, type, lanes::int4[], 'pending', to_timestamp(owed_at / 1000),
      to_timestamp($7::float8 / 1000), 0
    FROM unnest($8::float8[], $9::text[], $10::text[], $11::float8[]) AS line (sequence, type, lanes, owed_at)
    WHERE EXISTS (SELECT FROM moved)
    ON CONFLICT (organization_id, endpoint_id, sequence) DO UPDATE SET state = 'pending', attempts = 0,
      first_attempt_at = NULL, last_attempt_at = NULL, due_at = excluded.due_at, ended_at = NULL, status = NULL,
      error = NULL
      WHERE webhook_delivery.due_at IS NULL
    RETURNING 1
  ) SELECT organization_id::text FROM moved`

const completeDelivery = `
  WITH ${owner("FOR SHARE")}, stored AS (
    UPDATE webhook_delivery d SET state = $5, attempts = $6, first_attempt_at = to_timestamp($7::float8 / 1000),
      last_attempt_at = to_timestamp($8::float8 / 1000), due_at = to_timestamp($9::float8 / 1000),
      ended_at = to_timestamp($10::float8 / 1000), status = $11::int4, error = $12
    FROM owner
    WHERE d.organization_id = $1 AND d.endpoint_id = $2 AND d.sequence = $4::float8::bigint
    RETURNING owner.revision
  ) SELECT revision::float8 AS revision FROM stored`

const decodeRevision = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ revision: Schema.Number })))

const disable = `
  UPDATE webhook_endpoint e SET state = 'disabled', disabled_reason = $4,
    disabled_at = to_timestamp($5::float8 / 1000),
    position = (SELECT c.position FROM event_consumer c WHERE c.organization_id = $1 AND c.consumer = $6)
  WHERE e.organization_id = $1 AND e.id = $2 AND e.claim_token = $3::uuid AND e.state = 'enabled'
  RETURNING e.id::text`

const removeConsumer = "DELETE FROM event_consumer WHERE organization_id = $1 AND consumer = $2"

const releaseEndpoint = `
  UPDATE webhook_endpoint e SET claim_token = NULL, claimed_until = NULL, is_full = $6,
    wake_at = to_timestamp(CASE WHEN e.revision = $4::float8 THEN $5::float8 ELSE $7::float8 END / 1000),
    failures = CASE WHEN e.revision = $4::float8 THEN $8::int4 ELSE e.failures END,
    failing_since = CASE WHEN e.revision = $4::float8 THEN to_timestamp($9::float8 / 1000) ELSE e.failing_since END,
    rest_until = CASE WHEN e.revision = $4::float8 THEN to_timestamp($10::float8 / 1000) ELSE e.rest_until END,
    last_delivered_at =
      CASE WHEN e.revision = $4::float8 THEN to_timestamp($11::float8 / 1000) ELSE e.last_delivered_at END
  WHERE e.organization_id = $1 AND e.id = $2 AND e.claim_token = $3::uuid`

const endedBefore = (state: string, before: string) => `(
    SELECT d.endpoint_id, d.sequence FROM webhook_delivery d
    WHERE d.organization_id = $1 AND d.state = '${state}' AND d.ended_at < to_timestamp(${before}::float8 / 1000)
    ORDER BY d.ended_at LIMIT $4::int4 FOR UPDATE SKIP LOCKED)`

const forgetEnded = `
  WITH delivered AS ${endedBefore("delivered", "$2")}, dead AS ${endedBefore("dead", "$3")},
  ended AS (SELECT * FROM delivered UNION ALL SELECT * FROM dead LIMIT $4::int4)
  DELETE FROM webhook_delivery d USING ended
  WHERE d.organization_id = $1 AND d.endpoint_id = ended.endpoint_id AND d.sequence = ended.sequence
  RETURNING d.sequence::float8`

/** What is owed to webhook endpoints, in PostgreSQL, a server's or the embedded one. */
export const layer: Layer.Layer<WebhookQueue, never, ReadSql | WriteSql | SecureRandom.SecureRandom> = Layer.effect(
  WebhookQueue,
  Effect.gen(function* () {
    const reading = yield* ReadSql
    const writing = yield* WriteSql
    const random = yield* SecureRandom.SecureRandom

    const work = Effect.gen(function* () {
      const rows = yield* reading.unsafe(workOfAll, [yield* Clock.currentTimeMillis])
      return yield* Effect.orDie(decodeWork(rows))
    })

    const claim = Effect.fnUntraced(function* (organization: OrganizationId, id: WebhookEndpointId, lease: number) {
      const now = yield* Clock.currentTimeMillis
      const token = yield* random.uuidV4()
      const until = now + lease
      const rows = yield* writing.unsafe(claimEndpoint, [organization, id, now, token, until])
      const [row] = yield* Effect.orDie(decodeClaim(rows))
      if (row === undefined) return undefined
      const { revision, subdomain } = row
      return { organization: { id: organization, subdomain }, ...toEndpoint(row), token, revision, until }
    })

    const owed = Effect.fnUntraced(function* ({ endpoint, organization }: WebhookClaim) {
      const rows = yield* writing.unsafe(owedTo, [organization.id, endpoint.id])
      return (yield* Effect.orDie(decodeOwed(rows))).map(toOwed)
    })

    const take = Effect.fnUntraced(function* (
      { endpoint: { id }, organization, position, token }: WebhookClaim,
      events: ReadonlyArray<OwedEvent>,
      to: number
    ) {
      const now = yield* Clock.currentTimeMillis
      const rows = yield* writing.unsafe(takeEvents, [
        organization.id,
        id,
        token,
        webhookConsumer(id),
        position,
        to,
        now,
        doubles(events.map(({ sequence }) => sequence)),
        texts(events.map(({ type }) => type)),
        texts(events.map(({ lanes }) => `{${lanes.join(",")}}`)),
        doubles(events.map(({ owedAt }) => owedAt))
      ])
      return rows.length > 0
    })

    const complete = Effect.fnUntraced(function* (claim: WebhookClaim, outcome: WebhookDelivery) {
      const rows = yield* writing.unsafe(completeDelivery, [
        claim.organization.id,
        claim.endpoint.id,
        claim.token,
        outcome.sequence,
        outcome.state,
        outcome.attempts,
        outcome.firstAttemptAt ?? null,
        outcome.lastAttemptAt ?? null,
        outcome.dueAt ?? null,
        outcome.endedAt ?? null,
        outcome.status ?? null,
        outcome.error ?? null
      ])
      const [stored] = yield* Effect.orDie(decodeRevision(rows))
      return stored === undefined ? "lost" : stored.revision === claim.revision ? "kept" : "changed"
    })

    const switchOff = Effect.fnUntraced(function* (
      { endpoint: { id }, organization, token }: WebhookClaim,
      reason: DisabledReason
    ) {
      const now = yield* Clock.currentTimeMillis
      const consumer = webhookConsumer(id)
      const rows = yield* writing.unsafe(disable, [organization.id, id, token, reason, now, consumer])
      if (rows.length > 0) yield* writing.unsafe(removeConsumer, [organization.id, consumer])
    })

    const release = Effect.fnUntraced(function* (
      { endpoint: { id }, organization, revision, token }: WebhookClaim,
      { health, isFull, wakeAt }: LeftEndpoint
    ) {
      const now = yield* Clock.currentTimeMillis
      yield* writing.unsafe(releaseEndpoint, [
        organization.id,
        id,
        token,
        revision,
        wakeAt ?? null,
        isFull,
        now,
        health.failures,
        health.failingSince ?? null,
        health.restUntil ?? null,
        health.lastDeliveredAt ?? null
      ])
    })

    return {
      work: storeFailures("look for webhooks to send", work),
      claim: (organization, endpoint, lease) =>
        storeFailures("claim webhook endpoint", claim(organization, endpoint, lease)),
      owed: (claim) => storeFailures("read webhooks to send", owed(claim)),
      take: (claim, events, position) => storeFailures("note events for a webhook", take(claim, events, position)),
      complete: (claim, outcome) => storeFailures("complete webhook", complete(claim, outcome)),
      switchOff: (claim, reason) =>
        storeFailures("switch webhook endpoint off", writing.withTransaction(switchOff(claim, reason))),
      release: (claim, left) => storeFailures("release webhook endpoint", release(claim, left)),
      forget: (organization, before, most) =>
        storeFailures(
          "forget ended webhooks",
          Effect.map(
            writing.unsafe(forgetEnded, [organization, before.delivered, before.dead, most]),
            (rows) => rows.length
          )
        )
    }
  })
)
