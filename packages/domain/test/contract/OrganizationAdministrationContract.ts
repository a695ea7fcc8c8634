import { assert, layer as suite } from "@effect/vitest"
import { Directory } from "@rollcall/domain/directory/Directory"
import type { ProvisioningError } from "@rollcall/domain/directory/Submission"
import { type Actor, type LogEntry, operatorActor } from "@rollcall/domain/log/LogEntry"
import { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import { hashSecret } from "@rollcall/domain/organization/AccessKey"
import { maxLiveKeys } from "@rollcall/domain/organization/decideKey"
import type { Organization } from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { maxReviewWindows } from "@rollcall/domain/organization/ReviewWindows"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { readResource } from "@rollcall/domain/scim/ResourceInput"
import { UserId } from "@rollcall/domain/user/UserId"
import { Clock, Effect, type Layer, Redacted, Result } from "effect"
import { Digest } from "effect/crypto"
import { TestClock } from "effect/testing"
import { type Administered, operate } from "./Operator.ts"
import { person, resourceTypes } from "./Tenant.ts"

const admin: Actor = { keyId: "k1", keyLabel: "console", client: "test", via: "hand" }

const arrange = Effect.fnUntraced(function* (subdomain: string) {
  const organizations = yield* Organizations
  const organization = yield* organizations.create({
    subdomain: Subdomain.make(subdomain),
    name: "Åse & Søn",
    timeZone: "Europe/Copenhagen",
    scimEnabled: true,
    settings: presets.rfc
  })
  return {
    organization,
    operator: yield* operate(organization),
    hand: yield* operate(organization, admin),
    stands: Effect.map(organizations.findBySubdomain(subdomain), (found) => {
      if (found === undefined) throw new Error(`${subdomain} is gone`)
      return found
    }),
    log: Effect.map(logOf(organization), (entries) => entries.map(({ entry }) => entry))
  }
}, Effect.orDie)

const logOf = ({ id }: Organization) =>
  Effect.flatMap(ProvisioningLog, (log) =>
    Effect.map(log.search(id, { limit: 200 }), ({ entries }) => entries.toReversed())
  )

const hashOf = (secret: Redacted.Redacted<string>) =>
  Effect.provide(hashSecret(Redacted.value(secret)), Digest.layerWebCrypto)

const changesOf = (entry: LogEntry | undefined) =>
  entry?.changes.map(({ after, attribute, before }) => [attribute, before ?? null, after ?? null])

/** What every adapter does when an organisation's settings, review windows and keys change, and what the log tells of it. */
export const organizationAdministrationContract = (name: string, layer: Layer.Layer<Administered>): void =>
  suite(layer, { timeout: "60 seconds" })(`Administration of organisations: ${name}`, (it) => {
    it.effect("R-ORG-8, R-LOG-1: what is given changes, the rest stays, and one entry tells before and after", () =>
      Effect.gen(function* () {
        const { hand, log, organization, stands } = yield* arrange("configured")
        const { organization: other, stands: otherStands } = yield* arrange("not-configured")
        yield* hand.configure({
          name: "  Ærø Værft ",
          timeZone: "America/St_Johns",
          settings: { syncManagers: false, syncPasswords: false },
          singleSignOn: { enabled: true, signInUrl: "https://sso.example.com/x" }
        })
        const expected = {
          ...organization,
          name: "Ærø Værft",
          timeZone: "America/St_Johns",
          settings: { ...presets.rfc, syncManagers: false, syncPasswords: false },
          singleSignOn: { enabled: true, signInUrl: "https://sso.example.com/x" }
        }
        assert.deepStrictEqual(yield* stands, expected)
        const [entry, ...more] = yield* log
        assert.deepStrictEqual(more, [])
        assert.deepInclude(entry, { actor: admin, outcome: "updated", status: 200 })
        assert.deepStrictEqual(entry?.subject, { type: "Organization", id: "organization", name: "Ærø Værft" })
        assert.deepStrictEqual(changesOf(entry), [
          ["name", "Åse & Søn", "Ærø Værft"],
          ["timeZone", "Europe/Copenhagen", "America/St_Johns"],
          ["singleSignOn.enabled", false, true],
          ["singleSignOn.signInUrl", null, "https://sso.example.com/x"],
          ["settings.syncManagers", true, false],
          ["settings.syncPasswords", true, false]
        ])
        // Off keeps the address for the next time.
        yield* hand.configure({ singleSignOn: { enabled: false } })
        yield* hand.configure({ preset: "product", settings: { startDates: false } })
        assert.deepStrictEqual(yield* stands, {
          ...expected,
          singleSignOn: { enabled: false, signInUrl: "https://sso.example.com/x" },
          settings: { ...presets.product, startDates: false }
        })
        assert.deepStrictEqual(yield* otherStands, other)
        yield* hand.configure({ name: "Ærø Værft" })
        assert.deepInclude((yield* log).at(-1), { outcome: "unchanged", changes: [] })
      })
    )

    it.effect(
      "what makes no name, time zone, sign-in page or window is refused by name, and nothing else changes",
      () =>
        Effect.gen(function* () {
          const { hand, log, operator, stands } = yield* arrange("refusing")
          const before = yield* stands
          const now = yield* Clock.currentTimeMillis
          const refusals: ReadonlyArray<readonly [Effect.Effect<unknown, ProvisioningError>, number, string]> = [
            [hand.configure({ timeZone: "Mars/Olympus", name: "Other" }), 400, '"Mars/Olympus"'],
            [hand.configure({ timeZone: "+02:00" }), 400, '"+02:00"'],
            [hand.configure({ name: " " }), 400, '" "'],
            [hand.configure({ name: "a\r\nBcc: b" }), 400, "Bcc"],
            [hand.configure({ singleSignOn: { enabled: true } }), 400, "https://"],
            [hand.configure({ singleSignOn: { enabled: true, signInUrl: "http://a.example" } }), 400, "begin with"],
            [hand.configure({ singleSignOn: { signInUrl: "a.example" } }), 400, "is not a URL"],
            [hand.configure({ singleSignOn: { signInUrl: "javascript:alert(1)" } }), 400, "begin with"],
            [hand.configure({ singleSignOn: { signInUrl: "https://a:b@a.example" } }), 400, "password"],
            [hand.configure({ csvAllowed: true }), 403, "Only the operator"],
            [hand.openReviewWindow({ name: "Autumn", closesAt: now }), 400, "in the past"],
            [hand.openReviewWindow({ name: "Autumn", closesAt: Number.NaN }), 400, "in the past"],
            [hand.openReviewWindow({ name: "Autumn", opensAt: now + 5, closesAt: now + 5 }), 400, "before it opens"],
            [hand.openReviewWindow({ name: "", closesAt: now + 5 }), 400, "name"],
            [hand.closeReviewWindow("none"), 404, "none"],
            [hand.closeReviewWindow(), 409, "No review window is open"],
            [hand.issueKey({ kind: "scim", label: "a\nb" }), 400, "name"],
            [hand.issueKey({ kind: "api", label: "a", scopes: [] }), 400, "scope"],
            [hand.revokeKey("none", "api"), 404, "no live API key"],
            [operator.revokeKey("none"), 404, "no live"]
          ]
          for (const [request, status, part] of refusals) {
            const error = yield* Effect.flip(request)
            if (error._tag !== "ScimError") return assert.fail(error._tag)
            assert.strictEqual(error.status, status, error.detail)
            assert.match(error.detail, /\[case [0-9A-Z]{6}\]$/)
            assert.include(error.detail, part)
            assert.notInclude(error.detail, "a:b")
          }
          assert.deepStrictEqual(yield* stands, before)
          const entries = yield* log
          assert.strictEqual(entries.length, refusals.length)
          assert.isTrue(entries.every(({ changes, outcome }) => outcome === "refused" && changes.length === 0))
        })
    )

    it.effect("R-ORG-7: the operator's leave to import is the operator's, and the log names them", () =>
      Effect.gen(function* () {
        const { log, operator, stands } = yield* arrange("importing")
        yield* operator.configure({ csvAllowed: true })
        assert.isTrue((yield* stands).csvAllowed)
        const [entry] = yield* log
        assert.deepStrictEqual(entry?.actor, operatorActor)
        assert.deepStrictEqual(changesOf(entry), [["csvAllowed", false, true]])
        yield* operator.configure({ csvAllowed: false })
        assert.isFalse((yield* stands).csvAllowed)
      })
    )

    it.effect("R-ORG-6: what was set counts for the very next request of the same batch", () =>
      Effect.gen(function* () {
        const { hand, organization } = yield* arrange("in-one-batch")
        const directory = yield* Directory
        const create = (name: string, id: string) =>
          directory.submit(organization.id, {
            command: {
              _tag: "CreateUser",
              newId: UserId.make(`00000000-0000-4000-8000-00000000000${id}`),
              input: Result.getOrThrow(readResource(resourceTypes.user, person(name)))
            },
            actor: admin,
            ...{ requestId: "r1", line: "test", size: 1, receivedAt: 0 }
          })
        const [refused, , done] = yield* Effect.all(
          [create("ada", "1"), hand.configure({ scimEnabled: false }), create("bo", "2")],
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual([refused._tag, done._tag], ["Refused", "Done"])
      })
    )

    it.effect("R-MGR-4: a window opens now or later, is closed or called off by id, and stays listed", () =>
      Effect.gen(function* () {
        const { hand, log, stands } = yield* arrange("reviewing")
        const { hand: stranger } = yield* arrange("not-reviewing")
        const windows = Effect.map(stands, ({ reviewWindows }) => reviewWindows)
        yield* TestClock.adjust("5 seconds")
        const now = yield* Clock.currentTimeMillis
        const later = yield* hand.openReviewWindow({ name: "Next", opensAt: now + 90_000, closesAt: now + 99_000 })
        // What was to open in the past opens now.
        const spring = yield* hand.openReviewWindow({ name: " Spring ", opensAt: 1, closesAt: now + 60_000 })
        assert.deepStrictEqual(spring, { id: spring.id, name: "Spring", opensAt: now, closesAt: now + 60_000 })
        yield* TestClock.adjust("1 second")
        const extra = yield* hand.openReviewWindow({ name: "Extra", closesAt: now + 10_000 })
        assert.deepStrictEqual(yield* windows, [spring, extra, later])
        assert.strictEqual((yield* Effect.flip(stranger.closeReviewWindow(spring.id)))._tag, "ScimError")
        const closed = { ...extra, closesAt: now + 1_000 }
        assert.deepStrictEqual(yield* hand.closeReviewWindow(extra.id), [closed])
        const again = yield* Effect.flip(hand.closeReviewWindow(extra.id))
        assert.include(String(again), "closed already")
        yield* TestClock.adjust("1 second")
        const last = yield* hand.openReviewWindow({ name: "Last", closesAt: now + 10_000 })
        // What is past and what is to come is left alone.
        assert.deepStrictEqual(yield* hand.closeReviewWindow(), [
          { ...spring, closesAt: now + 2_000 },
          { ...last, closesAt: now + 2_000 }
        ])
        const told = (yield* log).slice(-2)
        assert.deepStrictEqual(
          told.map(({ subject }) => subject?.name),
          ["Spring", "Last"]
        )
        assert.deepStrictEqual(yield* hand.closeReviewWindow(later.id), [later])
        assert.strictEqual((yield* log).at(-1)?.outcome, "deleted")
        assert.deepStrictEqual(yield* windows, [
          { ...spring, closesAt: now + 2_000 },
          closed,
          { ...last, closesAt: now + 2_000 }
        ])
      })
    )

    it.effect("windows opened at once all stand; the oldest past ones make room, and there is an end to it", () =>
      Effect.gen(function* () {
        const { hand, stands } = yield* arrange("reviewing-much")
        const open = (name: string, closesAt: number) => hand.openReviewWindow({ name, closesAt })
        const now = yield* Clock.currentTimeMillis
        const early = yield* Effect.all(
          Array.from({ length: maxReviewWindows - 4 }, (_, i) => open(`Early ${i}`, now + 1_000 + i)),
          { concurrency: "unbounded" }
        )
        yield* TestClock.adjust("1 hour")
        const later = now + 3_600_000
        const opened = yield* Effect.all(
          Array.from({ length: 8 }, (_, i) => open(`Window ${i}`, later + 9_000 + i)),
          { concurrency: "unbounded" }
        )
        assert.sameDeepMembers([...(yield* stands).reviewWindows], [...early.slice(4), ...opened])
        yield* Effect.all(
          Array.from({ length: maxReviewWindows - 8 }, (_, i) => open(`More ${i}`, later + 9_000)),
          { concurrency: "unbounded" }
        )
        assert.include(
          String(yield* Effect.flip(open("One more", later + 9_000))),
          `${maxReviewWindows} review windows`
        )
      })
    )

    it.effect("R-ORG-3: a key made by hand is in the log by label, kind, scopes and end, never by its secret", () =>
      Effect.gen(function* () {
        const { hand, log, organization } = yield* arrange("making-keys")
        const { key, secret } = yield* hand.issueKey({ kind: "api", label: " Shop ", scopes: ["read"] })
        const organizations = yield* Organizations
        assert.strictEqual(key.label, "Shop")
        assert.deepStrictEqual(yield* organizations.listKeys(organization.id), [key])
        const [entry] = yield* log
        assert.deepInclude(entry, { outcome: "created", status: 201 })
        assert.deepStrictEqual(entry?.subject, { type: "AccessKey", id: key.id, name: "Shop" })
        assert.deepStrictEqual(changesOf(entry), [
          ["kind", null, "API key"],
          ["label", null, "Shop"],
          ["scopes", null, ["read"]],
          ["endsWith", null, key.hint]
        ])
        assert.notInclude(JSON.stringify(entry), Redacted.value(secret))
        assert.notInclude(JSON.stringify(entry), yield* hashOf(secret))
      })
    )

    it.effect("a revoked key finds nobody from then on, stays listed, and is revoked once (ABUSE-24)", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const { hand, log, organization } = yield* arrange("revoking")
        const other = yield* arrange("not-revoking")
        const kept = yield* hand.issueKey({ kind: "scim", label: "kept" })
        yield* TestClock.adjust("1 second")
        const lost = yield* hand.issueKey({ kind: "scim", label: "lost" })
        const hash = yield* hashOf(lost.secret)
        const refused = Effect.fnUntraced(function* (asked: ReturnType<typeof hand.revokeKey>) {
          assert.include(String(yield* Effect.flip(asked)), "There is no live")
        })
        yield* refused(other.hand.revokeKey(lost.key.id))
        yield* refused(hand.revokeKey(lost.key.id, "api"))
        assert.isDefined(yield* organizations.findKeyHolder(hash))
        yield* organizations.touchKeys([{ organizationId: organization.id, keyId: lost.key.id, at: 7 }])
        yield* TestClock.adjust("2500 millis")
        const now = yield* Clock.currentTimeMillis
        yield* hand.revokeKey(lost.key.id, "scim")
        assert.deepInclude((yield* log).at(-1), { outcome: "deleted" })
        assert.isUndefined(yield* organizations.findKeyHolder(hash))
        yield* refused(hand.revokeKey(lost.key.id))
        assert.isDefined(yield* organizations.findKeyHolder(yield* hashOf(kept.secret)))
        assert.deepStrictEqual(yield* organizations.listKeys(organization.id), [
          kept.key,
          { ...lost.key, lastUsedAt: 7, revokedAt: now }
        ])
        assert.deepStrictEqual(yield* organizations.listKeys(other.organization.id), [])
      })
    )

    it.effect("the last API key for everything stays, also where two are revoked at once; the operator may", () =>
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const { hand, operator, organization } = yield* arrange("last-admin")
        const first = yield* hand.issueKey({ kind: "api", label: "first" })
        const second = yield* hand.issueKey({ kind: "api", label: "second" })
        yield* hand.issueKey({ kind: "api", label: "reader", scopes: ["read"] })
        const results = yield* Effect.all(
          [first, second].map(({ key }) => Effect.result(hand.revokeKey(key.id, "api"))),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(results.map(({ _tag }) => _tag).toSorted(), ["Failure", "Success"])
        const live = (yield* organizations.listKeys(organization.id)).filter(({ revokedAt }) => revokedAt === null)
        const [last] = live.filter(({ scopes }) => scopes.includes("admin"))
        const error = yield* Effect.flip(hand.revokeKey(last?.id ?? "", "api"))
        assert.include(String(error), "the last API key with the scope admin")
        yield* operator.revokeKey(last?.id ?? "")
      })
    )

    it.effect("there is an end to live keys, and room again where one is revoked", () =>
      Effect.gen(function* () {
        const { hand } = yield* arrange("many-keys")
        const issue = hand.issueKey({ kind: "scim", label: "one" })
        const made = yield* Effect.all(
          Array.from({ length: maxLiveKeys }, () => issue),
          { concurrency: "unbounded" }
        )
        assert.include(String(yield* Effect.flip(issue)), `${maxLiveKeys} live tokens and keys`)
        yield* hand.revokeKey(made[0]?.key.id ?? "")
        yield* issue
      })
    )

    it.effect("changes at once lose nothing of each other", () =>
      Effect.gen(function* () {
        const { hand, stands } = yield* arrange("at-once")
        yield* Effect.all(
          [
            hand.configure({ settings: { startDates: false } }),
            hand.configure({ settings: { existingGroupName: "overwrite" } }),
            hand.configure({ name: "At once" }),
            hand.configure({ timeZone: "Asia/Tokyo" }),
            hand.openReviewWindow({ name: "One", closesAt: 9e12 }),
            hand.openReviewWindow({ name: "Two", closesAt: 9e12 })
          ],
          { concurrency: "unbounded" }
        )
        const found = yield* stands
        assert.deepInclude(found, { name: "At once", timeZone: "Asia/Tokyo" })
        assert.deepStrictEqual(found.settings, { ...presets.rfc, startDates: false, existingGroupName: "overwrite" })
        assert.strictEqual(found.reviewWindows.length, 2)
      })
    )
  })
