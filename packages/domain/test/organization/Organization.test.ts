import { assert, describe, it } from "@effect/vitest"
import { accessKeyLength, generateSecret, hashSecret, secretForm } from "@rollcall/domain/organization/AccessKey"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Effect, Layer, Redacted, Schema } from "effect"
import { Digest, SecureRandom } from "effect/crypto"

describe("R-ORG-3: a secret", () => {
  for (const kind of ["scim", "api"] as const) {
    it.effect(`of kind ${kind} has ${accessKeyLength[kind]} letters and digits, and tells its kind`, () =>
      Effect.gen(function* () {
        const secrets = yield* Effect.forEach(Array.from({ length: 50 }), () => generateSecret(kind))
        const texts = secrets.map(Redacted.value)
        for (const text of texts) {
          assert.match(text, /^[A-Za-z0-9]+$/)
          assert.strictEqual(text.length, accessKeyLength[kind])
          assert.strictEqual(secretForm(text), kind)
        }
        assert.strictEqual(new Set(texts).size, 50)
      }).pipe(Effect.provide(SecureRandom.layerWebCrypto))
    )
  }

  it.effect("is drawn without a bias: bytes beyond the last whole round of the alphabet are passed over", () =>
    Effect.gen(function* () {
      const bytes = [255, 248, 247, 0, 61, 62]
      const source = SecureRandom.make((size) => Uint8Array.from({ length: size }, (_, i) => bytes[i % 6] ?? 0))
      const secret = yield* Effect.provideService(generateSecret("scim"), SecureRandom.SecureRandom, source)
      assert.strictEqual(Redacted.value(secret).slice(0, 8), "9A9A9A9A")
    })
  )

  it("of neither form is told as such (R-ORG-4)", () => {
    for (const text of ["", "a".repeat(29), "a".repeat(31), `${"a".repeat(29)}-`, "é".repeat(30)]) {
      assert.strictEqual(secretForm(text), "neither")
    }
  })

  it.effect("is kept as its SHA-256", () =>
    Effect.gen(function* () {
      const expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
      assert.strictEqual(yield* hashSecret("abc"), expected)
    }).pipe(Effect.provide(Layer.fresh(Digest.layerWebCrypto)))
  )
})

describe("R-ORG-8", () => {
  it("the presets differ in three settings", () => {
    assert.deepStrictEqual(presets.rfc, {
      ...presets.product,
      pastStartDates: "startNow",
      userNameAndEmail: "free",
      existingGroupName: "conflict"
    })
    assert.deepStrictEqual(presets.product, {
      syncManagers: true,
      startDates: true,
      pastStartDates: "refuse",
      syncPasswords: true,
      userNameAndEmail: "linked",
      existingGroupName: "overwrite",
      deactivateOnTerminationDate: false
    })
  })

  it("a subdomain is one DNS label in lower case, without underscores", () => {
    const is = Schema.is(Subdomain)
    for (const good of ["a", "acme", "a-b", "7", "a".repeat(63)]) assert.isTrue(is(good), good)
    for (const bad of ["", "Acme", "a_b", "-a", "a-", "a.b", "a".repeat(64), "a\n", "ä"]) assert.isFalse(is(bad), bad)
  })
})
