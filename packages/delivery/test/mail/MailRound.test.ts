import { assert, describe, it } from "@effect/vitest"
import { Mailer, MailUndelivered } from "@rollcall/delivery/mail/Mailer"
import type { MailMessage } from "@rollcall/delivery/mail/MailMessage"
import { mailLease, makeMailRound } from "@rollcall/delivery/mail/MailRound"
import { layerSmtp } from "@rollcall/delivery/mail/SmtpMailer"
import { Outbox } from "@rollcall/domain/mail/Outbox"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Clock, Deferred, Effect, Fiber, Layer, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import { freePort } from "../../../../test/support/FreePort.ts"
import { startMailServer } from "../../../../test/support/LoopbackMailServer.ts"
import { layerMemoryProbe, newOrganization, newPerson, OutboxProbe } from "../../../domain/test/contract/OutboxProbe.ts"
import { IssuedLinks, layerLinks, layerMailer, oweMail, SentMails, settings, statesOf } from "./MailFixture.ts"

const fixture = Layer.mergeAll(layerMailer, layerLinks).pipe(
  Layer.provideMerge(Layer.mergeAll(SentMails.layer, IssuedLinks.layer, layerMemoryProbe))
)
const overSmtp = (port: number) =>
  Layer.mergeAll(layerSmtp(Redacted.make(`smtp://127.0.0.1:${port}`)), layerLinks).pipe(
    Layer.provideMerge(Layer.mergeAll(IssuedLinks.layer, layerMemoryProbe))
  )

const oweMany = (organization: OrganizationId, prefix: string, count: number) =>
  Effect.forEach(
    Array.from({ length: count }, (_, i) => `${prefix}${i}`),
    (name) => oweMail(organization, name)
  )

const repeated = (messages: ReadonlyArray<Pick<MailMessage, "messageId">>) =>
  messages.length - new Set(messages.map(({ messageId }) => messageId)).size

