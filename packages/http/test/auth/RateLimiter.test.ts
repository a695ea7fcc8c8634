import { assert, describe, it } from "@effect/vitest"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { KeyHolder } from "@rollcall/domain/organization/Organizations"
import { layerMemoryRateBuckets, RateBuckets } from "@rollcall/domain/organization/RateBuckets"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Clock, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { RateLimiter, type RateLimits } from "../../src/auth/RateLimiter.ts"

const holderOf = (organization: string, key: string): KeyHolder => ({
  organization: {
    id: OrganizationId.make(organization),
    subdomain: Subdomain.make(organization),
    name: organization,
    timeZone: "UTC",
    singleSignOn: { enabled: false, signInUrl: null },
    scimEnabled: true,
    csvAllowed: false,
    settings: presets.product,
    customAttributes: [],
    reviewWindows: []
  },
  key: { id: key, kind: "scim", label: key, scopes: [] }
})

const limits: RateLimits = {
  organization: { perSecond: 100, burst: 1_000 },
  key: { perSecond: 50, burst: 1_000 }
}

const limiter = (given: RateLimits = limits, buckets: Layer.Layer<RateBuckets> = layerMemoryRateBuckets) =>
  Effect.provide(RateLimiter, Layer.provide(Layer.fresh(RateLimiter.layer(given)), buckets))

/** Buckets that take a moment to answer, as those of a database do. */
const layerSlowBuckets = Layer.effect(
  RateBuckets,
  Effect.map(RateBuckets, ({ take }) =>
    RateBuckets.of({ take: (...asked) => Effect.delay(take(...asked), "1 millis") })
  )
).pipe(Layer.provide(layerMemoryRateBuckets))

/** In small steps, as time goes. */
const tenSeconds = Effect.repeat(TestClock.adjust("20 millis"), { times: 499 })

/** How many of so many requests at once got in, and how many were refused, once nobody waits any more. */
const rush = (rate: (typeof RateLimiter)["Service"], holder: KeyHolder, count: number) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(
      Effect.all(
        Array.from({ length: count }, () => Effect.result(rate.admit(holder))),
        { concurrency: "unbounded" }
      )
    )
    yield* tenSeconds
    const results = yield* Fiber.join(fiber)
    const refused = results.flatMap((result) => (result._tag === "Failure" ? [result.failure] : []))
    return { admitted: count - refused.length, refused }
  })

