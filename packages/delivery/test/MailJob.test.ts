import { assert, describe, it } from "@effect/vitest"
import { layerMailJob } from "@rollcall/delivery/MailJob"
import { Outbox } from "@rollcall/domain/mail/Outbox"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Deferred, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { layerMemoryProbe, newOrganization, newPerson, OutboxProbe } from "../../domain/test/contract/OutboxProbe.ts"
import {
  IssuedLinks,
  layerLinks,
  layerMailer,
  oweMail,
  SentMails,
  settings,
  statesOf,
  untilSent
} from "./mail/MailFixture.ts"

const fixture = Layer.mergeAll(layerMailer, layerLinks).pipe(
  Layer.provideMerge(Layer.mergeAll(SentMails.layer, IssuedLinks.layer, layerMemoryProbe))
)

/** Starts the job; `stop` ends it as a server that stops does. */
const startJob = Effect.gen(function* () {
  const scope = yield* Scope.make()
  yield* Layer.buildWithScope(layerMailJob(settings), scope)
  return { stop: Scope.close(scope, Exit.void) }
})

const startSomebody = Effect.fnUntraced(function* (name: string) {
  const { id } = yield* newOrganization()
  const user = yield* newPerson(id, name)
  yield* (yield* OutboxProbe).happen(id, [{ type: "user.started", user, version: 1, mail: "welcome" }])
  return id
})

describe("the mail job", () => {
  it.effect("sends within a second what is owed, however long nothing was", () =>
    Effect.gen(function* () {
      const sent = yield* SentMails
      const { stop } = yield* startJob
      yield* TestClock.adjust("10 minutes")
      yield* startSomebody("ines")
      yield* TestClock.adjust("1 second")
      yield* untilSent(1)
      assert.deepStrictEqual(
        sent.messages.map(({ to }) => to.address),
        ["ines@halden.example"]
      )

      yield* TestClock.adjust("10 minutes")
      yield* startSomebody("olav")
      yield* TestClock.adjust("1 second")
      yield* untilSent(2)
      yield* stop
      assert.lengthOf(sent.messages, 2)
    }).pipe(Effect.provide(fixture))
  )

  it.effect("goes on after storage was away, and after a defect", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox
      const failures = [Effect.fail(new StoreUnavailable({ operation: "work" })), Effect.die(new Error("broken"))]
      const flaky = Outbox.of({
        ...outbox,
        work: Effect.suspend(() => failures.shift() ?? outbox.work)
      })
      const { stop } = yield* Effect.provideService(startJob, Outbox, flaky)
      const id = yield* startSomebody("ines")
      yield* TestClock.adjust("1 minute")
      yield* untilSent(1)
      yield* stop
      assert.deepStrictEqual(yield* statesOf(id), { sent: 1 })
      assert.lengthOf(failures, 0)
    }).pipe(Effect.provide(fixture))
  )

  it.effect("told to stop, finishes the attempt under way and begins no other (ABUSE-40)", () =>
    Effect.gen(function* () {
      const sent = yield* SentMails
      const { id } = yield* newOrganization()
      for (let i = 0; i < 20; i++) yield* oweMail(id, `person-${i}`)
      const begun = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      sent.answer = () => Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(go))
      const { stop } = yield* startJob
      yield* Deferred.await(begun)
      const stopping = yield* Effect.forkChild(stop)
      yield* TestClock.adjust("5 seconds")
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(stopping)
      const states = yield* statesOf(id)
      assert.strictEqual(states.sent, sent.messages.length)
      assert.isAtMost(sent.messages.length, 5)
      const { mails } = yield* (yield* Outbox).list(id, { state: "pending", count: 100 })
      assert.lengthOf(mails, 20 - sent.messages.length)
      assert.isTrue(
        mails.every(({ attempts, dueAt }) => attempts === 0 && dueAt === 0),
        "no claim is left"
      )
    }).pipe(Effect.provide(fixture))
  )

  it.effect("told to stop while an attempt hangs, gives it up after ten seconds, and its claim back (ABUSE-40)", () =>
    Effect.gen(function* () {
      const sent = yield* SentMails
      const { id } = yield* newOrganization()
      const { key } = yield* oweMail(id, "ines")
      const begun = yield* Deferred.make<void>()
      sent.answer = () => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
      const { stop } = yield* startJob
      yield* Deferred.await(begun)
      const stopping = yield* Effect.forkChild(stop)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(stopping)
      assert.deepInclude(yield* (yield* Outbox).find(id, key), { state: "pending", attempts: 0, dueAt: 10_000 })
    }).pipe(Effect.provide(fixture))
  )
})
