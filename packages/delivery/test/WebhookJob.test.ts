import { assert, describe, it } from "@effect/vitest"
import { layerWebhookJob } from "@rollcall/delivery/WebhookJob"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { WebhookQueue } from "@rollcall/domain/webhooks/WebhookQueue"
import { Clock, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { hang } from "../../../test/support/LoopbackReceiver.ts"
import { happen, newEndpoint, newUser, receiver, scene, statesOf, updated } from "./webhooks/WebhookScene.ts"

/** Starts the job; `stop` ends it as a server that stops does. */
const startJob = Effect.gen(function* () {
  const scope = yield* Scope.make()
  yield* Layer.buildWithScope(layerWebhookJob({ concurrency: 4 }), scope)
  return { stop: Scope.close(scope, Exit.void) }
})

describe("the webhook job", () => {
  it.effect("sends within a second what has happened, however long nothing did", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const { organization } = yield* newEndpoint(hooks.url)
      const { stop } = yield* startJob
      for (const count of [1, 2]) {
        yield* TestClock.adjust("10 minutes")
        yield* happen(organization, [updated(newUser())])
        yield* TestClock.adjust("1 second")
        yield* Effect.promise(() => hooks.untilReceived(count))
      }
      yield* stop
      assert.lengthOf(hooks.received, 2)
    }).pipe(Effect.provide(scene))
  )

  it.effect("an endpoint whose receiver hangs keeps no other waiting", () =>
    Effect.gen(function* () {
      const hung = yield* receiver
      const fine = yield* receiver
      hung.answer = () => hang
      const first = yield* newEndpoint(hung.url)
      const others = [yield* newEndpoint(fine.url), yield* newEndpoint(fine.url), yield* newEndpoint(fine.url)]
      yield* happen(
        first.organization,
        Array.from({ length: 50 }, () => updated(newUser()))
      )
      const { stop } = yield* startJob
      yield* Effect.promise(() => hung.untilReceived(4))
      for (const other of others) yield* happen(other.organization, [updated(newUser())])
      yield* TestClock.adjust("1 second")
      yield* Effect.promise(() => fine.untilReceived(3))
      assert.lengthOf(hung.received, 4)
      assert.strictEqual(hung.mostOpen, 4)
      const stopping = yield* Effect.forkChild(stop)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(stopping)
    }).pipe(Effect.provide(scene))
  )

  it.effect("goes on after storage was away, and after a defect", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const queue = yield* WebhookQueue
      const failures = [Effect.fail(new StoreUnavailable({ operation: "work" })), Effect.die(new Error("broken"))]
      const flaky = WebhookQueue.of({ ...queue, work: Effect.suspend(() => failures.shift() ?? queue.work) })
      const { organization } = yield* newEndpoint(hooks.url)
      const { stop } = yield* Effect.provideService(startJob, WebhookQueue, flaky)
      yield* happen(organization, [updated(newUser())])
      yield* TestClock.adjust("1 minute")
      yield* Effect.promise(() => hooks.untilReceived(1))
      yield* stop
      assert.lengthOf(failures, 0)
    }).pipe(Effect.provide(scene))
  )

  it.effect("told to stop while attempts hang, gives them up after ten seconds, and the claim back (ABUSE-40)", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const queue = yield* WebhookQueue
      hooks.answer = () => hang
      const { id, organization } = yield* newEndpoint(hooks.url)
      yield* happen(
        organization,
        Array.from({ length: 9 }, () => updated(newUser()))
      )
      const { stop } = yield* startJob
      yield* Effect.promise(() => hooks.untilReceived(4))
      const stopping = yield* Effect.forkChild(stop)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(stopping)
      assert.lengthOf(hooks.received, 4, "it began no other")
      assert.deepStrictEqual(new Set(Object.values(yield* statesOf(organization, id))), new Set(["pending"]))
      const now = yield* Clock.currentTimeMillis
      assert.isDefined(yield* queue.claim(organization, id, 60_000), `no claim is left at ${now}`)
    }).pipe(Effect.provide(scene))
  )
})
