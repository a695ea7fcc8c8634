import { assert, type Vitest } from "@effect/vitest"
import { UserId } from "@rollcall/domain/user/UserId"
import { WebhookEndpoints } from "@rollcall/domain/webhooks/WebhookEndpoints"
import { WebhookQueue } from "@rollcall/domain/webhooks/WebhookQueue"
import { Clock, Effect } from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import { newOrganization, OutboxProbe } from "./OutboxProbe.ts"
import {
  accepted,
  addEndpoint,
  claimed,
  complete,
  failed,
  happen,
  leave,
  lost,
  noted,
  sequencesOf,
  statesOf,
  takeTo,
  type WebhookServices,
  works
} from "./WebhookScene.ts"

/** What becomes of deliveries: outcomes, lists, what is sent again and what is forgotten. */
export const webhookDeliveryContract = (it: Vitest.MethodsNonLive<WebhookServices>): void => {
  it.effect("keeps every outcome, and lists deliveries by state, the latest events first, page by page", () =>
    Effect.gen(function* () {
      const endpoints = yield* WebhookEndpoints
      const { id: organization } = yield* newOrganization()
      const id = yield* addEndpoint(organization)
      yield* happen(organization, 6)
      const claim = yield* takeTo(organization, id, 6)
      yield* TestClock.adjust("1 second")
      const now = yield* Clock.currentTimeMillis
      for (const [sequence, attempt] of [
        [1, accepted],
        [2, failed],
        [3, lost],
        [5, { _tag: "Unanswered", error: "connect\nECONNREFUSED" }]
      ] as const) {
        assert.strictEqual(yield* complete(claim, sequence, attempt), "kept")
      }
      const page = yield* endpoints.deliveries(organization, id, { count: 10 })
      assert.isUndefined(page.next)
      assert.deepStrictEqual(
        page.deliveries.map(({ attempts, dueAt, endedAt, error, sequence, state, status }) => ({
          sequence,
          state,
          attempts,
          ended: endedAt === now,
          later: dueAt !== undefined && dueAt > now,
          status,
          error
        })),
        [
          {
            sequence: 6,
            state: "pending",
            attempts: 0,
            ended: false,
            later: false,
            status: undefined,
            error: undefined
          },
          {
            sequence: 5,
            state: "failed",
            attempts: 1,
            ended: false,
            later: true,
            status: undefined,
            error: "connect ECONNREFUSED"
          },
          {
            sequence: 4,
            state: "pending",
            attempts: 0,
            ended: false,
            later: false,
            status: undefined,
            error: undefined
          },
          {
            sequence: 3,
            state: "dead",
            attempts: 1,
            ended: true,
            later: false,
            status: undefined,
            error: "The event is not kept any more"
          },
          {
            sequence: 2,
            state: "failed",
            attempts: 1,
            ended: false,
            later: true,
            status: 500,
            error: "Answered 500"
          },
          { sequence: 1, state: "delivered", attempts: 1, ended: true, later: false, status: 204, error: undefined }
        ]
      )
      const first = yield* endpoints.deliveries(organization, id, { state: "failed", count: 1 })
      assert.deepStrictEqual([first.deliveries.map(({ sequence }) => sequence), first.next], [[5], 5])
      const second = yield* endpoints.deliveries(organization, id, { state: "failed", before: 5, count: 1 })
      assert.deepStrictEqual([second.deliveries.map(({ sequence }) => sequence), second.next], [[2], undefined])
      assert.deepStrictEqual(sequencesOf(yield* (yield* WebhookQueue).owed(claim)), [2, 4, 5, 6])
    })
  )

  it.effect("an admin resends one: it is pending as if new, and no worker oversleeps it", () =>
    Effect.gen(function* () {
      const endpoints = yield* WebhookEndpoints
      const { id: organization } = yield* newOrganization()
      const id = yield* addEndpoint(organization)
      yield* happen(organization, 4)
      const claim = yield* takeTo(organization, id, 4)
      yield* complete(claim, 1, accepted)
      yield* complete(claim, 2, failed)
      yield* complete(claim, 3, lost)
      yield* TestClock.adjust("1 second")
      const now = yield* Clock.currentTimeMillis
      for (const sequence of [1, 2, 3]) {
        assert.deepInclude(yield* endpoints.resend(organization, id, sequence), {
          sequence,
          state: "pending",
          attempts: 0,
          firstAttemptAt: undefined,
          lastAttemptAt: undefined,
          dueAt: now,
          endedAt: undefined,
          status: undefined,
          error: undefined
        })
      }
      assert.deepInclude(yield* endpoints.resend(organization, id, 4), { state: "pending", dueAt: now - 1_000 })
      assert.isUndefined(yield* endpoints.resend(organization, id, 5))
      yield* leave(claim)
      assert.deepStrictEqual(yield* works(organization), [id])
      assert.deepStrictEqual(sequencesOf(yield* (yield* WebhookQueue).owed(claim)), [1, 2, 3, 4])
    })
  )

  it.effect("a replay of dead letters says how many there are, and sends these and no others", () =>
    Effect.gen(function* () {
      const endpoints = yield* WebhookEndpoints
      const { id: organization } = yield* newOrganization()
      const id = yield* addEndpoint(organization)
      yield* happen(organization, 4)
      const claim = yield* takeTo(organization, id, 4)
      yield* complete(claim, 1, lost)
      yield* complete(claim, 2, accepted)
      yield* complete(claim, 3, lost)
      yield* complete(claim, 4, failed)
      yield* leave(claim)
      const before = yield* statesOf(organization, id)
      assert.strictEqual(yield* endpoints.countReplay(organization, id, { _tag: "Dead" }), 2)
      assert.deepStrictEqual(yield* statesOf(organization, id), before, "counting changes nothing")
      assert.strictEqual(yield* endpoints.replay(organization, id, { _tag: "Dead" }), 2)
      assert.deepStrictEqual(yield* statesOf(organization, id), [
        [4, "failed"],
        [3, "pending"],
        [2, "delivered"],
        [1, "pending"]
      ])
      assert.deepStrictEqual(yield* works(organization), [id])
      assert.strictEqual(yield* endpoints.countReplay(organization, id, { _tag: "Dead" }), 0)
    })
  )

  it.effect("a replay from a number sends all after it that the endpoint wants, also what had been delivered", () =>
    Effect.gen(function* () {
      const queue = yield* WebhookQueue
      const endpoints = yield* WebhookEndpoints
      const { id: organization } = yield* newOrganization()
      yield* happen(organization, 2)
      const id = yield* addEndpoint(organization, { types: ["user.started"] })
      yield* happen(organization, 2)
      yield* (yield* OutboxProbe).happen(organization, [
        { type: "user.deleted", user: UserId.make(SecureRandom.uuidV4Unsafe()), version: 2 }
      ])
      const first = yield* takeTo(organization, id, 4)
      yield* complete(first, 3, accepted)
      assert.strictEqual(yield* endpoints.countReplay(organization, id, { _tag: "After", sequence: 1 }), 3)
      assert.strictEqual(yield* endpoints.replay(organization, id, { _tag: "After", sequence: 1 }), 3)
      assert.isFalse(yield* queue.take(first, [noted(5)], 5), "who is at work finds the position set back")
      yield* leave(first)
      assert.deepStrictEqual(yield* works(organization), [id])
      const again = yield* takeTo(organization, id, 4)
      assert.strictEqual(again.position, 1)
      assert.deepStrictEqual(
        (yield* queue.owed(again)).map(({ attempts, sequence, state }) => [sequence, state, attempts]),
        [
          [2, "pending", 0],
          [3, "pending", 0],
          [4, "pending", 0]
        ]
      )
      assert.strictEqual(yield* endpoints.replay(organization, id, { _tag: "After", sequence: 100 }), 0)
      yield* leave(again)
      assert.strictEqual((yield* claimed(organization, id)).position, 4, "it is never set forward")
    })
  )

  it.effect("forgets what ended before a time, some at a time, and nothing that is owed", () =>
    Effect.gen(function* () {
      const queue = yield* WebhookQueue
      const { id: organization } = yield* newOrganization()
      const id = yield* addEndpoint(organization)
      yield* happen(organization, 6)
      const claim = yield* takeTo(organization, id, 6)
      for (const sequence of [1, 2, 3]) yield* complete(claim, sequence, accepted)
      yield* complete(claim, 4, lost)
      yield* complete(claim, 5, failed)
      const later = (yield* Clock.currentTimeMillis) + 1
      assert.strictEqual(yield* queue.forget(organization, { delivered: later, dead: 0 }, 2), 2)
      assert.strictEqual(yield* queue.forget(organization, { delivered: later, dead: 0 }, 2), 1)
      assert.strictEqual(yield* queue.forget(organization, { delivered: later, dead: 0 }, 2), 0)
      assert.deepStrictEqual(yield* statesOf(organization, id), [
        [6, "pending"],
        [5, "failed"],
        [4, "dead"]
      ])
      assert.strictEqual(yield* queue.forget(organization, { delivered: 0, dead: later }, 2), 1)
      assert.deepStrictEqual(sequencesOf(yield* queue.owed(claim)), [5, 6])
    })
  )
}
