import { assert, layer as suite } from "@effect/vitest"
import { type MailQuery, Outbox } from "@rollcall/domain/mail/Outbox"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { UserId } from "@rollcall/domain/user/UserId"
import { Clock, Effect, type Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import { newOrganization, newPerson, OutboxProbe } from "./OutboxProbe.ts"
import {
  claimed,
  complete,
  domain,
  failed,
  happened,
  lease,
  sent,
  started,
  withWelcomes,
  workIn
} from "./OutboxScene.ts"
import { outboxSettlingContract } from "./OutboxSettlingContract.ts"

/** What every adapter of {@link Outbox} keeps. */
export const outboxContract = (name: string, layer: Layer.Layer<Outbox | OutboxProbe>): void => {
  outboxSettlingContract(name, layer)
  suite(layer, { timeout: "60 seconds" })(`the outbox (${name})`, (it) => {
    it.effect("owes what the events say, reads each event once, and looks up who it is for (R-MAIL-3)", () =>
      Effect.gen(function* () {
        const outbox = yield* Outbox
        const probe = yield* OutboxProbe
        const organization = yield* newOrganization({
          singleSignOn: { enabled: true, signInUrl: "https://sso.example" }
        })
        const user = yield* newPerson(organization.id, "ines")
        assert.deepStrictEqual(yield* workIn(organization.id), [])
        yield* TestClock.adjust("1234 millis")
        const now = yield* Clock.currentTimeMillis
        yield* probe.happen(organization.id, [
          { type: "user.created", user, version: 1, revived: false },
          started(user, "welcome"),
          { type: "user.updated", user, version: 2, attributes: ['"mail"'] }
        ])
        assert.deepStrictEqual(yield* workIn(organization.id), [true])
        assert.isFalse(yield* outbox.consume(organization.id, domain))
        const expected = {
          key: `start:${user}`,
          user,
          occasion: "welcome",
          state: "pending",
          messageId: `<start.${user}@${domain}>`,
          recipient: undefined,
          owedAt: now,
          attempts: 0,
          firstAttemptAt: undefined,
          lastAttemptAt: undefined,
          dueAt: now,
          endedAt: undefined,
          error: undefined
        } as const
        assert.deepStrictEqual(yield* outbox.list(organization.id, { count: 10 }), {
          mails: [expected],
          next: undefined
        })
        assert.deepStrictEqual(yield* outbox.find(organization.id, expected.key), expected)
        assert.deepStrictEqual(yield* workIn(organization.id), [false])
        assert.isFalse(yield* outbox.consume(organization.id, "other.example"))
        assert.lengthOf((yield* outbox.list(organization.id, { count: 10 })).mails, 1)

        yield* TestClock.adjust("1 second")
        const claim = yield* claimed(organization.id)
        assert.deepStrictEqual(claim.organization, organization)
        assert.include(claim.person, "ines@halden.example")
        assert.deepStrictEqual(claim.mail, {
          ...expected,
          attempts: 1,
          firstAttemptAt: now + 1_000,
          lastAttemptAt: now + 1_000,
          dueAt: now + 1_000 + lease
        })
        assert.deepStrictEqual(yield* outbox.find(organization.id, expected.key), claim.mail)
        assert.deepStrictEqual(yield* workIn(organization.id), [])
      })
    )

    it.effect("whoever starts is told once for ever, whichever way; other occasions come with each event", () =>
      Effect.gen(function* () {
        const { id, outbox, probe, user } = yield* withWelcomes(1)
        yield* complete(yield* claimed(id), sent)
        yield* probe.happen(id, [started(user, "startDay"), happened(user, "welcomeBack"), started(user, "welcome")])
        yield* probe.happen(id, [happened(user, "welcomeBack"), happened(user, "passwordReset")])
        yield* outbox.consume(id, domain)
        const { mails } = yield* outbox.list(id, { count: 10 })
        assert.deepStrictEqual(mails.map((mail) => [mail.key, mail.state]).toSorted(), [
          [`passwordReset:${user}:6`, "pending"],
          [`start:${user}`, "sent"],
          [`welcomeBack:${user}:3`, "pending"],
          [`welcomeBack:${user}:5`, "pending"]
        ])
        assert.strictEqual(mails.find(({ key }) => key.startsWith("start:"))?.occasion, "welcome")
      })
    )

    it.effect("any number may read the same events at once: nothing is lost or there twice (R-MAIL-3)", () =>
      Effect.gen(function* () {
        const outbox = yield* Outbox
        const probe = yield* OutboxProbe
        const { id } = yield* newOrganization()
        const users = Array.from({ length: 2_500 }, () => UserId.make(SecureRandom.uuidV4Unsafe()))
        yield* probe.happen(
          id,
          users.map((user) => started(user, "startDay"))
        )
        const readAll = Effect.gen(function* () {
          while ((yield* workIn(id)).includes(true)) yield* outbox.consume(id, domain)
        })
        yield* Effect.all(
          Array.from({ length: 6 }, () => readAll),
          { concurrency: "unbounded" }
        )
        const { mails, next } = yield* outbox.list(id, { count: 5_000 })
        assert.isUndefined(next)
        assert.deepStrictEqual(mails.map(({ user }) => user).toSorted(), users.toSorted())
      })
    )

    it.effect("each of many workers gets another e-mail, the one due for longest first (ABUSE-37)", () =>
      Effect.gen(function* () {
        const { id, outbox, users } = yield* withWelcomes(10)
        const first = yield* claimed(id)
        yield* complete(first, failed)
        const claims = yield* Effect.all(
          Array.from({ length: 16 }, () => outbox.claim(id, lease)),
          { concurrency: "unbounded" }
        )
        const got = claims.flatMap((claim) => (claim === undefined ? [] : [claim.mail.user]))
        assert.deepStrictEqual([...got, first.mail.user].toSorted(), users.toSorted())
        assert.isUndefined(yield* outbox.claim(id, lease))
        // The failed one is due before the leases of the others end.
        yield* TestClock.adjust("45 seconds")
        assert.strictEqual((yield* claimed(id)).mail.key, first.mail.key)
        assert.isUndefined(yield* outbox.claim(id, lease))
      })
    )

    it.effect(
      "after the lease another worker has it, by the same Message-ID; the stale one cannot complete (ABUSE-37)",
      () =>
        Effect.gen(function* () {
          const { id, outbox } = yield* withWelcomes(1)
          const stale = yield* claimed(id)
          yield* TestClock.adjust(lease - 1)
          assert.isUndefined(yield* outbox.claim(id, lease))
          yield* TestClock.adjust(1)
          const second = yield* claimed(id)
          assert.strictEqual(second.mail.messageId, stale.mail.messageId)
          assert.strictEqual(second.mail.attempts, 2)
          assert.strictEqual(second.mail.firstAttemptAt, stale.mail.firstAttemptAt)
          assert.isFalse(yield* complete(stale, { _tag: "Refused", recipient: undefined, error: "no" }))
          yield* outbox.release(stale)
          assert.deepStrictEqual(yield* outbox.find(id, stale.mail.key), second.mail)
          assert.isTrue(yield* complete(second, sent))
          const now = yield* Clock.currentTimeMillis
          const expected = {
            ...second.mail,
            state: "sent",
            recipient: sent.recipient,
            dueAt: undefined,
            endedAt: now
          } as const
          assert.deepStrictEqual(yield* outbox.find(id, stale.mail.key), expected)
          assert.isFalse(yield* complete(second, failed))
          assert.isFalse(yield* complete(stale, failed))
          assert.deepStrictEqual(yield* outbox.find(id, stale.mail.key), expected)
          yield* TestClock.adjust("30 days")
          assert.isUndefined(yield* outbox.claim(id, lease))
          assert.deepStrictEqual(yield* workIn(id), [])
        })
    )

    it.effect("a late worker whose e-mail nobody else has taken may still tell that it was sent", () =>
      Effect.gen(function* () {
        const { id, outbox } = yield* withWelcomes(1)
        const late = yield* claimed(id)
        yield* TestClock.adjust(lease + 1)
        assert.isTrue(yield* complete(late, sent))
        assert.isUndefined(yield* outbox.claim(id, lease))
      })
    )

    it.effect("a claim that is given back is due at once, and was no attempt (ABUSE-40)", () =>
      Effect.gen(function* () {
        const { id, outbox } = yield* withWelcomes(1)
        const before = yield* outbox.find(id, (yield* outbox.list(id, { count: 1 })).mails[0]?.key ?? "")
        const claim = yield* claimed(id)
        yield* TestClock.adjust("1 second")
        yield* outbox.release(claim)
        const now = yield* Clock.currentTimeMillis
        assert.deepStrictEqual(yield* outbox.find(id, claim.mail.key), {
          ...claim.mail,
          attempts: before?.attempts ?? -1,
          firstAttemptAt: undefined,
          dueAt: now
        })
        assert.isFalse(yield* complete(claim, sent))
        const again = yield* claimed(id)
        assert.strictEqual(again.mail.attempts, 1)
        assert.notStrictEqual(again.token, claim.token)
      })
    )

    it.effect("what failed is due again after its pause, with what went wrong", () =>
      Effect.gen(function* () {
        const { id, outbox } = yield* withWelcomes(1)
        const claim = yield* claimed(id)
        yield* complete(claim, failed)
        const now = yield* Clock.currentTimeMillis
        assert.deepStrictEqual(yield* outbox.find(id, claim.mail.key), {
          ...claim.mail,
          state: "failed",
          recipient: failed.recipient,
          dueAt: now + 30_000,
          error: "451 later"
        })
        yield* TestClock.adjust("29999 millis")
        assert.isUndefined(yield* outbox.claim(id, lease))
        assert.deepStrictEqual(yield* workIn(id), [])
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(yield* workIn(id), [false])
        const again = yield* claimed(id)
        assert.strictEqual(again.mail.state, "pending")
        assert.strictEqual(again.mail.error, "451 later")
      })
    )

    it.effect("of a deleted person, and of one who never was, there is nobody to write to", () =>
      Effect.gen(function* () {
        const { id, outbox, probe, user } = yield* withWelcomes(1)
        yield* probe.savePerson(id, user, { attributes: { userName: "person-0@halden.example" }, deleted: true })
        const stranger = UserId.make(SecureRandom.uuidV4Unsafe())
        yield* probe.happen(id, [started(stranger, "welcome")])
        yield* outbox.consume(id, domain)
        assert.isUndefined((yield* claimed(id)).person)
        assert.isUndefined((yield* claimed(id)).person)
      })
    )

    it.effect("lists the latest first, by state and by person, page by page", () =>
      Effect.gen(function* () {
        const { id, outbox, probe, user, users } = yield* withWelcomes(4)
        yield* TestClock.adjust("1 second")
        yield* probe.happen(id, [happened(user, "welcomeBack")])
        yield* outbox.consume(id, domain)
        yield* complete(yield* claimed(id), failed)
        yield* complete(yield* claimed(id), sent)

        const pages = Effect.fnUntraced(function* (query: Omit<MailQuery, "count">) {
          const found: Array<string> = []
          let after: string | undefined
          do {
            const page = yield* outbox.list(id, { ...query, count: 2, ...(after === undefined ? {} : { after }) })
            assert.isAtMost(page.mails.length, 2)
            found.push(...page.mails.map(({ key }) => key))
            after = page.next
          } while (after !== undefined)
          return found
        })
        const { mails, next } = yield* outbox.list(id, { count: 5 })
        assert.isUndefined(next)
        const keys = mails.map(({ key }) => key)
        assert.deepStrictEqual(keys, [
          `welcomeBack:${user}:5`,
          ...users
            .map((one) => `start:${one}`)
            .toSorted()
            .toReversed()
        ])
        assert.deepStrictEqual(yield* pages({}), keys)
        for (const state of ["pending", "failed", "sent", "givenUp"] as const) {
          const expected = mails.filter((mail) => mail.state === state).map(({ key }) => key)
          assert.deepStrictEqual(yield* pages({ state }), expected)
        }
        assert.deepStrictEqual(yield* pages({ user }), [`welcomeBack:${user}:5`, `start:${user}`])
        assert.deepStrictEqual(yield* pages({ user, state: "withdrawn" }), [])
        const nobody = UserId.make("nobody")
        assert.deepStrictEqual(yield* outbox.list(id, { user: nobody, count: 5 }), { mails: [], next: undefined })
        for (const after of ["", "x", "1.start:\u0000", ".", "-1.x", "1e999.x", "9".repeat(40)]) {
          assert.deepStrictEqual(yield* outbox.list(id, { after, count: 5 }), { mails: [], next: undefined }, after)
        }
      })
    )

    it.effect("an admin resends what has ended, one by one: it is pending again, as if new", () =>
      Effect.gen(function* () {
        const { id, outbox } = yield* withWelcomes(1)
        const attempts = [
          failed,
          { _tag: "Refused", recipient: "person-0@halden.example", error: "550 no such user" },
          { _tag: "Kept", recipient: "person-0@halden.example" },
          { _tag: "Withdrawn", reason: "deactivated" }
        ] as const
        for (const attempt of attempts) {
          const claim = yield* claimed(id)
          assert.strictEqual(claim.mail.attempts, 1)
          yield* complete(claim, attempt)
          yield* TestClock.adjust("1 second")
          const now = yield* Clock.currentTimeMillis
          const again = yield* outbox.resend(id, claim.mail.key)
          assert.deepStrictEqual(
            again,
            {
              ...claim.mail,
              state: "pending",
              recipient: "person-0@halden.example",
              attempts: 0,
              firstAttemptAt: undefined,
              dueAt: now,
              endedAt: undefined,
              error: undefined
            },
            attempt._tag
          )
          assert.deepStrictEqual(yield* outbox.find(id, claim.mail.key), again)
        }
        for (const key of ["start:nobody", "", "start:\u0000", "x".repeat(10_000)]) {
          assert.isUndefined(yield* outbox.find(id, key))
          assert.isUndefined(yield* outbox.resend(id, key))
        }
      })
    )

    it.effect(
      "what was sent and is resent has another Message-ID, for mail servers drop a second one of the same",
      () =>
        Effect.gen(function* () {
          const { id, outbox } = yield* withWelcomes(1)
          const ids = new Set<string>()
          for (let i = 0; i < 3; i++) {
            const claim = yield* claimed(id)
            ids.add(claim.mail.messageId)
            assert.match(claim.mail.messageId, /^<start\.[0-9a-f-]{36}(\.[0-9a-z]+)?@mail\.halden\.example>$/)
            yield* complete(claim, sent)
            yield* TestClock.adjust("1 minute")
            yield* outbox.resend(id, claim.mail.key)
          }
          assert.strictEqual(ids.size, 3)
        })
    )

    it.effect("resending changes nothing of an e-mail that is pending, and takes it from nobody", () =>
      Effect.gen(function* () {
        const { id, outbox } = yield* withWelcomes(1)
        const claim = yield* claimed(id)
        assert.deepStrictEqual(yield* outbox.resend(id, claim.mail.key), claim.mail)
        assert.isUndefined(yield* outbox.claim(id, lease))
        assert.isTrue(yield* complete(claim, sent))
      })
    )

    it.effect("an admin resends all of a state at one stroke, and nothing else", () =>
      Effect.gen(function* () {
        const { id, outbox } = yield* withWelcomes(5)
        const other = yield* withWelcomes(1)
        const kept = { _tag: "Kept", recipient: "someone@halden.example" } as const
        for (const attempt of [kept, kept, failed, sent]) yield* complete(yield* claimed(id), attempt)
        yield* complete(yield* claimed(other.id), kept)
        const statesOf = (organization: OrganizationId) =>
          Effect.map(outbox.list(organization, { count: 10 }), ({ mails }) =>
            mails.map(({ state }) => state).toSorted()
          )
        assert.strictEqual(yield* outbox.resendAll(id, "givenUp"), 0)
        assert.deepStrictEqual([yield* outbox.count(id, "kept"), yield* outbox.count(id, "givenUp")], [2, 0])
        assert.strictEqual(yield* outbox.resendAll(id, "kept"), 2)
        assert.strictEqual(yield* outbox.count(id, "kept"), 0)
        assert.deepStrictEqual(yield* statesOf(id), ["failed", "pending", "pending", "pending", "sent"])
        assert.deepStrictEqual(yield* statesOf(other.id), ["kept"])
        assert.strictEqual((yield* claimed(id)).mail.attempts, 1)
      })
    )

    it.effect("another organisation's e-mails are not there (ABUSE-11)", () =>
      Effect.gen(function* () {
        const { id, outbox, user } = yield* withWelcomes(1)
        const key = `start:${user}`
        const other = yield* newOrganization()
        const before = yield* outbox.find(id, key)
        assert.isUndefined(yield* outbox.find(other.id, key))
        assert.isUndefined(yield* outbox.claim(other.id, lease))
        assert.deepStrictEqual(yield* outbox.list(other.id, { user, count: 10 }), { mails: [], next: undefined })
        assert.isUndefined(yield* outbox.resend(other.id, key))
        const claim = yield* claimed(id)
        const foreign = { ...claim, organization: other }
        assert.isFalse(yield* complete(foreign, sent))
        yield* outbox.release(foreign)
        assert.strictEqual((yield* outbox.find(id, key))?.attempts, (before?.attempts ?? -1) + 1)
      })
    )
  })
}
