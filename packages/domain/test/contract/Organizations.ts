import { assert, layer as suite } from "@effect/vitest"
import { accessKeyLength, hashSecret, secretForm } from "@rollcall/domain/organization/AccessKey"
import { type Organization, OrganizationId, type OrganizationRefused } from "@rollcall/domain/organization/Organization"
import { type NewOrganization, Organizations } from "@rollcall/domain/organization/Organizations"
import type { ReviewWindow } from "@rollcall/domain/organization/ReviewWindow"
import { maxReviewWindows } from "@rollcall/domain/organization/ReviewWindows"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
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
          const some = { startDates: false, existingGroupName: "conflict" } as const
          const others = { pastStartDates: "startNow", syncManagers: true } as const
          yield* Effect.all(
            [organizations.saveSettings(changed.id, some), organizations.saveSettings(changed.id, others)],
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual((yield* organizations.findBySubdomain("switched"))?.settings, {
            ...settings,
            ...some,
            ...others
          })
          yield* organizations.setScimEnabled(noId, false)
          assert.deepStrictEqual(yield* organizations.findBySubdomain("not-switched"), other)
        })
    )

    it.effect("name, time zone and single sign-on are saved one by one, for that organisation alone (R-ORG-1)", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        let expected = yield* organizations.create(wanted("described"))
        const other = yield* organizations.create(wanted("not-described"))
        const stands = Effect.fnUntraced(function* (values: Partial<Organization>) {
          expected = { ...expected, ...values }
          assert.deepStrictEqual(yield* organizations.findBySubdomain("described"), expected)
        })
        yield* organizations.saveName(expected.id, "  Ærø Værft ")
        yield* stands({ name: "Ærø Værft" })
        yield* organizations.saveTimeZone(expected.id, "America/St_Johns")
        yield* stands({ timeZone: "America/St_Johns" })
        const singleSignOn = { enabled: true, signInUrl: "https://sso.example.com/described?from=mail" }
        yield* organizations.saveSingleSignOn(expected.id, singleSignOn)
        yield* stands({ singleSignOn })
        // Off keeps the address for the next time.
        yield* organizations.saveSingleSignOn(expected.id, { ...singleSignOn, enabled: false })
        yield* stands({ singleSignOn: { ...singleSignOn, enabled: false } })
        yield* organizations.saveSingleSignOn(expected.id, { enabled: false, signInUrl: null })
        yield* stands({ singleSignOn: { enabled: false, signInUrl: null } })
        yield* organizations.saveName(noId, "Nobody's")
        assert.deepStrictEqual(yield* organizations.findBySubdomain("not-described"), other)
      })
    )

    it.effect("what makes no name, time zone, sign-in page or window is refused by name, and nothing changes", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const { id } = yield* organizations.create(wanted("refusing"))
        const before = yield* organizations.findBySubdomain("refusing")
        const window: ReviewWindow = { id: "w", name: "Spring", opensAt: 5, closesAt: 9 }
        const refusals: ReadonlyArray<
          readonly [Effect.Effect<unknown, OrganizationRefused | StoreUnavailable>, string]
        > = [
          [organizations.saveTimeZone(id, "Mars/Olympus"), '"Mars/Olympus"'],
          [organizations.saveTimeZone(id, "+02:00"), '"+02:00"'],
          [organizations.saveName(id, " "), '" "'],
          [organizations.saveName(id, "a\r\nBcc: b"), "Bcc"],
          [organizations.saveSingleSignOn(id, { enabled: true, signInUrl: null }), "https://"],
          [organizations.saveSingleSignOn(id, { enabled: true, signInUrl: "http://sso.example.com" }), "begin with"],
          [organizations.saveSingleSignOn(id, { enabled: true, signInUrl: "sso.example.com" }), "is not a URL"],
          [organizations.saveSingleSignOn(id, { enabled: false, signInUrl: "javascript:alert(1)" }), "begin with"],
          [organizations.saveSingleSignOn(id, { enabled: true, signInUrl: "https://a:b@sso.example.com" }), "password"],
          [organizations.saveReviewWindows(id, [{ ...window, closesAt: 4 }]), "Spring"],
          [organizations.saveReviewWindows(id, [window, window]), "id w"],
          [organizations.saveReviewWindows(id, [{ ...window, name: "" }]), "name"],
          [organizations.openReviewWindow(id, "Autumn", yield* Clock.currentTimeMillis), "future"],
          [organizations.openReviewWindow(id, "Autumn", Number.NaN), "future"],
          [organizations.openReviewWindow(noId, "Autumn", 4_102_444_800_000), "no such organisation"]
        ]
        for (const [request, part] of refusals) {
          const error = yield* Effect.flip(request)
          assert.strictEqual(error._tag, "OrganizationRefused", part)
          assert.include(error.message, part)
        }
        assert.deepStrictEqual(yield* organizations.findBySubdomain("refusing"), before)
      })
    )

    it.effect("R-MGR-4: a review window opens now, is closed by id or with all that are open, and stays listed", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const { id } = yield* organizations.create(wanted("reviewing"))
        const other = yield* organizations.create(wanted("not-reviewing"))
        const windows = Effect.map(organizations.findBySubdomain("reviewing"), (found) => found?.reviewWindows)
        const toCome: ReviewWindow = { id: "w-to-come", name: "Next year", opensAt: 9e12, closesAt: 9e12 + 1 }
        yield* organizations.saveReviewWindows(id, [toCome])
        yield* TestClock.adjust("5 seconds")
        const now = yield* Clock.currentTimeMillis
        const spring = yield* organizations.openReviewWindow(id, " Spring ", now + 60_000)
        assert.deepStrictEqual(spring, { id: spring.id, name: "Spring", opensAt: now, closesAt: now + 60_000 })
        yield* TestClock.adjust("1 second")
        const extra = yield* organizations.openReviewWindow(id, "Extra", now + 10_000)
        assert.deepStrictEqual(yield* windows, [spring, extra, toCome])
        assert.deepStrictEqual(yield* organizations.closeReviewWindow(other.id, spring.id), [])
        assert.deepStrictEqual(yield* organizations.closeReviewWindow(id, "no window"), [])
        const closed = { ...extra, closesAt: now + 1_000 }
        assert.deepStrictEqual(yield* organizations.closeReviewWindow(id, extra.id), [closed])
        assert.deepStrictEqual(yield* organizations.closeReviewWindow(id, extra.id), [], "it is closed already")
        yield* TestClock.adjust("1 second")
        const last = yield* organizations.openReviewWindow(id, "Last", now + 10_000)
        // What is past and what is to come is left alone.
        assert.deepStrictEqual(yield* organizations.closeReviewWindow(id, undefined), [
          { ...spring, closesAt: now + 2_000 },
          { ...last, closesAt: now + 2_000 }
        ])
        assert.deepStrictEqual(yield* organizations.closeReviewWindow(id, undefined), [])
        assert.deepStrictEqual(yield* windows, [
          { ...spring, closesAt: now + 2_000 },
          closed,
          { ...last, closesAt: now + 2_000 },
          toCome
        ])
        assert.deepStrictEqual(yield* organizations.findBySubdomain("not-reviewing"), other)
      })
    )

    it.effect("windows opened at once all stand; the oldest past ones make room for new ones", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const { id } = yield* organizations.create(wanted("reviewing-much"))
        yield* TestClock.adjust("1 hour")
        const now = yield* Clock.currentTimeMillis
        const past = Array.from(
          { length: maxReviewWindows - 4 },
          (_, i): ReviewWindow => ({ id: `past-${i}`, name: `Past ${i}`, opensAt: i, closesAt: i + 1 })
        )
        yield* organizations.saveReviewWindows(id, past)
        const opened = yield* Effect.all(
          Array.from({ length: 8 }, (_, i) => organizations.openReviewWindow(id, `Window ${i}`, now + 1_000 + i)),
          { concurrency: "unbounded" }
        )
        const windows = (yield* organizations.findBySubdomain("reviewing-much"))?.reviewWindows ?? []
        assert.sameDeepMembers([...windows], [...past.slice(4), ...opened])
        yield* organizations.saveReviewWindows(
          id,
          past.map((window) => ({ ...window, closesAt: now + 1 }))
        )
        yield* Effect.all(opened.slice(0, 4).map(({ name }) => organizations.openReviewWindow(id, name, now + 2)))
        const error = yield* Effect.flip(organizations.openReviewWindow(id, "One more", now + 2))
        assert.strictEqual(error._tag, "OrganizationRefused")
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
        const { id } = yield* organizations.create(wanted("scoped"))
        const { key, secret } = yield* organizations.issueKey(id, "api", "product", ["read", "access-check"])
        assert.deepStrictEqual(key.scopes, ["read", "access-check"])
        const holder = yield* organizations.findKeyHolder(yield* hashOf(Redacted.value(secret)))
        assert.deepStrictEqual(holder?.key.scopes, ["read", "access-check"])
        assert.deepStrictEqual(
          (yield* organizations.listKeys(id)).map(({ scopes }) => scopes),
          [["read", "access-check"]]
        )
      })
    )

    it.effect("the operator's leave to import is kept (R-ORG-7)", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const { id } = yield* organizations.create(wanted("importing"))
        yield* organizations.setCsvAllowed(id, true)
        assert.isTrue((yield* organizations.findBySubdomain("importing"))?.csvAllowed)
        yield* organizations.setCsvAllowed(id, false)
        assert.isFalse((yield* organizations.findBySubdomain("importing"))?.csvAllowed)
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
          csvAllowed: false,
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