describe("a round of the mail job", () => {
  it.effect("reads what has happened and sends it, once, whoever runs it (R-MAIL-3)", () =>
    Effect.gen(function* () {
      const sent = yield* SentMails
      const probe = yield* OutboxProbe
      const { id } = yield* newOrganization()
      for (let i = 0; i < 30; i++) {
        const user = yield* newPerson(id, `person-${i}`)
        yield* probe.happen(id, [{ type: "user.started", user, version: 1, mail: "startDay" }])
      }
      const servers = yield* Effect.all([makeMailRound(settings), makeMailRound(settings), makeMailRound(settings)])
      yield* Effect.all(servers, { concurrency: "unbounded" })
      assert.lengthOf(sent.messages, 30)
      assert.strictEqual(repeated(sent.messages), 0)
      assert.deepStrictEqual(yield* statesOf(id), { sent: 30 })
      yield* Effect.all(servers, { concurrency: "unbounded" })
      assert.lengthOf(sent.messages, 30)
    }).pipe(Effect.provide(fixture))
  )

  it.effect("one organisation with many e-mails does not keep another waiting", () =>
    Effect.gen(function* () {
      const sent = yield* SentMails
      const big = yield* newOrganization({ name: "Big" })
      const small = yield* newOrganization({ name: "Small" })
      yield* oweMany(big.id, "big", 200)
      yield* oweMany(small.id, "small", 5)
      yield* yield* makeMailRound(settings)
      const places = sent.messages.flatMap(({ to }, place) => (to.address.startsWith("small") ? [place] : []))
      assert.lengthOf(places, 5)
      assert.isBelow(Math.max(...places), 20)
      assert.lengthOf(sent.messages, 205)
    }).pipe(Effect.provide(fixture))
  )

  it.effect("while the mail server is away, few e-mails are spent on finding out; then all go, once", () =>
    Effect.gen(function* () {
      const sent = yield* SentMails
      const { id } = yield* newOrganization()
      yield* oweMany(id, "person-", 100)
      let tries = 0
      sent.answer = () =>
        Effect.andThen(
          Effect.sync(() => tries++),
          Effect.fail(new MailUndelivered({ kind: "unreachable", detail: "connect ECONNREFUSED" }))
        )
      const round = yield* makeMailRound(settings)
      for (let second = 0; second < 3_600; second++) {
        yield* round
        yield* TestClock.adjust("1 second")
      }
      assert.isAtMost(tries, 80)
      assert.isAtLeast(tries, 50)
      sent.answer = () => Effect.void
      yield* TestClock.adjust("1 minute")
      yield* round
      yield* round
      yield* TestClock.adjust("1 hour")
      yield* round
      yield* TestClock.adjust("1 hour")
      yield* round
      assert.deepStrictEqual(yield* statesOf(id), { sent: 100 })
      assert.strictEqual(repeated(sent.messages), 0)
    }).pipe(Effect.provide(fixture))
  )

  it.effect("one refused address is given up, one that is full is tried again, the others go", () =>
    Effect.gen(function* () {
      const sent = yield* SentMails
      const { id } = yield* newOrganization()
      yield* oweMany(id, "person-", 10)
      const gone = yield* oweMail(id, "gone")
      const full = yield* oweMail(id, "full")
      let isFull = true
      sent.answer = ({ to }) =>
        to.address.startsWith("gone")
          ? Effect.fail(new MailUndelivered({ kind: "refused", detail: "550 5.1.1 no such user" }))
          : to.address.startsWith("full") && isFull
            ? Effect.fail(new MailUndelivered({ kind: "temporary", detail: "452 4.2.2 mailbox full" }))
            : Effect.void
      const round = yield* makeMailRound(settings)
      yield* round
      assert.deepStrictEqual(yield* statesOf(id), { sent: 10, givenUp: 1, failed: 1 })
      const outbox = yield* Outbox
      assert.strictEqual((yield* outbox.find(id, gone.key))?.error, "550 5.1.1 no such user")
      const waiting = yield* outbox.find(id, full.key)
      assert.strictEqual(waiting?.error, "452 4.2.2 mailbox full")
      isFull = false
      yield* round
      assert.deepStrictEqual(yield* statesOf(id), { sent: 10, givenUp: 1, failed: 1 })
      yield* TestClock.adjust((waiting?.dueAt ?? 0) - (yield* Clock.currentTimeMillis))
      yield* round
      assert.deepStrictEqual(yield* statesOf(id), { sent: 11, givenUp: 1 })
      yield* TestClock.adjust("30 days")
      yield* round
      assert.deepStrictEqual(yield* statesOf(id), { sent: 11, givenUp: 1 })
    }).pipe(Effect.provide(fixture))
  )

  it.effect("two servers side by side send each e-mail once, also when the mail server fails now and then", () =>
    Effect.gen(function* () {
      const sent = yield* SentMails
      const { id } = yield* newOrganization()
      yield* oweMany(id, "person-", 40)
      let count = 0
      sent.answer = () =>
        Effect.suspend(() =>
          ++count % 7 === 0
            ? Effect.fail(new MailUndelivered({ kind: "temporary", detail: "451 later" }))
            : Effect.yieldNow
        )
      const servers = yield* Effect.all([makeMailRound(settings), makeMailRound(settings)])
      for (let minute = 0; minute < 60; minute++) {
        yield* Effect.all(servers, { concurrency: "unbounded" })
        yield* TestClock.adjust("1 minute")
      }
      assert.deepStrictEqual(yield* statesOf(id), { sent: 40 })
      assert.strictEqual(repeated(sent.messages), 0)
    }).pipe(Effect.provide(fixture))
  )

  it.effect("interrupted in the middle, gives its claims back at once (ABUSE-40)", () =>
    Effect.gen(function* () {
      const sent = yield* SentMails
      const { id } = yield* newOrganization()
      const { key } = yield* oweMail(id, "ines")
      const begun = yield* Deferred.make<void>()
      sent.answer = () => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
      const fiber = yield* Effect.forkChild(yield* makeMailRound(settings))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      assert.deepInclude(yield* (yield* Outbox).find(id, key), { state: "pending", attempts: 0, dueAt: 0 })
      sent.answer = () => Effect.void
      yield* yield* makeMailRound(settings)
      assert.deepStrictEqual(yield* statesOf(id), { sent: 1 })
    }).pipe(Effect.provide(fixture))
  )

  it.effect("whose claim has ended while it was sending leaves the outcome to who has it now (ABUSE-37)", () =>
    Effect.gen(function* () {
      const sent = yield* SentMails
      const { id } = yield* newOrganization()
      const { key } = yield* oweMail(id, "ines")
      const begun = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      sent.answer = () => Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(go))
      const slow = yield* Effect.forkChild(yield* makeMailRound(settings))
      yield* Deferred.await(begun)
      yield* TestClock.adjust(mailLease)
      sent.answer = () => Effect.fail(new MailUndelivered({ kind: "refused", detail: "550 gone" }))
      yield* yield* makeMailRound(settings)
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(slow)
      assert.deepInclude(yield* (yield* Outbox).find(id, key), { state: "givenUp", attempts: 2, error: "550 gone" })
    }).pipe(Effect.provide(fixture))
  )

  it.effect("an error of this program costs an attempt and is no end of the round", () =>
    Effect.gen(function* () {
      const sent = yield* SentMails
      const { id } = yield* newOrganization()
      const broken = yield* oweMail(id, "broken")
      yield* oweMail(id, "ines")
      sent.answer = ({ to }) => (to.address.startsWith("broken") ? Effect.die(new Error("secret-inside")) : Effect.void)
      yield* yield* makeMailRound(settings)
      assert.deepStrictEqual(yield* statesOf(id), { sent: 1, failed: 1 })
      const { error } = (yield* (yield* Outbox).find(id, broken.key)) ?? {}
      assert.strictEqual(error, "An error in this program; the server's log has more")
    }).pipe(Effect.provide(fixture))
  )

  it.effect("tells what came of a sent e-mail when storage is back, and has not sent it again (R-MAIL-3)", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox
      const sent = yield* SentMails
      const { id } = yield* newOrganization()
      yield* oweMail(id, "ines")
      let failures = 4
      const flaky = Outbox.of({
        ...outbox,
        complete: (claim, outcome) =>
          Effect.suspend(() =>
            failures-- > 0
              ? Effect.fail(new StoreUnavailable({ operation: "complete" }))
              : outbox.complete(claim, outcome)
          )
      })
      const round = yield* Effect.provideService(makeMailRound(settings), Outbox, flaky)
      const fiber = yield* Effect.forkChild(round)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(yield* statesOf(id), { sent: 1 })
      assert.lengthOf(sent.messages, 1)
    }).pipe(Effect.provide(fixture))
  )

  it.effect("where storage fails one worker, the others finish what they are sending, and then the round fails", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox
      const sent = yield* SentMails
      const { id } = yield* newOrganization()
      yield* oweMany(id, "person-", 3)
      const begun = yield* Deferred.make<void>()
      const broken = yield* Deferred.make<void>()
      sent.answer = () => Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(broken))
      let claims = 0
      const flaky = Outbox.of({
        ...outbox,
        claim: (organization, lease) =>
          Effect.suspend(() => {
            if (++claims === 1) return outbox.claim(organization, lease)
            return Effect.andThen(
              Deferred.await(begun),
              Effect.andThen(
                Effect.forkDetach(Effect.andThen(Effect.yieldNow, Deferred.succeed(broken, undefined))),
                Effect.fail(new StoreUnavailable({ operation: "claim" }))
              )
            )
          })
      })
      const result = yield* Effect.result(Effect.flatten(Effect.provideService(makeMailRound(settings), Outbox, flaky)))
      assert.isTrue(Result.isFailure(result))
      assert.lengthOf(sent.messages, 1)
      assert.deepStrictEqual(yield* statesOf(id), { sent: 1, pending: 2 })
    }).pipe(Effect.provide(fixture))
  )

  it.effect("an organisation whose events or e-mails cannot be read is set aside, and no other waits for it", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox
      const probe = yield* OutboxProbe
      const [unreadable, unclaimable, sound] = yield* Effect.all([
        newOrganization(),
        newOrganization(),
        newOrganization()
      ])
      for (const { id } of [unreadable, unclaimable, sound]) {
        const user = yield* newPerson(id, "ines")
        yield* probe.happen(id, [{ type: "user.started", user, version: 1, mail: "welcome" }])
      }
      let tries = 0
      const defect = Effect.suspend(() => {
        tries++
        return Effect.die(new Error("a row from the future"))
      })
      let isBroken = true
      const flaky = Outbox.of({
        ...outbox,
        consume: (id, domain) => (isBroken && id === unreadable.id ? defect : outbox.consume(id, domain)),
        claim: (id, lease) => (isBroken && id === unclaimable.id ? defect : outbox.claim(id, lease))
      })
      const round = yield* Effect.provideService(makeMailRound(settings), Outbox, flaky)
      for (let second = 0; second < 30; second++) {
        yield* round
        yield* TestClock.adjust("1 second")
      }
      assert.deepStrictEqual(yield* statesOf(sound.id), { sent: 1 })
      assert.isAtMost(tries, 10)
      isBroken = false
      yield* TestClock.adjust("1 minute")
      yield* round
      assert.deepStrictEqual(yield* statesOf(unreadable.id), { sent: 1 })
      assert.deepStrictEqual(yield* statesOf(unclaimable.id), { sent: 1 })
    }).pipe(Effect.provide(fixture))
  )
})

