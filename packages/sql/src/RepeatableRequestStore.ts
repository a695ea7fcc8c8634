import {
  type HeldRequest,
  type Meeting,
  meet,
  type RepeatableName,
  RepeatableRequests,
  repeatableFor
} from "@rollcall/domain/organization/RepeatableRequests"
import { Clock, Effect, Layer, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import type { SqlError } from "effect/sql"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

/** Whoever comes second waits here until the first has committed. */
const insertRequest = `
  INSERT INTO repeatable_request (organization_id, key_id, idempotency_key, request_hash, token, state, begun_at)
  VALUES ($1::uuid, $2, $3, $4, $5::uuid, 'running', to_timestamp($6::float8 / 1000)) ON CONFLICT DO NOTHING RETURNING token`

const lockRequest = `SELECT request_hash, state, status, content_type, body,
    (extract(epoch FROM begun_at) * 1000)::float8 AS begun_at
  FROM repeatable_request WHERE organization_id = $1 AND key_id = $2 AND idempotency_key = $3 FOR UPDATE`

const beginAnew = `UPDATE repeatable_request SET request_hash = $4, token = $5::uuid, state = 'running', status = NULL,
    content_type = NULL, body = NULL, begun_at = to_timestamp($6::float8 / 1000)
  WHERE organization_id = $1 AND key_id = $2 AND idempotency_key = $3`

const finishRequest = `UPDATE repeatable_request SET state = $5, status = $6, content_type = $7, body = $8
  WHERE organization_id = $1 AND key_id = $2 AND idempotency_key = $3 AND token = $4::uuid`

const removeRequest = `DELETE FROM repeatable_request
  WHERE organization_id = $1 AND key_id = $2 AND idempotency_key = $3 AND token = $4::uuid`

/** What is too old to be repeated goes as new ones come, a few at a time; those that others lock are left to them. */
const removeOld = `DELETE FROM repeatable_request r USING (
    SELECT organization_id, key_id, idempotency_key FROM repeatable_request
    WHERE organization_id = $1 AND begun_at <= to_timestamp($2::float8 / 1000) ORDER BY begun_at LIMIT 10
    FOR UPDATE SKIP LOCKED
  ) AS old
  WHERE r.organization_id = old.organization_id AND r.key_id = old.key_id AND r.idempotency_key = old.idempotency_key`

const Row = Schema.Struct({
  request_hash: Schema.String,
  state: Schema.Literals(["running", "done", "secret"]),
  status: Schema.NullOr(Schema.Int),
  content_type: Schema.NullOr(Schema.String),
  body: Schema.NullOr(Schema.String),
  begun_at: Schema.Number
})
const decodeRows = Schema.decodeUnknownEffect(Schema.Array(Row))

const held = (row: typeof Row.Type): HeldRequest => ({
  requestHash: row.request_hash,
  begunAt: row.begun_at,
  outcome:
    row.state === "done"
      ? { status: row.status ?? 200, contentType: row.content_type ?? "", body: row.body ?? "" }
      : row.state
})

const keyOf = ({ idempotencyKey, keyId, organization }: RepeatableName) => [organization, keyId, idempotencyKey]

/** Repeatable requests in PostgreSQL, a server's or the embedded one: the primary key lets one of a name begin. */
export const layer: Layer.Layer<RepeatableRequests, never, WriteSql | SecureRandom.SecureRandom> = Layer.effect(
  RepeatableRequests,
  Effect.gen(function* () {
    const sql = yield* WriteSql
    const random = yield* SecureRandom.SecureRandom

    const begin = Effect.fnUntraced(function* (
      name: RepeatableName,
      requestHash: string
    ): Effect.fn.Return<Meeting, SqlError.SqlError> {
      const token = yield* random.uuidV4()
      const now = yield* Clock.currentTimeMillis
      const values = [...keyOf(name), requestHash, token, now]
      yield* sql.unsafe(removeOld, [name.organization, now - repeatableFor])
      if ((yield* sql.unsafe(insertRequest, values)).length > 0) return { _tag: "Begun", token } as const
      const [row] = yield* Effect.flatMap(sql.unsafe(lockRequest, keyOf(name)), (rows) =>
        Effect.orDie(decodeRows(rows))
      )
      // Abandoned between the two looks.
      if (row === undefined) return yield* begin(name, requestHash)
      const met = meet(held(row), requestHash, now)
      if (met !== undefined) return met
      yield* sql.unsafe(beginAnew, values)
      return { _tag: "Begun", token } as const
    })

    return RepeatableRequests.of({
      begin: (name, requestHash) =>
        storeFailures("begin a repeatable request", sql.withTransaction(begin(name, requestHash))),
      finish: (name, token, answer) => {
        const values = answer === "secret" ? ["secret"] : ["done", answer.status, answer.contentType, answer.body]
        const params = [...keyOf(name), token, ...values, null, null, null].slice(0, 8)
        return Effect.asVoid(storeFailures("finish a repeatable request", sql.unsafe(finishRequest, params)))
      },
      abandon: (name, token) =>
        Effect.asVoid(storeFailures("abandon a repeatable request", sql.unsafe(removeRequest, [...keyOf(name), token])))
    })
  })
)
