import { assert, describe, it } from "@effect/vitest"
import { endpointLease, makeEndpointRound } from "@rollcall/delivery/webhooks/EndpointRound"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { UserId } from "@rollcall/domain/user/UserId"
import { rotationTime, type WebhookEndpointId } from "@rollcall/domain/webhooks/WebhookEndpoint"
import { WebhookEndpoints } from "@rollcall/domain/webhooks/WebhookEndpoints"
import { WebhookQueue } from "@rollcall/domain/webhooks/WebhookQueue"
import { WebhookSender } from "@rollcall/domain/webhooks/WebhookSender"
import { Deferred, Effect, Fiber, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { Webhook } from "standardwebhooks"
import { closeEarly, hang, type LoopbackReceiver } from "../../../../test/support/LoopbackReceiver.ts"
import { administerWebhook } from "../../../domain/test/contract/WebhookProbe.ts"
import {
  addEndpoint,
  feedOf,
  happen,
  newEndpoint,
  newGroup,
  newUser,
  receiver,
  scene,
  secret,
  statesOf,
  updated
} from "./WebhookScene.ts"

const worker = (concurrency = 4) => makeEndpointRound({ concurrency, isStopping: () => false })

const verify = (message: LoopbackReceiver["received"][number], with_ = secret) =>
  new Webhook(with_).verify(message.body, {
    "webhook-id": message.id,
    "webhook-timestamp": String(message.headers["webhook-timestamp"]),
    "webhook-signature": String(message.headers["webhook-signature"])
  })

/** Makes rounds by these workers, all at once, until all is delivered or so many minutes are over. */
const untilDelivered = Effect.fnUntraced(function* (
  rounds: ReadonlyArray<Effect.Success<ReturnType<typeof worker>>>,
  organization: OrganizationId,
  id: WebhookEndpointId,
  count: number,
  step: number
) {
  for (let i = 0; i < 500; i++) {
    yield* Effect.all(
      rounds.map((round) => round({ organization, endpoint: id })),
      { concurrency: "unbounded" }
    )
    const states = Object.values(yield* statesOf(organization, id))
    if (states.length === count && states.every((state) => state === "delivered")) return
    yield* TestClock.adjust(step)
  }
  throw new Error(`not delivered: ${JSON.stringify(yield* statesOf(organization, id))}`)
})

describe("a round of an endpoint", () => {
  it.effect("sends what the feed has, under the event's id, signed so that the library verifies it (R-API-3)", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const { id, organization } = yield* newEndpoint(hooks.url, { types: ["user.updated"] })
      const user = newUser()
      yield* happen(organization, [updated(user, 1), { type: "user.deleted", user, version: 2 }, updated(user, 3)])
      const round = yield* worker()
      assert.isFalse(yield* round({ organization, endpoint: id }))
      const feed = (yield* feedOf(organization)).filter(({ type }) => type === "user.updated")
      assert.deepStrictEqual(
        hooks.received.map(({ body }) => JSON.parse(body)),
        feed
      )
      assert.deepStrictEqual(
        hooks.received.map((message) => verify(message)),
        feed
      )
      assert.deepStrictEqual(
        hooks.received.map((message) => message.id),
        [`evt_${organization}_1`, `evt_${organization}_3`]
      )
      assert.strictEqual(hooks.received[0]?.headers["content-type"], "application/json")
      assert.throws(() => verify(hooks.received[0] as never, "whsec_b3RoZXI="), /No matching signature/)
      assert.deepStrictEqual(yield* statesOf(organization, id), { 1: "delivered", 3: "delivered" })
      yield* round({ organization, endpoint: id })
      assert.lengthOf(hooks.received, 2)
    }).pipe(Effect.provide(scene))
  )

  it.effect("never has more requests open than configured, and uses what is configured", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const { id, organization } = yield* newEndpoint(hooks.url)
      yield* happen(
        organization,
        Array.from({ length: 40 }, () => updated(newUser()))
      )
      let release: () => void = () => undefined
      const three = new Promise<void>((resolve) => {
        release = resolve
      })
      hooks.answer = async () => {
        if (hooks.received.length >= 3) release()
        await three
        return 200
      }
      const rounds = [yield* worker(3), yield* worker(3)]
      yield* untilDelivered(rounds, organization, id, 40, 1_000)
      assert.strictEqual(hooks.mostOpen, 3)
    }).pipe(Effect.provide(scene))
  )

  it.effect("begins another request only when one has ended, whoever has the endpoint", () =>
    Effect.gen(function* () {
      const { id, organization } = yield* newEndpoint("https://hooks.halden.example/")
      yield* happen(
        organization,
        Array.from({ length: 9 }, () => updated(newUser()))
      )
      const begun: Array<Deferred.Deferred<void>> = []
      const counting = WebhookSender.of({
        send: () =>
          Effect.gen(function* () {
            const end = yield* Deferred.make<void>()
            begun.push(end)
            yield* Deferred.await(end)
            return { _tag: "Answered", status: 204, retryAfter: undefined }
          })
      })
      const rounds = yield* Effect.all([worker(3), worker(3)]).pipe(Effect.provideService(WebhookSender, counting))
      const fiber = yield* Effect.forkChild(
        Effect.all(
          rounds.map((round) => round({ organization, endpoint: id })),
          { concurrency: "unbounded" }
        )
      )
      for (let ended = 0; ended < 9; ended++) {
        // All that can go on without one that ends has gone on.
        yield* TestClock.adjust(1)
        assert.lengthOf(begun, Math.min(9, ended + 3))
        yield* Deferred.succeed(begun[ended] as Deferred.Deferred<void>, undefined)
      }
      yield* Fiber.join(fiber)
    }).pipe(Effect.provide(scene))
  )

  it.effect("whatever the receiver does: each event at least once, and nobody's before their former one", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const { id, organization } = yield* newEndpoint(hooks.url)
      const people = Array.from({ length: 5 }, newUser)
      const groups = [newGroup(), newGroup()]
      const about = new Map<string, ReadonlyArray<string>>()
      const person = (i: number): UserId => people[i % 5] as UserId
      for (let i = 0; i < 60; i++) {
        const group = groups[i % 2] as (typeof groups)[number]
        const added = [person(i), person(i * 3 + 1)]
        const isOfGroup = i % 4 === 3
        about.set(`evt_${organization}_${i + 1}`, isOfGroup ? [group, ...added] : [person(i * 7)])
        yield* happen(organization, [
          isOfGroup
            ? { type: "group.membershipChanged", group, version: i, added, removed: [] }
            : updated(person(i * 7), i)
        ])
      }
      const accepted: Array<string> = []
      const overtaken: Array<string> = []
      let turn = 0
      hooks.answer = async ({ id: event }) => {
        const number = Number(event.split("_").at(-1))
        for (const [other, subjects] of about) {
          const isBefore = Number(other.split("_").at(-1)) < number
          const isShared = subjects.some((subject) => about.get(event)?.includes(subject))
          if (isBefore && isShared && !accepted.includes(other)) overtaken.push(`${event} before ${other}`)
        }
        turn++
        if (turn % 5 === 0) return 500
        if (turn % 7 === 0) return closeEarly
        if (turn % 11 === 0) return 429
        accepted.push(event)
        // Taken, and the answer lost: it comes again.
        if (turn % 13 === 0) return closeEarly
        return 204
      }
      yield* untilDelivered([yield* worker(), yield* worker()], organization, id, 60, 60_000)
      assert.deepStrictEqual(overtaken, [])
      assert.strictEqual(new Set(accepted).size, 60)
      assert.isAbove(accepted.length, 60, "some came twice, by the same id")
      assert.isAtMost(hooks.mostOpen, 4)
      assert.isAbove(hooks.mostOpen, 1)
    }).pipe(Effect.provide(scene))
  )

  it.effect("a receiver that hangs costs fifteen seconds; what it takes too late comes again by the same id", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const { id, organization } = yield* newEndpoint(hooks.url)
      yield* happen(organization, [updated(newUser())])
      hooks.answer = () => hang
      const round = yield* worker()
      const fiber = yield* Effect.forkChild(round({ organization, endpoint: id }))
      yield* Effect.promise(() => hooks.untilReceived(1))
      yield* TestClock.adjust(14_999)
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust(1)
      yield* Fiber.join(fiber)
      const { deliveries } = yield* (yield* WebhookEndpoints).deliveries(organization, id, { count: 5 })
      assert.deepInclude(deliveries[0], { state: "failed", attempts: 1, error: "No answer within 15 s" })
      hooks.answer = () => 204
      yield* untilDelivered([round], organization, id, 1, 60_000)
      assert.lengthOf(hooks.received, 2)
      assert.strictEqual(hooks.received[0]?.id, hooks.received[1]?.id)
      assert.strictEqual(hooks.received[0]?.body, hooks.received[1]?.body)
      assert.notStrictEqual(
        hooks.received[0]?.headers["webhook-timestamp"],
        hooks.received[1]?.headers["webhook-timestamp"]
      )
    }).pipe(Effect.provide(scene))
  )

  it.effect("410 switches the endpoint off; switched on, it goes on with that very event", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const endpoints = yield* WebhookEndpoints
      const { id, organization } = yield* newEndpoint(hooks.url)
      const user = newUser()
      yield* happen(organization, [updated(user, 1), updated(user, 2)])
      hooks.answer = () => 410
      const round = yield* worker()
      yield* round({ organization, endpoint: id })
      assert.deepInclude((yield* endpoints.find(organization, id))?.endpoint.state, {
        _tag: "Disabled",
        reason: "gone"
      })
      yield* TestClock.adjust("1 day")
      yield* round({ organization, endpoint: id })
      assert.lengthOf(hooks.received, 1)
      hooks.answer = () => 204
      const change = { enabled: true }
      yield* administerWebhook(organization, { _tag: "ChangeWebhook", id, change, allowHttp: true })
      yield* round({ organization, endpoint: id })
      assert.deepStrictEqual(
        hooks.received.map((message) => message.id.split("_").at(-1)),
        ["1", "1", "2"]
      )
    }).pipe(Effect.provide(scene))
  )

  it.effect("a redirect is followed nowhere (ABUSE-38)", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const inner = yield* receiver
      const { id, organization } = yield* newEndpoint(hooks.url)
      yield* happen(organization, [updated(newUser())])
      hooks.answer = () => (response) => response.writeHead(307, { location: inner.url }).end()
      yield* (yield* worker())({ organization, endpoint: id })
      const { deliveries } = yield* (yield* WebhookEndpoints).deliveries(organization, id, { count: 5 })
      assert.deepInclude(deliveries[0], {
        state: "failed",
        status: 307,
        error: "Answered 307: redirects are not followed"
      })
      assert.lengthOf(inner.received, 0)
    }).pipe(Effect.provide(scene))
  )

  it.effect("an answer counts from its status on, however long it is and wherever it breaks off", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const { id, organization } = yield* newEndpoint(hooks.url)
      const user = newUser()
      yield* happen(organization, [updated(user, 1), updated(user, 2)])
      const endless = Buffer.alloc(64 * 1024, "x")
      hooks.answer = ({ id: event }) =>
        event.endsWith("_1")
          ? (response) => {
              response.writeHead(200, { "content-length": "1000" }).write("short", () => response.socket?.destroy())
            }
          : (response) => {
              response.writeHead(200)
              const go = () => {
                while (!response.destroyed && response.write(endless));
                if (!response.destroyed) response.once("drain", go)
              }
              go()
            }
      yield* untilDelivered([yield* worker()], organization, id, 2, 1_000)
      assert.lengthOf(hooks.received, 2)
    }).pipe(Effect.provide(scene))
  )

  it.effect("killed between the receiver's taking it and the commit: it comes a second time, by the same id", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const queue = yield* WebhookQueue
      const { id, organization } = yield* newEndpoint(hooks.url)
      yield* happen(organization, [updated(newUser())])
      const taken = yield* Deferred.make<void>()
      const killed = WebhookQueue.of({
        ...queue,
        complete: () => Effect.andThen(Deferred.succeed(taken, undefined), Effect.never),
        release: () => Effect.never
      })
      const dying = yield* Effect.provideService(worker(), WebhookQueue, killed)
      yield* Effect.forkDetach(dying({ organization, endpoint: id }))
      yield* Deferred.await(taken)
      const round = yield* worker()
      yield* round({ organization, endpoint: id })
      assert.lengthOf(hooks.received, 1, "nobody else has it before the lease ends")
      yield* TestClock.adjust(endpointLease)
      assert.deepStrictEqual(
        (yield* queue.work).filter((work) => work.endpoint === id),
        [{ organization, endpoint: id }]
      )
      yield* round({ organization, endpoint: id })
      assert.lengthOf(hooks.received, 2)
      assert.strictEqual(hooks.received[1]?.id, hooks.received[0]?.id)
      assert.deepStrictEqual(yield* statesOf(organization, id), { 1: "delivered" })
    }).pipe(Effect.provide(scene))
  )

  it.effect("a worker whose claim has ended while it was sending leaves the outcome to who has it now (ABUSE-37)", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const { id, organization } = yield* newEndpoint(hooks.url)
      const user = newUser()
      yield* happen(organization, [updated(user, 1), updated(user, 2)])
      const begun = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const sent: Array<string> = []
      const stalling = WebhookSender.of({
        send: (request) =>
          Effect.gen(function* () {
            sent.push(request.id)
            yield* Deferred.succeed(begun, undefined)
            yield* Deferred.await(go)
            return { _tag: "Answered", status: 500, retryAfter: undefined }
          })
      })
      const stalled = yield* Effect.provideService(worker(), WebhookSender, stalling)
      const fiber = yield* Effect.forkChild(stalled({ organization, endpoint: id }))
      yield* Deferred.await(begun)
      yield* TestClock.adjust(endpointLease)
      yield* (yield* worker())({ organization, endpoint: id })
      assert.deepStrictEqual(yield* statesOf(organization, id), { 1: "delivered", 2: "delivered" })
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(yield* statesOf(organization, id), { 1: "delivered", 2: "delivered" })
      assert.lengthOf(sent, 1, "it began nothing after its claim had ended")
    }).pipe(Effect.provide(scene))
  )

  it.effect("while secrets are changed both sign, for a day", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const { id, organization } = yield* newEndpoint(hooks.url)
      const next = "whsec_C2FtcGxlIHNlY3JldCBvZiB0aGlydHktdHdvIGI="
      const current = Redacted.make(next)
      yield* administerWebhook(organization, { _tag: "RotateWebhookSecret", id, secret: current, atOnce: false })
      const round = yield* worker()
      yield* happen(organization, [updated(newUser())])
      yield* round({ organization, endpoint: id })
      const first = hooks.received[0] as (typeof hooks.received)[number]
      assert.lengthOf(String(first.headers["webhook-signature"]).split(" "), 2)
      verify(first, next)
      verify(first, secret)
      yield* TestClock.adjust(rotationTime)
      yield* happen(organization, [updated(newUser())])
      yield* round({ organization, endpoint: id })
      const signature = String(hooks.received[1]?.headers["webhook-signature"])
      assert.lengthOf(signature.split(" "), 1)
      assert.notInclude(signature, " ")
    }).pipe(Effect.provide(scene))
  )

  it.effect("an outage spends few attempts of few events, and after it everything goes, in order", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const { id, organization } = yield* newEndpoint(hooks.url)
      yield* happen(
        organization,
        Array.from({ length: 100 }, () => updated(newUser()))
      )
      hooks.answer = () => 503
      const round = yield* worker()
      for (let second = 0; second < 1_200; second++) {
        yield* round({ organization, endpoint: id })
        yield* TestClock.adjust("1 second")
      }
      assert.isAtMost(hooks.received.length, 40)
      assert.isAtLeast(hooks.received.length, 20)
      const spent = hooks.received.length
      hooks.answer = () => 204
      yield* untilDelivered([round], organization, id, 100, 60_000)
      assert.strictEqual(hooks.received.length, spent + 100)
    }).pipe(Effect.provide(scene))
  )

  it.effect("five days of nothing but failures switch an endpoint off, and dead letters can be replayed", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const endpoints = yield* WebhookEndpoints
      const { id, organization } = yield* newEndpoint(hooks.url)
      const user = newUser()
      yield* happen(organization, [updated(user, 1), updated(user, 2)])
      hooks.answer = () => 500
      const round = yield* worker()
      let hours = 0
      while ((yield* endpoints.find(organization, id))?.endpoint.state._tag === "Enabled" && hours < 24 * 10) {
        yield* round({ organization, endpoint: id })
        yield* TestClock.adjust("1 hour")
        hours++
      }
      assert.isAtLeast(hours, 24 * 5)
      assert.isAtMost(hours, 24 * 6)
      assert.deepStrictEqual((yield* statesOf(organization, id))[1], "dead")
      assert.deepStrictEqual((yield* statesOf(organization, id))[2], "failed")
      assert.deepInclude((yield* endpoints.find(organization, id))?.endpoint.state, { reason: "failing" })
      const firsts = hooks.received.filter((message) => message.id.endsWith("_1")).length
      assert.strictEqual(firsts, 10)
      hooks.answer = () => 204
      const change = { enabled: true }
      yield* administerWebhook(organization, { _tag: "ChangeWebhook", id, change, allowHttp: true })
      assert.strictEqual(yield* endpoints.replay(organization, id, { _tag: "Dead" }), 1)
      yield* TestClock.adjust("1 day")
      yield* untilDelivered([round], organization, id, 2, 60_000)
    }).pipe(Effect.provide(scene))
  )

  it.effect("two endpoints of an organisation each get everything, the one not waiting for the other", () =>
    Effect.gen(function* () {
      const first = yield* receiver
      const second = yield* receiver
      const { id, organization } = yield* newEndpoint(first.url)
      const other = yield* addEndpoint(organization, second.url)
      yield* happen(organization, [updated(newUser())])
      first.answer = () => 500
      const round = yield* worker()
      for (const endpoint of [id, other]) yield* round({ organization, endpoint })
      assert.deepStrictEqual(yield* statesOf(organization, id), { 1: "failed" })
      assert.deepStrictEqual(yield* statesOf(organization, other), { 1: "delivered" })
    }).pipe(Effect.provide(scene))
  )
})
