import { assert, describe, it } from "@effect/vitest"
import { type TokenBucket, takeTokens } from "@rollcall/domain/organization/TokenBucket"
import { Schema } from "effect"

const limit = { perSecond: 25, burst: 1_000 }

describe("a bucket of requests", () => {
  const steps = Schema.Array(
    Schema.Struct({
      pause: Schema.Int.check(Schema.isBetween({ minimum: -500, maximum: 60_000 })),
      wanted: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2_000 }))
    })
  )

  it.prop(
    "gives out no more than the burst and what time has filled in, and never less than none",
    [steps],
    ([told]) => {
      let now = 1_000_000
      let first: number | undefined
      let latest = 0
      let bucket: TokenBucket | undefined
      let given = 0
      for (const { pause, wanted } of told) {
        now += pause
        first ??= now
        latest = Math.max(latest, now)
        const taken = takeTokens(bucket, wanted, limit, now)
        assert.isAtLeast(taken.granted, 0)
        assert.isAtMost(taken.granted, wanted)
        assert.strictEqual(taken.wait > 0, taken.granted === 0)
        given += taken.granted
        bucket = taken.bucket
        assert.isAtMost(given, limit.burst + ((latest - first) * limit.perSecond) / 1_000 + 1e-6)
      }
    }
  )

  it("R-SCIM-6: a thousand at once, and then twenty-five a second for ever, are never held up", () => {
    let { bucket, granted } = takeTokens(undefined, 1_000, limit, 0)
    assert.strictEqual(granted, 1_000)
    for (let second = 1; second <= 100; second++) {
      const taken = takeTokens(bucket, 25, limit, second * 1_000)
      assert.strictEqual(taken.granted, 25)
      bucket = taken.bucket
      granted += taken.granted
    }
    assert.strictEqual(granted, 3_500)
  })

  it("an empty one says when there is one again, and then there is", () => {
    const empty = takeTokens(undefined, 1_000, limit, 0).bucket
    const refused = takeTokens(empty, 1, limit, 0)
    assert.deepStrictEqual([refused.granted, refused.wait], [0, 40])
    assert.strictEqual(takeTokens(refused.bucket, 1, limit, refused.wait).granted, 1)
  })
})
