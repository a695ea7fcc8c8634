import { assert, type Vitest } from "@effect/vitest"
import { newHealth } from "@rollcall/domain/webhooks/EndpointHealth"
import { WebhookEndpoints } from "@rollcall/domain/webhooks/WebhookEndpoints"
import { WebhookQueue } from "@rollcall/domain/webhooks/WebhookQueue"
import { Clock, Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { newOrganization } from "./OutboxProbe.ts"
import { administerWebhook } from "./WebhookProbe.ts"
import {
  accepted,
  addEndpoint,
  changing,
  claimed,
  complete,
  happen,
  lease,
  leave,
  noted,
  owedOne,
  rotating,
  takeTo,
  type WebhookServices,
  works
} from "./WebhookScene.ts"

/** Which endpoints are worked on, by whom, and from when on. */
export const webhookWorkContract = (it: Vitest.MethodsNonLive<WebhookServices>): void => {
  it.effect("an endpoint is sent what happens after it was added, each event once, in order (R-API-3)", () =>
    Effect.gen(function* () {
      const queue = yield* WebhookQueue
      const { id: organization, subdomain } = yield* newOrganization()
      yield* happen(organization, 3)
      const id = yield* addEndpoint(organization, { types: ["user.started", "group.created"] })
      assert.deepStrictEqual(yield* works(organization), [])
      yield* happen(organization, 2)
      assert.deepStrictEqual(yield* works(organization), [id])
      yield* TestClock.adjust("1234 millis")
      const now = yield* Clock.currentTimeMillis
      const claim = yield* claimed(organization, id)
      assert.deepInclude(claim, { position: 3, until: now + lease, health: newHealth })
      assert.deepStrictEqual(claim.organization, { id: organization, subdomain })
      assert.deepStrictEqual(claim.endpoint.types, ["user.started", "group.created"])
      assert.strictEqual(Redacted.value(claim.secrets.current), "whsec_Zmlyc3Q=")
      assert.isTrue(yield* queue.take(claim, [noted(4), noted(5, "group.created", [-7, 2_147_483_647])], 5))
      assert.isFalse(yield* queue.take(claim, [noted(4), noted(5), noted(6)], 6), "the position has moved")
      const owed = yield* queue.owed(claim)
      assert.deepStrictEqual(owed, [
        {
          sequence: 4,
          type: "user.started",
          state: "pending",
          owedAt: 0,
          attempts: 0,
          firstAttemptAt: undefined,
          lastAttemptAt: undefined,
          dueAt: now,
          endedAt: undefined,
          status: undefined,
          error: undefined,
          lanes: [4]
        },
        { ...(yield* owedOne(claim, 4)), sequence: 5, type: "group.created", lanes: [-7, 2_147_483_647] }
      ])
      yield* leave(claim)
      assert.deepStrictEqual(yield* works(organization), [])
    })
  )

  it.effect("one worker has an endpoint at a time, however many claim it at once", () =>
    Effect.gen(function* () {
      const queue = yield* WebhookQueue
      const { id: organization } = yield* newOrganization()
      const id = yield* addEndpoint(organization)
      yield* happen(organization, 1)
      const claims = yield* Effect.all(
        Array.from({ length: 12 }, () => queue.claim(organization, id, lease)),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(
        claims.filter((claim) => claim !== undefined),
        1
      )
      assert.deepStrictEqual(yield* works(organization), [])
    })
  )

  it.effect("after the lease another worker has it; the stale one can store nothing (ABUSE-37)", () =>
    Effect.gen(function* () {
      const queue = yield* WebhookQueue
      const endpoints = yield* WebhookEndpoints
      const { id: organization } = yield* newOrganization()
      const id = yield* addEndpoint(organization)
      yield* happen(organization, 2)
      const stale = yield* takeTo(organization, id, 1)
      yield* TestClock.adjust(lease - 1)
      assert.isUndefined(yield* queue.claim(organization, id, lease))
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* works(organization), [id], "what the lost worker left is looked for")
      const claim = yield* claimed(organization, id)
      assert.notStrictEqual(claim.token, stale.token)
      const before = yield* queue.owed(claim)
      assert.strictEqual(yield* complete(stale, 1, accepted), "lost")
      assert.isFalse(yield* queue.take({ ...stale, position: 1 }, [noted(2)], 2))
      yield* queue.switchOff(stale, "gone")
      yield* leave(stale, 5)
      assert.deepStrictEqual(yield* queue.owed(claim), before)
      assert.strictEqual((yield* endpoints.find(organization, id))?.endpoint.state._tag, "Enabled")
      assert.isUndefined(yield* queue.claim(organization, id, lease), "the stale one released nothing")
      assert.strictEqual(yield* complete(claim, 1, accepted), "kept")
      assert.isTrue(yield* queue.take(claim, [noted(2)], 2))
      yield* leave(claim)
      assert.strictEqual(yield* complete(claim, 2, accepted), "lost", "a claim that was given back is over")
    })
  )

  it.effect("a worker is told that an admin changed the endpoint, and leaves it to be looked at again", () =>
    Effect.gen(function* () {
      const endpoints = yield* WebhookEndpoints
      const { id: organization } = yield* newOrganization()
      const id = yield* addEndpoint(organization)
      yield* happen(organization, 2)
      const claim = yield* takeTo(organization, id, 2)
      assert.strictEqual(yield* complete(claim, 1, accepted), "kept")
      const now = yield* Clock.currentTimeMillis
      const change = { url: "https://other.halden.example/", types: ["user.deleted"] as const }
      yield* administerWebhook(organization, changing(id, change))
      yield* administerWebhook(organization, rotating(id, "whsec_c2Vjb25k"))
      const other = yield* endpoints.find(organization, id)
      assert.deepInclude(other?.endpoint, { url: "https://other.halden.example/", types: ["user.deleted"] })
      assert.strictEqual(yield* complete(claim, 2, accepted), "changed")
      yield* leave(claim, 9_999_999_999)
      assert.deepStrictEqual(yield* works(organization), [id])
      const again = yield* claimed(organization, id)
      assert.strictEqual(Redacted.value(again.secrets.current), "whsec_c2Vjb25k")
      assert.strictEqual(again.secrets.previous?.until, now + 86_400_000)
      assert.strictEqual(
        again.secrets.previous === undefined ? "" : Redacted.value(again.secrets.previous.secret),
        "whsec_Zmlyc3Q="
      )
    })
  )

  it.effect("an endpoint that rests is left alone until then, whatever happens", () =>
    Effect.gen(function* () {
      const queue = yield* WebhookQueue
      const { id: organization } = yield* newOrganization()
      const id = yield* addEndpoint(organization)
      yield* happen(organization, 1)
      const claim = yield* takeTo(organization, id, 1)
      const now = yield* Clock.currentTimeMillis
      const health = { ...newHealth, failures: 5, failingSince: now, restUntil: now + 2_000 }
      yield* queue.release(claim, { health, wakeAt: 0, isFull: false })
      yield* happen(organization, 1)
      yield* TestClock.adjust(1_999)
      assert.deepStrictEqual(yield* works(organization), [])
      assert.isUndefined(yield* queue.claim(organization, id, lease))
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* works(organization), [id])
      assert.deepStrictEqual((yield* claimed(organization, id)).health, health)
    })
  )

  it.effect("it is looked at again when something is due, and while it is full not for new events", () =>
    Effect.gen(function* () {
      const { id: organization } = yield* newOrganization()
      const id = yield* addEndpoint(organization)
      yield* happen(organization, 1)
      const claim = yield* takeTo(organization, id, 1)
      const now = yield* Clock.currentTimeMillis
      yield* leave(claim, now + 5_000, true)
      yield* happen(organization, 1)
      assert.deepStrictEqual(yield* works(organization), [])
      yield* TestClock.adjust(5_000)
      assert.deepStrictEqual(yield* works(organization), [id])
      yield* leave(yield* claimed(organization, id))
      assert.deepStrictEqual(yield* works(organization), [id], "it is not full any more")
    })
  )
}
