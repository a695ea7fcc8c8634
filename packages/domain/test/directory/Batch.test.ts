import { assert, describe, it } from "@effect/vitest"
import { story, tellInMemory } from "../contract/CommandSequence.ts"

describe("a batch", () => {
  it.prop(
    "equals its commands one after another: same answers, same directory, same log and events",
    [story],
    ([told]) => {
      const single = tellInMemory(told, (requests) => requests.map((request) => [request]))
      const whole = tellInMemory(told, (requests) => [requests])
      const parts = tellInMemory(told, (requests) => [requests.slice(0, 1), requests.slice(1, 4), requests.slice(4)])
      assert.deepStrictEqual(whole, single)
      assert.deepStrictEqual(parts, single)
    },
    { timeout: 120_000, arbitrary: { runs: 300 } }
  )
})
