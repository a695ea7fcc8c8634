import { assert, layer as suite } from "@effect/vitest"
import { personActor } from "@rollcall/domain/log/LogEntry"
import { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { OwnPassword } from "@rollcall/domain/user/OwnPassword"
import type { PasswordHash } from "@rollcall/domain/user/PasswordHash"
import {
  type PasswordLinkPurpose,
  PasswordLinks,
  passwordLinkLifetime,
  passwordLinkMemory
} from "@rollcall/domain/user/PasswordLinks"
import { Passwords } from "@rollcall/domain/user/Passwords"
import type { User } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"
import { Clock, Effect, type Layer, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import { cheapHash, PasswordProbe, personOf } from "./PasswordProbe.ts"

export type PasswordServices = Passwords | PasswordLinks | OwnPassword | Organizations | ProvisioningLog | PasswordProbe

/** An organisation of its own with one person in it. */
const somebody = Effect.gen(function* () {
  const organizations = yield* Organizations
  const probe = yield* PasswordProbe
  const organization = yield* organizations.create({
    subdomain: Subdomain.make(`p${SecureRandom.uuidV4Unsafe().slice(0, 12)}`),
    name: "Vértes & Co",
    timeZone: "UTC",
    scimEnabled: true,
    settings: presets.product
  })
  const user = personOf(UserId.make(SecureRandom.uuidV4Unsafe()), "Imre@vertes.example", 1)
  yield* probe.put(organization.id, user)
  return { organization, user }
})

const issue = (organization: OrganizationId, user: User, purpose: PasswordLinkPurpose = "set") =>
  Effect.flatMap(PasswordLinks, (links) => links.issue(organization, user.id, purpose, "imre@VERTES.example"))

const stateOf = (token: Redacted.Redacted<string>) =>
  Effect.flatMap(PasswordLinks, (links) => Effect.map(links.look(token), (link) => link?.state))

/** Sets the password by that link, whatever is known of how it stands. */
export const redeem = Effect.fnUntraced(function* (token: Redacted.Redacted<string>, hash: PasswordHash) {
  const link = yield* (yield* PasswordLinks).look(token)
  return link === undefined ? false : yield* (yield* OwnPassword).set(link, token, hash)
})

/** What the log has of an organisation, the oldest entry first. */
const logOf = (organization: OrganizationId) =>
  Effect.flatMap(ProvisioningLog, (log) =>
    Effect.map(log.search(organization, { limit: 200 }), ({ entries }) =>
      entries.toReversed().map(({ entry }) => entry)
    )
  )

/** What every adapter of {@link Passwords} and {@link PasswordLinks} keeps. */
export const passwordLinksContract = (name: string, services: Layer.Layer<PasswordServices>): void =>
  suite(services, { timeout: "60 seconds" })(`Passwords and PasswordLinks contract: ${name}`, (it) => {
    it.effect("a link is found by its token, with whose it is, and looking at it uses nothing up (R-MAIL-1)", () =>
      Effect.gen(function* () {
        const { organization, user } = yield* somebody
        const links = yield* PasswordLinks
        const now = yield* Clock.currentTimeMillis
        const { expiresAt, token } = yield* issue(organization.id, user, "reset")
        assert.strictEqual(expiresAt, now + 72 * 3_600_000)
        assert.match(Redacted.value(token), /^[A-Za-z0-9_-]{64}$/)
        assert.notInclude(String(token), Redacted.value(token))
        for (let i = 0; i < 3; i++) {
          const link = yield* links.look(token)
          assert.strictEqual(link?.state, "live")
          assert.strictEqual(link?.purpose, "reset")
          assert.strictEqual(link?.user, user.id)
          assert.strictEqual(link?.organization.id, organization.id)
          assert.strictEqual(link?.organization.subdomain, organization.subdomain)
          assert.strictEqual(link?.organization.name, "Vértes & Co")
          assert.deepStrictEqual(link?.organization.singleSignOn, { enabled: false, signInUrl: null })
          assert.strictEqual(link?.attributes.userName, "Imre@vertes.example")
        }
      })
    )

    it.effect("a token is another one each time, and links that were made before stay live", () =>
      Effect.gen(function* () {
        const { organization, user } = yield* somebody
        const first = yield* issue(organization.id, user)
        const second = yield* issue(organization.id, user)
        assert.notStrictEqual(Redacted.value(first.token), Redacted.value(second.token))
        assert.strictEqual(yield* stateOf(first.token), "live")
        assert.strictEqual(yield* stateOf(second.token), "live")
      })
    )

    it.effect(
      "a link sets the password once, and makes the person's other links void but nobody else's (R-MAIL-1)",
      () =>
        Effect.gen(function* () {
          const { organization, user } = yield* somebody
          const probe = yield* PasswordProbe
          const links = yield* PasswordLinks
          const passwords = yield* Passwords
          const colleague = personOf(UserId.make(SecureRandom.uuidV4Unsafe()), "bea@vertes.example", 2)
          yield* probe.put(organization.id, colleague)
          const hers = yield* links.issue(organization.id, colleague.id, "set", "bea@vertes.example")
          const first = yield* issue(organization.id, user)
          const second = yield* issue(organization.id, user)
          assert.isUndefined(yield* passwords.find(organization.id, user.id))
          assert.isTrue(yield* redeem(second.token, cheapHash("one")))
          assert.deepStrictEqual(yield* passwords.find(organization.id, user.id), {
            current: cheapHash("one"),
            synced: undefined
          })
          assert.strictEqual(yield* stateOf(second.token), "used")
          assert.strictEqual(yield* stateOf(first.token), "void")
          assert.strictEqual(yield* stateOf(hers.token), "live")
          assert.isFalse(yield* redeem(second.token, cheapHash("two")))
          assert.isFalse(yield* redeem(first.token, cheapHash("three")))
          assert.strictEqual((yield* passwords.find(organization.id, user.id))?.current, cheapHash("one"))
          const later = yield* issue(organization.id, user, "reset")
          assert.isTrue(yield* redeem(later.token, cheapHash("four")))
          assert.strictEqual((yield* passwords.find(organization.id, user.id))?.current, cheapHash("four"))
        })
    )

    it.effect("of many redemptions of one link at once exactly one wins, and its password stands (ABUSE-25)", () =>
      Effect.gen(function* () {
        const { organization, user } = yield* somebody
        const { token } = yield* issue(organization.id, user)
        const hashes = Array.from({ length: 12 }, (_, i) => cheapHash(`race${i}`))
        const won = yield* Effect.forEach(hashes, (hash) => redeem(token, hash), { concurrency: "unbounded" })
        assert.strictEqual(won.filter((winner) => winner).length, 1)
        const found = yield* (yield* Passwords).find(organization.id, user.id)
        assert.strictEqual(found?.current, hashes[won.indexOf(true)])
        assert.lengthOf(yield* logOf(organization.id), 1)
      })
    )

    it.effect("of redemptions of several links of one person at once exactly one wins (ABUSE-25)", () =>
      Effect.gen(function* () {
        const { organization, user } = yield* somebody
        for (let round = 0; round < 5; round++) {
          const issued = yield* Effect.forEach([0, 1, 2, 3, 4, 5], () => issue(organization.id, user))
          const won = yield* Effect.forEach(issued, ({ token }, i) => redeem(token, cheapHash(`many${round}x${i}`)), {
            concurrency: "unbounded"
          })
          assert.strictEqual(won.filter((winner) => winner).length, 1)
          const winner = won.indexOf(true)
          const found = yield* (yield* Passwords).find(organization.id, user.id)
          assert.strictEqual(found?.current, cheapHash(`many${round}x${winner}`))
          const states = yield* Effect.forEach(issued, ({ token }) => stateOf(token))
          assert.deepStrictEqual(
            states,
            states.map((_, i) => (i === winner ? "used" : "void"))
          )
        }
      })
    )

    it.effect("a password that is set leaves one entry beside it, of the person, without secrets (R-LOG-1)", () =>
      Effect.gen(function* () {
        const { organization, user } = yield* somebody
        const { token } = yield* issue(organization.id, user)
        const second = yield* issue(organization.id, user)
        assert.deepStrictEqual(yield* logOf(organization.id), [])
        assert.isTrue(yield* redeem(token, cheapHash("mine")))
        assert.isFalse(yield* redeem(token, cheapHash("again")))
        assert.isFalse(yield* redeem(second.token, cheapHash("late")))
        const [entry, ...more] = yield* logOf(organization.id)
        assert.deepStrictEqual(more, [], "what came too late leaves none")
        assert.deepInclude(entry, { outcome: "updated", status: 200, request: "POST /password/…", actor: personActor })
        assert.deepInclude(entry?.subject, { type: "User", id: user.id })
        assert.include(entry?.notes[0]?.text, "set a password by the link")
        for (const secret of [Redacted.value(token), cheapHash("mine")]) {
          assert.notInclude(JSON.stringify(entry), secret)
        }
      })
    )

    it.effect("a link lives for 72 hours, is then known as expired, and is forgotten with a later one (R-MAIL-1)", () =>
      Effect.gen(function* () {
        const { organization, user } = yield* somebody
        const { token } = yield* issue(organization.id, user)
        yield* TestClock.adjust(passwordLinkLifetime - 1)
        assert.strictEqual(yield* stateOf(token), "live")
        yield* TestClock.adjust(1)
        assert.strictEqual(yield* stateOf(token), "expired")
        assert.isFalse(yield* redeem(token, cheapHash("late")))
        assert.isUndefined(yield* (yield* Passwords).find(organization.id, user.id))
        yield* TestClock.adjust(passwordLinkMemory - 1)
        yield* issue(organization.id, user)
        assert.strictEqual(yield* stateOf(token), "expired")
        yield* TestClock.adjust(1)
        const next = yield* issue(organization.id, user)
        assert.isUndefined(yield* stateOf(token))
        assert.strictEqual(yield* stateOf(next.token), "live")
      })
    )

    it.effect(
      "open links die with the e-mail that they were sent to; another spelling is the same one (ABUSE-19)",
      () =>
        Effect.gen(function* () {
          const { organization, user } = yield* somebody
          const probe = yield* PasswordProbe
          const links = yield* PasswordLinks
          const { token } = yield* issue(organization.id, user)
          yield* probe.put(organization.id, personOf(user.id, "IMRE@vertes.example", 1))
          assert.strictEqual(yield* stateOf(token), "live")
          yield* probe.put(organization.id, personOf(user.id, "taken-over@vertes.example", 1))
          assert.strictEqual(yield* stateOf(token), "void")
          assert.isFalse(yield* redeem(token, cheapHash("stolen")))
          assert.isUndefined(yield* (yield* Passwords).find(organization.id, user.id))
          const fresh = yield* links.issue(organization.id, user.id, "set", "taken-over@vertes.example")
          assert.strictEqual(yield* stateOf(fresh.token), "live")
        })
    )

    it.effect("a link sent to what is not the person's e-mail never lives (ABUSE-19, ABUSE-34)", () =>
      Effect.gen(function* () {
        const { organization, user } = yield* somebody
        const links = yield* PasswordLinks
        const { token } = yield* links.issue(organization.id, user.id, "set", "else@vertes.example")
        assert.strictEqual(yield* stateOf(token), "void")
        assert.isFalse(yield* redeem(token, cheapHash("else")))
      })
    )

    it.effect("open links are dead while the person is deactivated or deleted (ABUSE-19)", () =>
      Effect.gen(function* () {
        const { organization, user } = yield* somebody
        const probe = yield* PasswordProbe
        const { token } = yield* issue(organization.id, user)
        yield* probe.put(organization.id, { ...user, attributes: { ...user.attributes, active: false } })
        assert.strictEqual(yield* stateOf(token), "void")
        assert.isFalse(yield* redeem(token, cheapHash("away")))
        yield* probe.put(organization.id, { ...user, deletedAt: 5 })
        assert.strictEqual(yield* stateOf(token), "void")
        assert.isFalse(yield* redeem(token, cheapHash("gone")))
        assert.isUndefined(yield* (yield* Passwords).find(organization.id, user.id))
        const { active: _, ...withoutActive } = user.attributes
        yield* probe.put(organization.id, { ...user, attributes: withoutActive })
        assert.strictEqual(yield* stateOf(token), "live", "an account without the attribute is active")
      })
    )

    it.effect("a token that is unknown, malformed, or of another organisation's id finds nothing (ABUSE-11)", () =>
      Effect.gen(function* () {
        const { organization, user } = yield* somebody
        const other = yield* somebody
        const links = yield* PasswordLinks
        const text = Redacted.value((yield* issue(organization.id, user)).token)
        const otherText = Redacted.value((yield* issue(other.organization.id, other.user)).token)
        const changed = text.endsWith("A") ? `${text.slice(0, -1)}B` : `${text.slice(0, -1)}A`
        const mixed = otherText.slice(0, 21) + text.slice(21)
        const odd = ["%", "\0".repeat(64), "é".repeat(64), "-".repeat(64)]
        for (const wrong of ["", "x", changed, mixed, text.slice(1), `${text}A`, `${text} `, ...odd]) {
          assert.isUndefined(yield* links.look(Redacted.make(wrong)))
          assert.isFalse(yield* redeem(Redacted.make(wrong), cheapHash("wrong")))
        }
        assert.strictEqual(yield* stateOf(Redacted.make(text)), "live")
      })
    )

    it.effect("no link is made for somebody who is not there", () =>
      Effect.gen(function* () {
        const { organization } = yield* somebody
        const links = yield* PasswordLinks
        const nobody = UserId.make(SecureRandom.uuidV4Unsafe())
        const { token } = yield* links.issue(organization.id, nobody, "set", "nobody@vertes.example")
        assert.isUndefined(yield* links.look(token))
        assert.isFalse(yield* redeem(token, cheapHash("nobody")))
      })
    )

    it.effect("a password that was synced stays known as such when the person chooses another one (R-MAIL-2)", () =>
      Effect.gen(function* () {
        const { organization, user } = yield* somebody
        const probe = yield* PasswordProbe
        const passwords = yield* Passwords
        yield* probe.sync(organization.id, user.id, cheapHash("sent"))
        const sent = { current: cheapHash("sent"), synced: cheapHash("sent") }
        assert.deepStrictEqual(yield* passwords.find(organization.id, user.id), sent)
        const { token } = yield* issue(organization.id, user, "reset")
        assert.isTrue(yield* redeem(token, cheapHash("own")))
        assert.deepStrictEqual(yield* passwords.find(organization.id, user.id), { ...sent, current: cheapHash("own") })
        yield* probe.sync(organization.id, user.id, cheapHash("again"))
        const again = { current: cheapHash("again"), synced: cheapHash("again") }
        assert.deepStrictEqual(yield* passwords.find(organization.id, user.id), again)
      })
    )

    it.effect("nobody's password is found in another organisation, nor a deleted person's (R-ORG-1, R-USER-8)", () =>
      Effect.gen(function* () {
        const { organization, user } = yield* somebody
        const other = yield* somebody
        const probe = yield* PasswordProbe
        const passwords = yield* Passwords
        yield* probe.sync(organization.id, user.id, cheapHash("mine"))
        assert.isUndefined(yield* passwords.find(other.organization.id, user.id))
        assert.isUndefined(yield* passwords.find(organization.id, other.user.id))
        yield* probe.put(organization.id, { ...user, deletedAt: 5 })
        assert.isUndefined(yield* passwords.find(organization.id, user.id))
      })
    )
  })
