import { assert, layer as suite } from "@effect/vitest"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { type RepeatableName, RepeatableRequests } from "@rollcall/domain/organization/RepeatableRequests"
import { Effect, type Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"

const newName = (): RepeatableName => ({
  organization: OrganizationId.make(SecureRandom.uuidV4Unsafe()),
  keyId: "k1",
  idempotencyKey: "hire-ada"
})
const answer = { status: 201, contentType: "application/json", body: '{"userName":"åse","note":"it\'s"}' }

const begun = Effect.fnUntraced(function* (name: RepeatableName, hash = "h1") {
  const met = yield* (yield* RepeatableRequests).begin(name, hash)
  if (met._tag !== "Begun") throw new Error(`not begun but ${met._tag}`)
  return met.token
})

const meeting = (name: RepeatableName, hash = "h1") =>
  Effect.flatMap(RepeatableRequests, (requests) => requests.begin(name, hash))

/** What every adapter of {@link RepeatableRequests} keeps. */
export const repeatableRequestsContract = (name: string, layer: Layer.Layer<RepeatableRequests>): void =>
  suite(layer, { timeout: "60 seconds" })(`RepeatableRequests contract: ${name}`, (it) => {
    it.effect("one that was carried out is answered with the same for a day, and then begins anew", () =>
      Effect.gen(function* () {
        const request = newName()
        const token = yield* begun(request)
        yield* (yield* RepeatableRequests).finish(request, token, answer)
        assert.deepStrictEqual(yield* meeting(request), { _tag: "Repeat", answer })
        yield* TestClock.adjust("23 hours")
        assert.deepStrictEqual(yield* meeting(request), { _tag: "Repeat", answer })
        yield* TestClock.adjust("1 hour")
        assert.strictEqual((yield* meeting(request))._tag, "Begun")
      })
    )

    it.effect("another request under the same name is told so, whatever came of the first", () =>
      Effect.gen(function* () {
        const request = newName()
        const token = yield* begun(request)
        assert.deepStrictEqual(yield* meeting(request, "h2"), { _tag: "Another" })
        yield* (yield* RepeatableRequests).finish(request, token, answer)
        assert.deepStrictEqual(yield* meeting(request, "h2"), { _tag: "Another" })
      })
    )

    it.effect("names are those of a key of an organisation", () =>
      Effect.gen(function* () {
        const request = newName()
        yield* begun(request)
        yield* begun({ ...request, keyId: "k2" })
        yield* begun({ ...newName(), idempotencyKey: request.idempotencyKey })
      })
    )

    it.effect("an answer with a secret is not kept, but that it was given is", () =>
      Effect.gen(function* () {
        const request = newName()
        yield* (yield* RepeatableRequests).finish(request, yield* begun(request), "secret")
        assert.deepStrictEqual(yield* meeting(request), { _tag: "Secret" })
      })
    )

    it.effect("one that came to nothing may come again, with another body, too", () =>
      Effect.gen(function* () {
        const request = newName()
        yield* (yield* RepeatableRequests).abandon(request, yield* begun(request))
        yield* begun(request, "h2")
      })
    )

    it.effect("one whose server died begins again after a minute, and the dead one's word no longer counts", () =>
      Effect.gen(function* () {
        const requests = yield* RepeatableRequests
        const request = newName()
        const dead = yield* begun(request)
        yield* TestClock.adjust("59 seconds")
        assert.deepStrictEqual(yield* meeting(request), { _tag: "Running" })
        yield* TestClock.adjust("1 second")
        const token = yield* begun(request)
        yield* requests.finish(request, dead, { ...answer, status: 500 })
        yield* requests.abandon(request, dead)
        assert.deepStrictEqual(yield* meeting(request), { _tag: "Running" })
        yield* requests.finish(request, token, answer)
        assert.deepStrictEqual(yield* meeting(request), { _tag: "Repeat", answer })
      })
    )

    it.effect("of many equal ones at once exactly one begins", () =>
      Effect.gen(function* () {
        const request = newName()
        const met = yield* Effect.all(
          Array.from({ length: 20 }, () => meeting(request)),
          { concurrency: "unbounded" }
        )
        assert.lengthOf(
          met.filter(({ _tag }) => _tag === "Begun"),
          1
        )
        assert.lengthOf(
          met.filter(({ _tag }) => _tag === "Running"),
          19
        )
      })
    )
  })
