import { assert, type Vitest } from "@effect/vitest"
import { Directory } from "@rollcall/domain/directory/Directory"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { plainAnswer, requestsOf, stood, story, tellInMemory, timeOf } from "./CommandSequence.ts"
import { newTenant, type Services } from "./Tenant.ts"

/** The law of batches, on an adapter: requests that come together end as if each had come alone. */
export const batchContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect.prop(
    "random requests that come together are answered, logged and told as by the rules one after another",
    [story],
    ([told]) =>
      Effect.gen(function* () {
        const directory = yield* Directory
        const tenant = yield* Effect.flatMap(newTenant(), (tenant) => tenant.settle(told.settings))
        yield* tenant.seed(stood)
        const answers: Array<unknown> = []
        for (const [chunk, requests] of requestsOf(told).entries()) {
          yield* TestClock.setTime(timeOf(chunk))
          const together = requests.map((request) => directory.submit(tenant.organization.id, request))
          answers.push(...(yield* Effect.all(together, { concurrency: "unbounded" })).map(plainAnswer))
        }
        const expected = tellInMemory(told, (requests) => requests.map((request) => [request]))
        assert.deepStrictEqual({ answers, after: yield* tenant.read }, expected)
      }),
    { timeout: 120_000, arbitrary: { runs: 40 } }
  )
}
