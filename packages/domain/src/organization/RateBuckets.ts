import { Clock, Context, Effect, Layer } from "effect"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { OrganizationId } from "./Organization.ts"
import { type RateLimit, type Taken, type TokenBucket, takeTokens } from "./TokenBucket.ts"

/**
 * The buckets of requests that all servers take from (port). However many take at once, no more is given out than a
 * limit allows. `subject` says whose bucket of the organisation it is: its own, or that of a key.
 */
export class RateBuckets extends Context.Service<
  RateBuckets,
  {
    take(
      organization: OrganizationId,
      subject: string,
      wanted: number,
      limit: RateLimit
    ): Effect.Effect<Pick<Taken, "granted" | "wait">, StoreUnavailable>
  }
>()("@rollcall/domain/organization/RateBuckets") {}

/** The reference implementation of {@link RateBuckets}: in memory, for one server. */
export const layerMemoryRateBuckets: Layer.Layer<RateBuckets> = Layer.sync(RateBuckets, () => {
  const buckets = new Map<string, TokenBucket>()
  return RateBuckets.of({
    take: (organization, subject, wanted, limit) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const key = `${organization} ${subject}`
        const { bucket, granted, wait } = takeTokens(buckets.get(key), wanted, limit, now)
        buckets.set(key, bucket)
        return { granted, wait }
      })
  })
})
