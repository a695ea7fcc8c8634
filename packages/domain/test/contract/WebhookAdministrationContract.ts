import { assert, type Vitest } from "@effect/vitest"
import { newHealth } from "@rollcall/domain/webhooks/EndpointHealth"
import { enabled, mostEndpoints } from "@rollcall/domain/webhooks/WebhookEndpoint"
import { WebhookEndpoints } from "@rollcall/domain/webhooks/WebhookEndpoints"
import { WebhookQueue } from "@rollcall/domain/webhooks/WebhookQueue"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { newOrganization } from "./OutboxProbe.ts"
import { administerWebhook, administerWebhooks, webhookAdmin } from "./WebhookProbe.ts"
import {
  accepted,
  addEndpoint,
  adding,
  changing,
  claimed,
  complete,
  failed,
  happen,
  lease,
  leave,
  logOf,
  newEndpointId,
  noted,
  owedOne,
  removing,
  rotating,
  sequencesOf,
  tagsOf,
  takeTo,
  type WebhookServices,
  works
} from "./WebhookScene.ts"

/** What admins make of endpoints, also while a worker has one. */
export const webhookAdministrationContract = (it: Vitest.MethodsNonLive<WebhookServices>): void => {
  it.effect("a refused change leaves the endpoint as it was, and is told to the worker as none", () =>
    Effect.gen(function* () {
      const endpoints = yield* WebhookEndpoints
      const { id: organization } = yield* newOrganization()
      const id = yield* addEndpoint(organization)
      yield* happen(organization, 1)
      const claim = yield* takeTo(organization, id, 1)
      yield* administerWebhook(organization, rotating(id, "whsec_c2Vjb25k", true))
      const held = yield* endpoints.find(organization, id)
      yield* leave(claim)
      const later = yield* claimed(organization, id)
      const answers = yield* administerWebhooks(
        organization,
        changing(id, { url: "nowhere", enabled: false }),
        changing(id, { url: "http://hooks.halden.example/" }),
        changing(id, { types: [] }),
        changing(id, { description: "two\nlines" }),
        changing(newEndpointId(), { enabled: false }),
        rotating(newEndpointId(), "whsec_dGhpcmQ="),
        removing(newEndpointId()),
        adding(newEndpointId(), { url: "nowhere" })
      )
      assert.deepStrictEqual(
        answers.map((answer) => (answer._tag === "Refused" ? [answer.error.status, answer.error.field] : answer._tag)),
        [
          [400, "url"],
          [400, "url"],
          [400, "types"],
          [400, "description"],
          [404, undefined],
          [404, undefined],
          [404, undefined],
          [400, "url"]
        ]
      )
      assert.deepStrictEqual(yield* endpoints.list(organization), held === undefined ? [] : [held])
      assert.isTrue(
        (yield* logOf(organization))
          .slice(2)
          .every(({ changes, outcome }) => outcome === "refused" && changes.length === 0)
      )
      assert.strictEqual(yield* complete(later, 1, accepted), "kept")
    })
  )

  it.effect("switched off it is left alone, and switched on it goes on where it stopped, its health new", () =>
    Effect.gen(function* () {
      const queue = yield* WebhookQueue
      const endpoints = yield* WebhookEndpoints
      const { id: organization } = yield* newOrganization()
      const id = yield* addEndpoint(organization)
      yield* happen(organization, 4)
      const claim = yield* takeTo(organization, id, 2)
      yield* complete(claim, 1, failed)
      yield* TestClock.adjust("1 second")
      yield* queue.switchOff(claim, "gone")
      const health = { failures: 7, failingSince: 5, restUntil: 6, lastDeliveredAt: 4 }
      yield* queue.release(claim, { health, wakeAt: 0, isFull: false })
      const off = yield* endpoints.find(organization, id)
      assert.deepStrictEqual(off?.endpoint.state, {
        _tag: "Disabled",
        reason: "gone",
        since: yield* Clock.currentTimeMillis
      })
      assert.deepStrictEqual([off?.position, off?.health], [2, health])
      yield* happen(organization, 1)
      assert.deepStrictEqual(yield* works(organization), [])
      assert.isUndefined(yield* queue.claim(organization, id, lease))

      const told = yield* administerWebhook(organization, changing(id, { enabled: true }))
      const on = yield* endpoints.find(organization, id)
      assert.deepStrictEqual(told, on)
      assert.deepStrictEqual([on?.endpoint.state, on?.position, on?.health], [enabled, 2, newHealth])
      assert.deepStrictEqual(yield* works(organization), [id])
      const again = yield* takeTo(organization, id, 5)
      assert.deepStrictEqual(sequencesOf(yield* queue.owed(again)), [1, 2, 3, 4, 5])
    })
  )

  it.effect("no more endpoints than may be, also where several are added at once", () =>
    Effect.gen(function* () {
      const endpoints = yield* WebhookEndpoints
      const { id: organization } = yield* newOrganization()
      const added = yield* Effect.all(
        Array.from({ length: mostEndpoints + 5 }, () => administerWebhooks(organization, adding(newEndpointId()))),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(
        added.filter(([answer]) => answer?._tag === "Done"),
        mostEndpoints
      )
      assert.lengthOf(yield* endpoints.list(organization), mostEndpoints)
    })
  )

  it.effect("another organisation's endpoints are not there (ABUSE-11)", () =>
    Effect.gen(function* () {
      const queue = yield* WebhookQueue
      const endpoints = yield* WebhookEndpoints
      const { id: organization } = yield* newOrganization()
      const { id: other } = yield* newOrganization()
      const id = yield* addEndpoint(organization)
      yield* happen(organization, 1)
      const claim = yield* takeTo(organization, id, 1)
      const foreign = { ...claim, organization: { ...claim.organization, id: other } }
      assert.isUndefined(yield* endpoints.find(other, id))
      assert.deepStrictEqual(yield* endpoints.list(other), [])
      const asked = [changing(id, { enabled: false }), rotating(id, "whsec_c2Vjb25k"), removing(id)]
      assert.deepStrictEqual(tagsOf(yield* administerWebhooks(other, ...asked)), ["Refused", "Refused", "Refused"])
      assert.deepStrictEqual((yield* endpoints.deliveries(other, id, { count: 5 })).deliveries, [])
      assert.isUndefined(yield* endpoints.resend(other, id, 1))
      assert.strictEqual(yield* endpoints.replay(other, id, { _tag: "After", sequence: 0 }), 0)
      assert.isUndefined(yield* queue.claim(other, id, lease))
      assert.deepStrictEqual(yield* queue.owed(foreign), [])
      assert.isFalse(yield* queue.take(foreign, [noted(1)], 1))
      assert.strictEqual(yield* queue.complete(foreign, yield* owedOne(claim, 1)), "lost")
      assert.strictEqual(yield* queue.forget(other, { delivered: 1e12, dead: 1e12 }, 10), 0)
      assert.strictEqual(yield* complete(claim, 1, accepted), "kept")
    })
  )

  it.effect("a removed endpoint is gone with its deliveries, also for who is sending to it", () =>
    Effect.gen(function* () {
      const queue = yield* WebhookQueue
      const endpoints = yield* WebhookEndpoints
      const { id: organization } = yield* newOrganization()
      const id = yield* addEndpoint(organization)
      yield* happen(organization, 1)
      const claim = yield* takeTo(organization, id, 1)
      const delivery = yield* owedOne(claim, 1)
      const twice = yield* administerWebhooks(organization, removing(id), removing(id))
      assert.deepStrictEqual(tagsOf(twice), ["Done", "Refused"])
      assert.strictEqual(yield* queue.complete(claim, delivery), "lost")
      assert.deepStrictEqual((yield* endpoints.deliveries(organization, id, { count: 5 })).deliveries, [])
      yield* happen(organization, 1)
      assert.deepStrictEqual(yield* works(organization), [])
    })
  )

  it.effect("switched off by an admin it keeps its place, also where a worker has it just then", () =>
    Effect.gen(function* () {
      const queue = yield* WebhookQueue
      const endpoints = yield* WebhookEndpoints
      const { id: organization } = yield* newOrganization()
      const id = yield* addEndpoint(organization)
      yield* happen(organization, 3)
      const claim = yield* takeTo(organization, id, 2)
      const off = yield* administerWebhook(organization, changing(id, { enabled: false }))
      assert.deepInclude(off?.endpoint.state, { _tag: "Disabled", reason: "admin" })
      assert.strictEqual((yield* endpoints.find(organization, id))?.position, 2)
      assert.isFalse(yield* queue.take(claim, [noted(3)], 3))
      // The worker finds that it has gone, which an admin has said already.
      yield* queue.switchOff(claim, "gone")
      yield* leave(claim)
      assert.deepStrictEqual((yield* endpoints.find(organization, id))?.endpoint.state, off?.endpoint.state)
      assert.deepStrictEqual(yield* works(organization), [])
      yield* administerWebhook(organization, changing(id, { enabled: true }))
      assert.strictEqual((yield* takeTo(organization, id, 3)).position, 2)
    })
  )

  it.effect("switched off while a worker takes events it stops where the worker has come to, whoever was first", () =>
    Effect.gen(function* () {
      const queue = yield* WebhookQueue
      const endpoints = yield* WebhookEndpoints
      const { id: organization } = yield* newOrganization()
      yield* happen(organization, 1)
      for (let round = 0; round < 10; round++) {
        const id = yield* addEndpoint(organization)
        yield* happen(organization, 1)
        const claim = yield* claimed(organization, id)
        const [isTaken] = yield* Effect.all(
          [
            queue.take(claim, [noted(claim.position + 1)], claim.position + 1),
            administerWebhook(organization, changing(id, { enabled: false }))
          ],
          { concurrency: "unbounded" }
        )
        const held = yield* endpoints.find(organization, id)
        assert.strictEqual(held?.endpoint.state._tag, "Disabled")
        assert.strictEqual(held?.position, claim.position + (isTaken ? 1 : 0))
      }
    })
  )

  it.effect("what a worker switches off while an admin changes something else stays off", () =>
    Effect.gen(function* () {
      const queue = yield* WebhookQueue
      const endpoints = yield* WebhookEndpoints
      const { id: organization } = yield* newOrganization()
      for (let round = 0; round < 10; round++) {
        const id = yield* addEndpoint(organization)
        yield* happen(organization, 1)
        const claim = yield* claimed(organization, id)
        const change = administerWebhook(organization, changing(id, { description: `Round ${round}` }))
        yield* Effect.all([queue.switchOff(claim, "gone"), change], { concurrency: "unbounded" })
        const held = yield* endpoints.find(organization, id)
        assert.deepInclude(held?.endpoint, { description: `Round ${round}` })
        assert.deepInclude(held?.endpoint.state, { _tag: "Disabled", reason: "gone" })
        assert.strictEqual(held?.position, claim.position)
      }
    })
  )

  it.effect("what an admin does in one batch comes to what it ends in", () =>
    Effect.gen(function* () {
      const endpoints = yield* WebhookEndpoints
      const { id: organization } = yield* newOrganization()
      const known = yield* addEndpoint(organization)
      yield* happen(organization, 2)
      const [off, gone] = [newEndpointId(), newEndpointId()]
      const answers = yield* administerWebhooks(
        organization,
        adding(off, { description: "First" }),
        changing(off, { description: "Second", enabled: false }),
        adding(gone),
        removing(gone),
        changing(known, { description: "Known" }),
        changing(known, { enabled: false }),
        removing(known),
        changing(known, { enabled: true })
      )
      assert.deepStrictEqual(tagsOf(answers), [...Array.from({ length: 7 }, () => "Done"), "Refused"])
      const [held, ...others] = yield* endpoints.list(organization)
      assert.deepStrictEqual(others, [])
      assert.deepInclude(held?.endpoint, { id: off, description: "Second" })
      assert.deepStrictEqual([held?.endpoint.state._tag, held?.position], ["Disabled", 2])
      yield* happen(organization, 1)
      yield* administerWebhook(organization, changing(off, { enabled: true }))
      assert.deepStrictEqual(yield* works(organization), [off])
    })
  )

  it.effect("every change leaves one entry beside it: who, what, before and after, and no secret (R-LOG-1)", () =>
    Effect.gen(function* () {
      const { id: organization } = yield* newOrganization()
      const id = yield* addEndpoint(organization, { url: "https://hooks.halden.example/x?key=s3cr3t" })
      yield* administerWebhook(organization, changing(id, { types: ["user.created"], enabled: false }))
      yield* administerWebhook(organization, rotating(id, "whsec_c2Vjb25k"))
      yield* administerWebhook(organization, removing(id))
      const entries = yield* logOf(organization)
      const url = "https://hooks.halden.example/x?…"
      assert.deepStrictEqual(
        entries.map(({ changes, notes, status }) => [
          status,
          notes[0]?.text,
          changes.map(({ after, attribute, before }) => [attribute, before ?? null, after ?? null])
        ]),
        [
          [
            201,
            "A webhook endpoint was made.",
            [
              ["webhook.url", null, url],
              ["webhook.description", null, "The product"],
              ["webhook.types", null, "all"],
              ["webhook.enabled", null, true]
            ]
          ],
          [
            200,
            "A webhook endpoint was changed.",
            [
              ["webhook.types", "all", ["user.created"]],
              ["webhook.enabled", true, false]
            ]
          ],
          [200, "A webhook endpoint got a new secret.", []],
          [
            204,
            "A webhook endpoint was deleted.",
            [
              ["webhook.url", url, null],
              ["webhook.description", "The product", null],
              ["webhook.types", ["user.created"], null],
              ["webhook.enabled", false, null]
            ]
          ]
        ]
      )
      for (const entry of entries) assert.deepInclude(entry, { actor: webhookAdmin, outcome: "updated" })
      for (const secret of ["s3cr3t", "whsec"]) assert.notInclude(JSON.stringify(entries), secret)
    })
  )
}