describe("the rate limiter", () => {
  it.effect("R-SCIM-6: a burst of a thousand is let in at once", () =>
    Effect.gen(function* () {
      const rate = yield* limiter()
      const began = yield* Clock.currentTimeMillis
      yield* Effect.all(
        Array.from({ length: 1_000 }, () => rate.admit(holderOf("acme", "k1"))),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(yield* Clock.currentTimeMillis, began)
    })
  )

  it.effect("R-SCIM-6: a burst of a thousand waits for its turn, however few a second the limit allows", () =>
    Effect.gen(function* () {
      const few = { perSecond: 25, burst: 1_000 }
      const rate = yield* limiter({ organization: few, key: few }, layerSlowBuckets)
      for (const key of ["k1", "k2"]) {
        const { admitted } = yield* rush(rate, holderOf(key, key), 1_000)
        assert.strictEqual(admitted, 1_000)
      }
      // What was dry is full again after a while.
      yield* Effect.repeat(TestClock.adjust("1 second"), { times: 40 })
      assert.strictEqual((yield* rush(rate, holderOf("k1", "k1"), 1_000)).admitted, 1_000)
    })
  )

  it.effect("who waited in vain is told when to come again, and is let in then", () =>
    Effect.gen(function* () {
      const rate = yield* limiter({ organization: undefined, key: { perSecond: 25, burst: 1_000 } })
      const holder = holderOf("acme", "k1")
      const crowd = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 1_500 }, () => Effect.result(rate.admit(holder))),
          { concurrency: "unbounded" }
        )
      )
      yield* Effect.repeat(TestClock.adjust("20 millis"), { times: 250 })
      const refused = (yield* Fiber.join(crowd)).flatMap((one) => (one._tag === "Failure" ? [one.failure] : []))
      assert.isAbove(refused.length, 350)
      // Each comes again when it was told.
      const again = yield* Effect.forkChild(
        Effect.all(
          refused.map(({ retryAfter }) => Effect.delay(Effect.result(rate.admit(holder)), `${retryAfter} seconds`)),
          { concurrency: "unbounded" }
        )
      )
      yield* Effect.repeat(TestClock.adjust("20 millis"), { times: 1_500 })
      assert.isTrue((yield* Fiber.join(again)).every(({ _tag }) => _tag === "Success"))
    })
  )

  it.effect("what a key sends beyond its own limit is not taken from the others of its organisation", () =>
    Effect.gen(function* () {
      const rate = yield* limiter({
        organization: { perSecond: 25, burst: 1_100 },
        key: { perSecond: 25, burst: 1_000 }
      })
      yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 3_000 }, () => Effect.result(rate.admit(holderOf("acme", "greedy")))),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("20 millis")
      const modest = yield* Effect.forkChild(
        Effect.all(Array.from({ length: 50 }, () => rate.admit(holderOf("acme", "modest"))))
      )
      yield* TestClock.adjust("20 millis")
      assert.strictEqual(modest.pollUnsafe()?._tag, "Success")
    })
  )

  it.effect("what comes beyond waits, and is refused with the seconds after which to come again", () =>
    Effect.gen(function* () {
      const rate = yield* limiter({ organization: undefined, key: limits.key })
      const { admitted, refused } = yield* rush(rate, holderOf("acme", "k1"), 1_500)
      // A thousand at once, and fifty a second for the five seconds that a request waits.
      assert.isAtLeast(admitted, 1_200)
      assert.isAtMost(admitted, 1_250)
      assert.isTrue(refused.every(({ retryAfter }) => retryAfter >= 1))
    })
  )

  it.effect("the first who is told to come again is not told to wait for those who will have given up by then", () =>
    Effect.gen(function* () {
      const rate = yield* limiter({ organization: undefined, key: { perSecond: 25, burst: 1_000 } }, layerSlowBuckets)
      const { refused } = yield* rush(rate, holderOf("acme", "k1"), 1_500)
      // Nobody in front waits longer than five seconds.
      assert.isAtMost(Math.min(...refused.map(({ retryAfter }) => retryAfter)), 6)
    })
  )

  it.effect("a key that sends too much leaves room for the others of its organisation, and of others", () =>
    Effect.gen(function* () {
      const rate = yield* limiter({ organization: { perSecond: 100, burst: 2_000 }, key: limits.key })
      yield* rush(rate, holderOf("acme", "greedy"), 1_500)
      yield* rate.admit(holderOf("acme", "modest"))
      yield* rate.admit(holderOf("other", "k1"))
    })
  )

  it.effect("two servers together let in no more than one", () =>
    Effect.gen(function* () {
      const buckets = yield* RateBuckets
      const shared = Layer.succeed(RateBuckets, buckets)
      const first = yield* limiter({ organization: limits.organization, key: undefined }, shared)
      const second = yield* limiter({ organization: limits.organization, key: undefined }, shared)
      const holder = holderOf("acme", "k1")
      const all = Array.from({ length: 3_000 }, (_, i) => Effect.result((i % 2 === 0 ? first : second).admit(holder)))
      const fiber = yield* Effect.forkChild(Effect.all(all, { concurrency: "unbounded" }))
      yield* tenSeconds
      const admitted = (yield* Fiber.join(fiber)).filter(({ _tag }) => _tag === "Success").length
      assert.isAtMost(admitted, 1_500)
      assert.isAtLeast(admitted, 1_400)
    }).pipe(Effect.provide(layerMemoryRateBuckets))
  )

  it.effect("where the buckets cannot be reached everybody is let in", () =>
    Effect.gen(function* () {
      const away = Layer.mock(RateBuckets, { take: () => Effect.fail(new StoreUnavailable({ operation: "take" })) })
      const rate = yield* limiter(limits, away)
      for (let i = 0; i < 2_500; i++) yield* rate.admit(holderOf("acme", "k1"))
    })
  )

  it.effect("without limits nothing is counted", () =>
    Effect.gen(function* () {
      const never = Layer.mock(RateBuckets, { take: () => Effect.die("asked") })
      const rate = yield* limiter({ organization: undefined, key: undefined }, never)
      for (let i = 0; i < 100; i++) yield* rate.admit(holderOf("acme", "k1"))
    })
  )
})
