import { assert, layer as suite } from "@effect/vitest"
import { afterAttempt, type MailAttempt } from "@rollcall/domain/mail/MailAttempt"
import { Outbox, type SettleMails } from "@rollcall/domain/mail/Outbox"
import type { OutboxMail } from "@rollcall/domain/mail/OutboxMail"
import { UserId } from "@rollcall/domain/user/UserId"
import { Clock, Effect, Exit, type Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import { newOrganization, newPerson, OutboxProbe, personOf } from "./OutboxProbe.ts"
import { claimed, complete, domain, failed, lease, sent, started, withWelcomes, workIn } from "./OutboxScene.ts"

/** What every adapter of {@link Outbox} keeps where nobody is sent any e-mail. */
export const outboxSettlingContract = (name: string, layer: Layer.Layer<Outbox | OutboxProbe>): void =>
  suite(layer, { timeout: "60 seconds" })(`the outbox that sends nothing (${name})`, (it) => {
    it.effect("what nobody is sent is settled as it is noted, by what stands of the person then", () =>
      Effect.gen(function* () {
        const outbox = yield* Outbox
        const probe = yield* OutboxProbe
        const organization = yield* newOrganization({
          singleSignOn: { enabled: true, signInUrl: "https://sso.example" }
        })
        const { id } = organization
        const here = yield* newPerson(id, "ines")
        const deleted = yield* newPerson(id, "gone")
        yield* probe.savePerson(id, deleted, { attributes: personOf("gone"), deleted: true })
        const absent = yield* newPerson(id, "unreachable")
        yield* probe.happen(id, [
          { type: "user.created", user: here, version: 1, revived: false },
          started(here, "welcome"),
          started(deleted, "startDay"),
          started(absent, "welcome"),
          started(here, "welcome")
        ])
        yield* TestClock.adjust("90 seconds")
        const now = yield* Clock.currentTimeMillis
        const outcomes: Array<OutboxMail> = []
        const more = yield* outbox.consume(id, domain, (due) =>
          Effect.sync(() => {
            assert.deepStrictEqual(
              due.map(({ mail, person }) => [mail.user, person?.includes("@halden.example")]),
              due.map(({ mail }) => [mail.user, mail.user === deleted ? undefined : true])
            )
            for (const { mail, organization: whose } of due) {
              assert.deepStrictEqual(whose, organization)
              assert.deepStrictEqual([mail.attempts, mail.firstAttemptAt, mail.lastAttemptAt], [1, now, now])
            }
            const attempts = due.map(({ mail }): MailAttempt => {
              if (mail.user === deleted) return { _tag: "Withdrawn", reason: "deleted" }
              return mail.user === absent ? failed : { _tag: "Kept", recipient: "ines@halden.example" }
            })
            const made = due.map(({ mail }, i) => afterAttempt(mail, attempts[i] ?? sent, now, 0.5))
            outcomes.push(...made)
            return made
          })
        )
        assert.isFalse(more)
        const { mails } = yield* outbox.list(id, { count: 9 })
        assert.deepStrictEqual(Object.fromEntries(mails.map(({ state, user }) => [user, state])), {
          [here]: "kept",
          [deleted]: "withdrawn",
          [absent]: "failed"
        })
        for (const mail of mails) assert.deepInclude(outcomes, mail)
        assert.deepStrictEqual(yield* workIn(id), [])
        assert.isUndefined(yield* outbox.claim(id, lease))
        // What failed is tried again like any other.
        yield* TestClock.adjust("1 hour")
        assert.strictEqual((yield* claimed(id)).mail.user, absent)
      })
    )

    it.effect("where settling what is noted dies nothing is noted, and the events are read again", () =>
      Effect.gen(function* () {
        const outbox = yield* Outbox
        const { id } = yield* newOrganization()
        const user = yield* newPerson(id, "ines")
        yield* (yield* OutboxProbe).happen(id, [started(user, "welcome")])
        const exit = yield* Effect.exit(outbox.consume(id, domain, () => Effect.die(new Error("no"))))
        assert.isTrue(Exit.isFailure(exit))
        assert.deepStrictEqual((yield* outbox.list(id, { count: 9 })).mails, [])
        assert.deepStrictEqual(yield* workIn(id), [true])
        yield* outbox.consume(id, domain)
        assert.strictEqual((yield* claimed(id)).mail.user, user)
      })
    )

    it.effect(
      "any number may settle what they note of the same events at once: each e-mail is there once (R-MAIL-3)",
      () =>
        Effect.gen(function* () {
          const outbox = yield* Outbox
          const { id } = yield* newOrganization()
          const users = Array.from({ length: 1_200 }, () => UserId.make(SecureRandom.uuidV4Unsafe()))
          yield* (yield* OutboxProbe).happen(
            id,
            users.map((user) => started(user, "startDay"))
          )
          const withdraw: SettleMails = (due) =>
            Effect.map(Clock.currentTimeMillis, (now) =>
              due.map(({ mail }) => afterAttempt(mail, { _tag: "Withdrawn", reason: "nobody" }, now, 0.5))
            )
          const readAll = Effect.gen(function* () {
            while ((yield* workIn(id)).includes(true)) yield* outbox.consume(id, domain, withdraw)
          })
          yield* Effect.all(
            Array.from({ length: 6 }, () => readAll),
            { concurrency: "unbounded" }
          )
          const { mails } = yield* outbox.list(id, { state: "withdrawn", count: 5_000 })
          assert.deepStrictEqual(mails.map(({ user }) => user).toSorted(), users.toSorted())
        })
    )

    it.effect("several are settled at once, in one organisation, and by nobody else meanwhile (ABUSE-37)", () =>
      Effect.gen(function* () {
        const { id, outbox, users } = yield* withWelcomes(5)
        yield* withWelcomes(1)
        const beingSent = yield* claimed(id)
        const attempts = [sent, failed, { _tag: "Refused", recipient: undefined, error: "gone" }] as const
        const settled: Array<OutboxMail> = []
        const settle = (most: number) =>
          outbox.settleSeveral(id, most, (claims) =>
            Effect.gen(function* () {
              const now = yield* Clock.currentTimeMillis
              return claims.map(({ mail, person }, i) => {
                assert.deepStrictEqual([mail.attempts, mail.firstAttemptAt, mail.lastAttemptAt], [1, now, now])
                assert.include(person, "@halden.example")
                const outcome = afterAttempt(mail, attempts[i] ?? sent, now, 0.5)
                settled.push(outcome)
                return outcome
              })
            })
          )
        assert.strictEqual(yield* settle(3), 3)
        assert.strictEqual(yield* settle(1_000), 1)
        assert.strictEqual(yield* settle(3), 0)
        assert.deepStrictEqual(
          new Set([...settled.map(({ user }) => user), beingSent.mail.user]),
          new Set<UserId>(users)
        )
        for (const mail of settled) assert.deepStrictEqual(yield* outbox.find(id, mail.key), mail)
        // A claim is not settled by another.
        assert.isTrue(yield* complete(beingSent, sent))
      })
    )

    it.effect("what dies while it is settled stays as it was, and is due again", () =>
      Effect.gen(function* () {
        const { id, outbox } = yield* withWelcomes(2)
        const before = (yield* outbox.list(id, { count: 9 })).mails
        const exit = yield* Effect.exit(outbox.settleSeveral(id, 9, () => Effect.die(new Error("no"))))
        assert.isTrue(Exit.isFailure(exit))
        assert.deepStrictEqual((yield* outbox.list(id, { count: 9 })).mails, before)
        assert.strictEqual(
          yield* outbox.settleSeveral(id, 9, (claims) => Effect.succeed(claims.map(({ mail }) => mail))),
          2
        )
      })
    )
  })
