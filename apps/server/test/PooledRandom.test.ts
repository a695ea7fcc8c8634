import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { pooledBytes } from "../src/PooledRandom.ts"

/** A source that counts: every byte that it gives is the next, so whatever was given twice shows. */
const counting = () => {
  let next = 0
  let asked = 0
  const fill = (bytes: Uint8Array): void => {
    asked++
    for (let i = 0; i < bytes.length; i++) bytes[i] = next++ % 251
  }
  return { fill, asked: () => asked }
}

describe("random bytes through a pool", () => {
  const sizes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 200 })))

  it.prop("gives as many bytes as were asked for, and never those that it gave before", [sizes], ([asked]) => {
    const taken: Array<number> = []
    const draw = pooledBytes((bytes) => {
      // Within one fill all bytes differ from zero, so those wiped after use would show.
      for (let i = 0; i < bytes.length; i++) bytes[i] = 1 + (i % 255)
    })
    for (const size of asked) {
      const bytes = draw(size)
      assert.strictEqual(bytes.length, size)
      assert.isFalse(bytes.includes(0))
      taken.push(...bytes)
    }
    assert.strictEqual(
      taken.length,
      asked.reduce((sum, size) => sum + size, 0)
    )
  })

  it("hands bytes out in turn, so that no two ids share any", () => {
    const source = counting()
    const draw = pooledBytes(source.fill)
    for (let i = 0; i < 256; i++) {
      assert.deepStrictEqual(
        [...draw(16)],
        Array.from({ length: 16 }, (_, k) => (i * 16 + k) % 251)
      )
    }
    assert.strictEqual(source.asked(), 1)
    draw(16)
    assert.strictEqual(source.asked(), 2)
  })

  it("keeps none of the bytes that it gave, and is not changed by whoever changes them", () => {
    let pool = new Uint8Array()
    const draw = pooledBytes((bytes) => {
      pool = bytes
      bytes.fill(7)
    })
    draw(32).fill(9)
    assert.deepStrictEqual([...pool.subarray(0, 33)], [...Array.from({ length: 32 }, () => 0), 7])
    assert.isTrue(draw(32).every((byte) => byte === 7))
  })

  it("fills large requests as a whole, in stretches that the system's source takes", () => {
    const stretches: Array<number> = []
    const draw = pooledBytes((bytes) => {
      stretches.push(bytes.length)
      bytes.fill(1)
    })
    assert.isTrue(draw(200_000).every((byte) => byte === 1))
    assert.isAtMost(Math.max(...stretches), 65_536)
  })
})
