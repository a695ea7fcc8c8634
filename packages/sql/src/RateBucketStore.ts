import { RateBuckets } from "@rollcall/domain/organization/RateBuckets"
import { takeTokens } from "@rollcall/domain/organization/TokenBucket"
import { Clock, Effect, Layer, Schema } from "effect"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

/** A new bucket is full; whoever comes second waits for the row of the first. */
const makeBucket = `INSERT INTO rate_bucket (organization_id, subject, tokens, filled_at)
  VALUES ($1::uuid, $2, $3, to_timestamp($4::float8 / 1000)) ON CONFLICT DO NOTHING`

const lockBucket = `SELECT tokens, (extract(epoch FROM filled_at) * 1000)::float8 AS filled_at FROM rate_bucket
  WHERE organization_id = $1 AND subject = $2 FOR UPDATE`

const setBucket = `UPDATE rate_bucket SET tokens = $3, filled_at = to_timestamp($4::float8 / 1000)
  WHERE organization_id = $1 AND subject = $2`

const decodeBuckets = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ tokens: Schema.Number, filled_at: Schema.Number }))
)

/** The buckets in PostgreSQL, a server's or the embedded one; the lock on a bucket's row makes taking out of it one after the other. */
export const layer: Layer.Layer<RateBuckets, never, WriteSql> = Layer.effect(
  RateBuckets,
  Effect.map(WriteSql, (sql) =>
    RateBuckets.of({
      take: (organization, subject, wanted, limit) =>
        storeFailures(
          "take from a rate limit",
          Effect.gen(function* () {
            const now = yield* Clock.currentTimeMillis
            const look = Effect.flatMap(sql.unsafe(lockBucket, [organization, subject]), (rows) =>
              Effect.orDie(decodeBuckets(rows))
            )
            let [row] = yield* look
            if (row === undefined) {
              yield* sql.unsafe(makeBucket, [organization, subject, limit.burst, now])
              row = (yield* look)[0]
            }
            const stored = row === undefined ? undefined : { tokens: row.tokens, filledAt: row.filled_at }
            const { bucket, granted, wait } = takeTokens(stored, wanted, limit, now)
            yield* sql.unsafe(setBucket, [organization, subject, bucket.tokens, bucket.filledAt])
            return { granted, wait }
          }).pipe(sql.withTransaction)
        )
    })
  )
)
