import { assert, layer as suite } from "@effect/vitest"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { RateBuckets } from "@rollcall/domain/organization/RateBuckets"
import { Effect, type Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"

const limit = { perSecond: 10, burst: 1_000 }
const newOrganization = () => OrganizationId.make(SecureRandom.uuidV4Unsafe())

/** What every adapter of {@link RateBuckets} keeps. */
export const rateBucketsContract = (name: string, layer: Layer.Layer<RateBuckets>): void =>
  suite(layer, { timeout: "60 seconds" })(`RateBuckets contract: ${name}`, (it) => {
    it.effect("a bucket is full at first, empties, and fills again as time goes by", () =>
      Effect.gen(function* () {
        const buckets = yield* RateBuckets
        const acme = newOrganization()
        const take = (wanted: number) => buckets.take(acme, "organization", wanted, limit)
        assert.deepStrictEqual(yield* take(600), { granted: 600, wait: 0 })
        assert.deepStrictEqual(yield* take(600), { granted: 400, wait: 0 })
        assert.deepStrictEqual(yield* take(1), { granted: 0, wait: 100 })
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* take(600), { granted: 10, wait: 0 })
      })
    )

    it.effect("organisations, and the keys of one, have buckets of their own", () =>
      Effect.gen(function* () {
        const buckets = yield* RateBuckets
        const acme = newOrganization()
        yield* buckets.take(acme, "organization", 1_000, limit)
        for (const [organization, subject] of [
          [acme, "key 1"],
          [newOrganization(), "organization"]
        ] as const) {
          assert.strictEqual((yield* buckets.take(organization, subject, 1_000, limit)).granted, 1_000)
        }
      })
    )

    it.effect("however many take at once, no more is given out than there is", () =>
      Effect.gen(function* () {
        const buckets = yield* RateBuckets
        const acme = newOrganization()
        const taken = yield* Effect.all(
          Array.from({ length: 40 }, () => buckets.take(acme, "organization", 50, limit)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(
          taken.reduce((sum, { granted }) => sum + granted, 0),
          1_000
        )
      })
    )
  })
