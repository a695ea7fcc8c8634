import { assert, layer as suite } from "@effect/vitest"
import { accessKeyLength, hashSecret, secretForm } from "@rollcall/domain/organization/AccessKey"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { type NewOrganization, Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Clock, Effect, type Layer, Redacted } from "effect"
import { Digest } from "effect/crypto"
import { TestClock } from "effect/testing"

const wanted = (subdomain: string): NewOrganization => ({
  subdomain: Subdomain.make(subdomain),
  name: "Åse & Søn",
  timeZone: "Europe/Copenhagen",
  scimEnabled: true,
  settings: presets.rfc
})

const noId = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000000")

/** What every adapter of {@link Organizations} keeps; the layer holds no organisation at first. */
export const organizationsContract = (name: string, layer: Layer.Layer<Organizations>): void =>
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
          customAttributes: []
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

    it.effect(
      "switching SCIM off and on, and saving settings, changes just that of just that organisation (R-ORG-6)",
      () =>
        Effect.gen(function* () {
          const organizations = yield* Organizations
          const changed = yield* organizations.create(wanted("switched"))
          const other = yield* organizations.create(wanted("not-switched"))
          yield* organizations.setScimEnabled(changed.id, false)
          assert.deepStrictEqual(yield* organizations.findBySubdomain("switched"), { ...changed, scimEnabled: false })
          yield* organizations.setScimEnabled(changed.id, true)
          assert.deepStrictEqual(yield* organizations.findBySubdomain("switched"), changed)
          const settings = { ...presets.product, syncManagers: false }
          yield* organizations.saveSettings(changed.id, settings)
          assert.deepStrictEqual(yield* organizations.findBySubdomain("switched"), { ...changed, settings })
          yield* organizations.setScimEnabled(noId, false)
          assert.deepStrictEqual(yield* organizations.findBySubdomain("not-switched"), other)
        })
    )

    it.effect("a key has a secret of its kind's form, shown once, and finds its holder by the hash (R-ORG-3)", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const organization = yield* organizations.create(wanted("with-keys"))
        yield* TestClock.adjust("1234 millis")
        const now = yield* Clock.currentTimeMillis
        for (const kind of ["scim", "api"] as const) {
          const { key, secret } = yield* organizations.issueKey(organization.id, kind, `a ${kind} key`)
          const text = Redacted.value(secret)
          assert.strictEqual(text.length, accessKeyLength[kind])
          assert.strictEqual(secretForm(text), kind)
          assert.deepStrictEqual(key, {
            id: key.id,
            kind,
            label: `a ${kind} key`,
            hint: text.slice(-4),
            createdAt: now,
            lastUsedAt: null,
            revokedAt: null
          })
          assert.deepStrictEqual(yield* organizations.findKeyHolder(yield* hashOf(text)), {
            organization,
            key: { id: key.id, kind, label: key.label }
          })
          assert.isUndefined(yield* organizations.findKeyHolder(text), "the secret itself is not what is stored")
        }
        assert.isUndefined(yield* organizations.findKeyHolder(yield* hashOf("x".repeat(30))))
      })
    )

    it.effect("the holder of a key is read as it stands now: its organisation's SCIM switch and settings", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const organization = yield* organizations.create(wanted("read-anew"))
        const { secret } = yield* organizations.issueKey(organization.id, "scim", "")
        yield* organizations.setScimEnabled(organization.id, false)
        yield* organizations.saveSettings(organization.id, presets.product)
        const holder = yield* organizations.findKeyHolder(yield* hashOf(Redacted.value(secret)))
        assert.deepStrictEqual(holder?.organization, {
          ...organization,
          scimEnabled: false,
          settings: presets.product
        })
      })
    )

    it.effect("a revoked key finds nobody from then on, stays listed, and is revoked once (ABUSE-24)", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const organization = yield* organizations.create(wanted("revoking"))
        const other = yield* organizations.create(wanted("not-revoking"))
        const kept = yield* organizations.issueKey(organization.id, "scim", "kept")
        yield* TestClock.adjust("1 second")
        const lost = yield* organizations.issueKey(organization.id, "scim", "lost")
        const hash = yield* hashOf(Redacted.value(lost.secret))
        assert.isFalse(yield* organizations.revokeKey(other.id, lost.key.id), "another organisation's key (ABUSE-11)")
        assert.isDefined(yield* organizations.findKeyHolder(hash))
        yield* TestClock.adjust("2500 millis")
        const now = yield* Clock.currentTimeMillis
        assert.isTrue(yield* organizations.revokeKey(organization.id, lost.key.id))
        assert.isUndefined(yield* organizations.findKeyHolder(hash))
        assert.isFalse(yield* organizations.revokeKey(organization.id, lost.key.id))
        assert.isFalse(yield* organizations.revokeKey(organization.id, noId))
        assert.isFalse(yield* organizations.revokeKey(organization.id, "no id at all"))
        assert.isDefined(yield* organizations.findKeyHolder(yield* hashOf(Redacted.value(kept.secret))))
        assert.deepStrictEqual(yield* organizations.listKeys(organization.id), [
          kept.key,
          { ...lost.key, revokedAt: now }
        ])
        assert.deepStrictEqual(yield* organizations.listKeys(other.id), [])
      })
    )

    it.effect("uses are noted per key, the latest stands, and unknown keys do no harm", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const { id } = yield* organizations.create(wanted("used-keys"))
        const { id: otherId } = yield* organizations.create(wanted("unused-keys"))
        const first = yield* organizations.issueKey(id, "scim", "first")
        const second = yield* organizations.issueKey(id, "api", "second")
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