describe("without a mail server (R-MAIL-4)", () => {
  it.effect("e-mails are kept, are not sent when there is one later, until an admin resends them", () =>
    Effect.gen(function* () {
      const sent = yield* SentMails
      const { id } = yield* newOrganization()
      yield* oweMany(id, "person-", 3)
      yield* Effect.flatten(Effect.provide(makeMailRound(settings), Mailer.layerKept))
      assert.deepStrictEqual(yield* statesOf(id), { kept: 3 })
      const round = yield* makeMailRound(settings)
      yield* round
      yield* TestClock.adjust("30 days")
      yield* round
      assert.deepStrictEqual(yield* statesOf(id), { kept: 3 })
      assert.deepStrictEqual(sent.messages, [])
      assert.strictEqual(yield* (yield* Outbox).resendAll(id, "kept"), 3)
      yield* round
      assert.deepStrictEqual(yield* statesOf(id), { sent: 3 })
    }).pipe(Effect.provide(fixture))
  )

  it.effect("what happens is noted as kept at once, and what an admin resends is kept again", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox
      const { id } = yield* newOrganization()
      const user = yield* newPerson(id, "ines")
      yield* (yield* OutboxProbe).happen(id, [{ type: "user.started", user, version: 1, mail: "welcome" }])
      let settled = 0
      const counting: typeof outbox = {
        ...outbox,
        settleSeveral: (organization, most, settle) =>
          Effect.tap(outbox.settleSeveral(organization, most, settle), (count) =>
            Effect.sync(() => {
              settled += count
            })
          )
      }
      const round = yield* Effect.provide(makeMailRound(settings), Mailer.layerKept).pipe(
        Effect.provideService(Outbox, counting)
      )
      yield* round
      assert.deepStrictEqual([yield* statesOf(id), settled], [{ kept: 1 }, 0])
      const [mail] = (yield* outbox.list(id, { count: 1 })).mails
      assert.deepInclude(mail, { user, attempts: 1, recipient: "ines@halden.example" })
      assert.strictEqual(yield* outbox.resendAll(id, "kept"), 1)
      yield* round
      assert.deepStrictEqual([yield* statesOf(id), settled], [{ kept: 1 }, 1])
    }).pipe(Effect.provide(fixture))
  )
})

