import { assert, layer as suite } from "@effect/vitest"
import { accessKeyLength, hashSecret, secretForm } from "@rollcall/domain/organization/AccessKey"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { type NewOrganization, Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Clock, Effect, type Layer, Redacted } from "effect"
import { Digest } from "effect/crypto"
import { TestClock } from "effect/testing"
import { operate } from "./Operator.ts"

const wanted = (subdomain: string): NewOrganization => ({
  subdomain: Subdomain.make(subdomain),
  name: "Åse & Søn",
  timeZone: "Europe/Copenhagen",
  scimEnabled: true,
  settings: presets.rfc
})

const noId = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000000")

/** What every adapter of {@link Organizations} keeps; the layer holds no organisation at first. */
export const organizationsContract = (
  name: string,
  layer: Layer.Layer<Organizations | OrganizationAdministration>
): void =>
  suite(layer, { timeout: "60 seconds" })(`Organizations contract: ${name}`, (it) => {
    it.effect("a new organisation is found by its subdomain as it was made, and listed by subdomain (R-ORG-1)", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        assert.deepStrictEqual(yield* organizations.list, [])
        const second = yield* organizations.create({ ...wanted("listed-b"), scimEnabled: false })
        const first = yield* organizations.create(wanted("listed-a"))
        assert.deepStrictEqual(first, {
          ...wanted("listed-a"),
          id: first.id,
          singleSignOn: { enabled: false, signInUrl: null },
          csvAllowed: false,
          customAttributes: [],
          reviewWindows: []
        })
        assert.notStrictEqual(first.id, second.id)
        assert.deepStrictEqual(yield* organizations.findBySubdomain("listed-a"), first)
        assert.deepStrictEqual(yield* organizations.findBySubdomain("listed-b"), second)
        assert.isUndefined(yield* organizations.findBySubdomain("nobody"))
        assert.deepStrictEqual(yield* organizations.list, [first, second])
      })
    )

    it.effect("a subdomain is taken once, by parallel creations too; the refusal names it and leaves nothing", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const before = yield* organizations.list
        const results = yield* Effect.all(
          Array.from({ length: 8 }, () => Effect.result(organizations.create(wanted("wanted-by-all")))),
          { concurrency: "unbounded" }
        )
        const made = results.flatMap((result) => (result._tag === "Success" ? [result.success] : []))
        assert.strictEqual(made.length, 1)
        for (const result of results) {
          if (result._tag === "Success") continue
          assert.strictEqual(result.failure._tag, "OrganizationRefused")
          assert.include(result.failure.message, "wanted-by-all")
        }
        assert.strictEqual((yield* organizations.list).length, before.length + 1)
        assert.deepStrictEqual(yield* organizations.findBySubdomain("wanted-by-all"), made[0])
      })
    )

    it.effect("a key has a secret of its kind's form, shown once, and finds its holder by the hash (R-ORG-3)", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const organization = yield* organizations.create(wanted("with-keys"))
        yield* TestClock.adjust("1234 millis")
        const now = yield* Clock.currentTimeMillis
        for (const kind of ["scim", "api"] as const) {
          const { key, secret } = yield* (yield* operate(organization)).issueKey({ kind, label: `a ${kind} key` })
          const text = Redacted.value(secret)
          assert.strictEqual(text.length, accessKeyLength[kind])
          assert.strictEqual(secretForm(text), kind)
          assert.deepStrictEqual(key, {
            id: key.id,
            kind,
            label: `a ${kind} key`,
            scopes: kind === "api" ? ["admin"] : [],
            hint: text.slice(-4),
            createdAt: now,
            lastUsedAt: null,
            revokedAt: null
          })
          assert.deepStrictEqual(yield* organizations.findKeyHolder(yield* hashOf(text)), {
            organization,
            key: { id: key.id, kind, label: key.label, scopes: key.scopes }
          })
          assert.isUndefined(yield* organizations.findKeyHolder(text), "the secret itself is not what is stored")
        }
        assert.isUndefined(yield* organizations.findKeyHolder(yield* hashOf("x".repeat(30))))
      })
    )

    it.effect("a key of the Public API may do what it was made for", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const scoped = yield* organizations.create(wanted("scoped"))
        const { id } = scoped
        const operator = yield* operate(scoped)
        const { key, secret } = yield* operator.issueKey({
          kind: "api",
          label: "product",
          scopes: ["read", "access-check"]
        })
        assert.deepStrictEqual(key.scopes, ["read", "access-check"])
        const holder = yield* organizations.findKeyHolder(yield* hashOf(Redacted.value(secret)))
        assert.deepStrictEqual(holder?.key.scopes, ["read", "access-check"])
        assert.deepStrictEqual(
          (yield* organizations.listKeys(id)).map(({ scopes }) => scopes),
          [["read", "access-check"]]
        )
      })
    )

    it.effect("the holder of a key is read as it stands now: its organisation's SCIM switch and settings", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const organization = yield* organizations.create(wanted("read-anew"))
        const operator = yield* operate(organization)
        const { secret } = yield* operator.issueKey({ kind: "scim", label: "IdP" })
        yield* operator.configure({ scimEnabled: false, preset: "product" })
        const holder = yield* organizations.findKeyHolder(yield* hashOf(Redacted.value(secret)))
        assert.deepStrictEqual(holder?.organization, {
          ...organization,
          scimEnabled: false,
          csvAllowed: false,
          settings: presets.product
        })
      })
    )

    it.effect("uses are noted per key, the latest stands, and unknown keys do no harm", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const used = yield* organizations.create(wanted("used-keys"))
        const { id } = used
        const operator = yield* operate(used)
        const { id: otherId } = yield* organizations.create(wanted("unused-keys"))
        const first = yield* operator.issueKey({ kind: "scim", label: "first" })
        const second = yield* operator.issueKey({ kind: "api", label: "second" })
        yield* organizations.touchKeys([])
        yield* organizations.touchKeys([
          { organizationId: id, keyId: first.key.id, at: 1_790_000_000_007 },
          { organizationId: id, keyId: first.key.id, at: 1_790_000_000_003 },
          { organizationId: id, keyId: noId, at: 1_790_000_000_000 },
          { organizationId: otherId, keyId: second.key.id, at: 1_790_000_000_000 }
        ])
        yield* organizations.touchKeys([{ organizationId: id, keyId: first.key.id, at: 1_790_000_000_005 }])
        const uses = (yield* organizations.listKeys(id)).map((key) => [key.label, key.lastUsedAt])
        assert.deepStrictEqual(uses.toSorted(), [
          ["first", 1_790_000_000_007],
          ["second", null]
        ])
      })
    )
  })

const hashOf = (secret: string) => Effect.provide(hashSecret(secret), Digest.layerWebCrypto)
