import { createHmac } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { IssuerKeys } from "@rollcall/delivery/federation/IssuerKeys"
import { layerSignedIdentities } from "@rollcall/delivery/federation/SignedIdentities"
import { assertionAlgorithms } from "@rollcall/domain/organization/Assertion"
import { FederatedIdentities } from "@rollcall/domain/organization/FederatedIdentities"
import { Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import {
  discovery,
  issuer,
  jwks,
  layerPublished,
  makeKey,
  metadata,
  type Published,
  publish,
  signed
} from "./Issuer.ts"

/** Runs with an issuer that publishes what the test says. */
const scene = <A, E>(run: (published: Published) => Effect.Effect<A, E, FederatedIdentities>): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    const published: Published = { documents: {}, asked: [] }
    const layer = layerSignedIdentities.pipe(Layer.provide(IssuerKeys.layer), Layer.provide(layerPublished(published)))
    return Effect.provide(run(published), layer, { local: true })
  })

const claims = (assertion: string) =>
  Effect.flatMap(FederatedIdentities, (identities) => identities.claims(issuer, Redacted.make(assertion)))

const refusal = (assertion: string) => Effect.flip(claims(assertion))

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

describe("assertions and the keys of their issuers", () => {
  it.effect("answers the claims of what a key of the issuer signed, by every algorithm that is allowed", () =>
    scene((published) =>
      Effect.gen(function* () {
        const algorithms = assertionAlgorithms.filter((alg) => !["RS384", "RS512", "PS384", "PS512"].includes(alg))
        const keys = yield* Effect.forEach(algorithms, (alg) => makeKey(alg, alg))
        published.documents = publish(...keys)
        for (const key of keys) {
          assert.deepInclude(yield* claims(yield* signed(key, { jti: key.kid })), { iss: issuer, jti: key.kid })
        }
        assert.deepStrictEqual(published.asked, [discovery, jwks], "asked once for all of them")
      })
    )
  )

  it.effect(
    "ABUSE-22: refuses none, HS256 with the public key, another's key, and what was changed after signing",
    () =>
      scene((published) =>
        Effect.gen(function* () {
          const key = yield* makeKey("k1", "RS256")
          const stranger = yield* makeKey("k1", "RS256")
          published.documents = publish(key)
          const sound = yield* signed(key)
          const [header = "", payload = "", signature = ""] = sound.split(".")
          const hmacHead = `${base64url({ alg: "HS256", kid: "k1" })}.${payload}`
          const hmac = createHmac("sha256", JSON.stringify(key.jwk)).update(hmacHead).digest("base64url")
          const wrong = [
            `${base64url({ alg: "none" })}.${payload}.`,
            `${base64url({ alg: "None", kid: "k1" })}.${payload}.`,
            `${hmacHead}.${hmac}`,
            yield* signed(stranger),
            `${header}.${base64url({ iss: issuer, sub: "admin" })}.${signature}`,
            `${header}.${payload}.${signature.slice(2)}`,
            `${header}.${payload}.`,
            `${header}.${payload}`,
            sound.slice(1),
            "",
            "..",
            "junk"
          ]
          for (const assertion of wrong) {
            const error = yield* refusal(assertion)
            assert.strictEqual(error._tag, "AssertionRefused", assertion)
            if (assertion.length > 10) assert.notInclude(error.reason, assertion.slice(0, 10))
          }
          // Keys that an assertion brings along, or points to, are not looked at.
          const own = yield* Effect.forEach(
            [{ jku: "https://evil.example/keys" }, { x5u: "https://evil.example/cert" }, { kid: "../../k1" }],
            (more) => signed(stranger, {}, more)
          )
          for (const assertion of own) assert.strictEqual((yield* refusal(assertion))._tag, "AssertionRefused")
          assert.deepStrictEqual(
            published.asked.filter((url) => !url.startsWith("https://login.kelp.") && url !== jwks),
            []
          )
          assert.deepInclude(yield* claims(sound), { sub: "sync-1" })
        })
      )
  )

  it.effect("refuses claims that are no JSON", () =>
    scene((published) =>
      Effect.gen(function* () {
        const { CompactSign } = yield* Effect.promise(() => import("jose"))
        const key = yield* makeKey("k1")
        published.documents = publish(key)
        for (const bytes of [new TextEncoder().encode("hello"), Uint8Array.of(0xff, 0xfe)]) {
          const text = yield* Effect.promise(() =>
            new CompactSign(bytes).setProtectedHeader({ alg: key.alg, kid: key.kid }).sign(key.privateKey)
          )
          assert.strictEqual((yield* refusal(text))._tag, "AssertionRefused")
        }
      })
    )
  )

  it.effect(
    "takes up a key that is new as soon as it is met, and drops one that was withdrawn within ten minutes",
    () =>
      scene((published) =>
        Effect.gen(function* () {
          const old = yield* makeKey("old")
          const next = yield* makeKey("next")
          published.documents = publish(old)
          yield* claims(yield* signed(old))
          published.documents = publish(old, next)
          yield* TestClock.adjust("30 seconds")
          yield* claims(yield* signed(next))
          yield* claims(yield* signed(old))
          assert.lengthOf(published.asked, 4)
          published.documents = publish(next)
          yield* TestClock.adjust("599 seconds")
          yield* claims(yield* signed(old))
          yield* TestClock.adjust("1 second")
          assert.strictEqual((yield* refusal(yield* signed(old)))._tag, "AssertionRefused")
          yield* claims(yield* signed(next))
        })
      )
  )

  it.effect("ABUSE-22: unknown kids do not make it ask the issuer more often than every 30 seconds", () =>
    scene((published) =>
      Effect.gen(function* () {
        const key = yield* makeKey("k1")
        const stranger = yield* makeKey("unknown")
        published.documents = publish(key)
        yield* claims(yield* signed(key))
        const foreign = yield* signed(stranger)
        yield* Effect.forEach(Array.from({ length: 20 }), () => refusal(foreign), { concurrency: "unbounded" })
        assert.lengthOf(published.asked, 2)
        yield* TestClock.adjust("30 seconds")
        yield* Effect.forEach(Array.from({ length: 20 }), () => refusal(foreign), { concurrency: "unbounded" })
        assert.lengthOf(published.asked, 4)
        assert.include((yield* refusal(foreign)).reason, "kid")
      })
    )
  )

  it.effect("asks once for many who come at the same time", () =>
    scene((published) =>
      Effect.gen(function* () {
        const key = yield* makeKey("k1")
        published.documents = publish(key)
        const assertion = yield* signed(key)
        yield* Effect.forEach(Array.from({ length: 20 }), () => claims(assertion), { concurrency: "unbounded" })
        assert.deepStrictEqual(published.asked, [discovery, jwks])
      })
    )
  )

  it.effect("goes on with the keys it has while the issuer is away, for a day", () =>
    scene((published) =>
      Effect.gen(function* () {
        const key = yield* makeKey("k1")
        published.documents = publish(key)
        const assertion = yield* signed(key)
        yield* claims(assertion)
        published.documents = {}
        yield* TestClock.adjust("23 hours")
        yield* claims(assertion)
        yield* TestClock.adjust("1 hour")
        assert.strictEqual((yield* refusal(assertion))._tag, "IssuerUnreachable")
        published.documents = publish(key)
        assert.strictEqual((yield* refusal(assertion))._tag, "IssuerUnreachable", "it was asked just now")
        yield* TestClock.adjust("30 seconds")
        yield* claims(assertion)
      })
    )
  )

  it.effect("finds the keys by the metadata of RFC 8414 too, and by no document of another issuer", () =>
    scene((published) =>
      Effect.gen(function* () {
        const key = yield* makeKey("k1")
        const documents = publish(key)
        const { [discovery]: found, ...others } = documents
        const assertion = yield* signed(key)
        const wrong = [
          { ...documents, [discovery]: { issuer: "https://evil.example", jwks_uri: jwks } },
          { ...documents, [discovery]: { issuer } },
          { ...documents, [discovery]: "text" },
          { ...documents, [jwks]: { keys: "none" } },
          { ...documents, [jwks]: null },
          others
        ]
        for (const one of wrong) {
          published.documents = one
          assert.strictEqual((yield* refusal(assertion))._tag, "IssuerUnreachable", JSON.stringify(one))
          yield* TestClock.adjust("30 seconds")
        }
        published.documents = { ...others, [metadata]: found }
        yield* claims(assertion)
      })
    )
  )
})