describe("over real SMTP", () => {
  it.effect("a server that is away for an hour gets everything when it is back, once (R-MAIL-3)", () =>
    Effect.gen(function* () {
      const port = yield* Effect.promise(freePort)
      yield* Effect.gen(function* () {
        const { id } = yield* newOrganization()
        yield* oweMany(id, "person-", 25)
        const round = yield* makeMailRound(settings)
        for (let minute = 0; minute < 60; minute++) {
          yield* round
          yield* TestClock.adjust("1 minute")
        }
        assert.notProperty(yield* statesOf(id), "sent")
        const server = yield* Effect.acquireRelease(
          Effect.promise(() => startMailServer({ port })),
          (one) => Effect.promise(() => one.close())
        )
        for (let minute = 0; minute < 120 && server.received.length < 25; minute++) {
          yield* round
          yield* TestClock.adjust("1 minute")
        }
        assert.deepStrictEqual(yield* statesOf(id), { sent: 25 })
        assert.deepStrictEqual(
          server.received.flatMap(({ to }) => to).toSorted(),
          Array.from({ length: 25 }, (_, i) => `person-${i}@halden.example`).toSorted()
        )
      }).pipe(Effect.provide(overSmtp(port)))
    })
  )

  it.effect(
    "killed between the server's acceptance and the completion: the repeat has the same Message-ID (ABUSE-36)",
    () =>
      Effect.gen(function* () {
        const server = yield* Effect.acquireRelease(
          Effect.promise(() => startMailServer()),
          (one) => Effect.promise(() => one.close())
        )
        yield* Effect.gen(function* () {
          const outbox = yield* Outbox
          const { id } = yield* newOrganization()
          const { key } = yield* oweMail(id, "ines")
          // What a kill leaves behind: the server has the message, and nobody completes or releases the claim.
          const dying = Outbox.of({ ...outbox, complete: () => Effect.succeed(true), release: () => Effect.void })
          yield* yield* Effect.provideService(makeMailRound(settings), Outbox, dying)
          assert.lengthOf(server.received, 1)
          assert.deepInclude(yield* outbox.find(id, key), { state: "pending", attempts: 1 })
          const round = yield* makeMailRound(settings)
          yield* round
          assert.lengthOf(server.received, 1, "the claim still holds")
          yield* TestClock.adjust(mailLease)
          yield* round
          const [first, second] = server.received
          assert.strictEqual(first?.email.messageId, second?.email.messageId)
          assert.isDefined(first?.email.messageId)
          assert.deepInclude(yield* outbox.find(id, key), { state: "sent", attempts: 2 })
          yield* TestClock.adjust(mailLease)
          yield* round
          assert.lengthOf(server.received, 2)
        }).pipe(Effect.provide(overSmtp(server.port)))
      })
  )
})
