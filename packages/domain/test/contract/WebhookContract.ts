import { assert, layer as suite } from "@effect/vitest"
import type { Directory } from "@rollcall/domain/directory/Directory"
import type { EventType } from "@rollcall/domain/events/EventPayload"
import { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { UserId } from "@rollcall/domain/user/UserId"
import { newHealth } from "@rollcall/domain/webhooks/EndpointHealth"
import type { WebhookCommand } from "@rollcall/domain/webhooks/WebhookCommand"
import { afterAttempt, type WebhookAttempt } from "@rollcall/domain/webhooks/WebhookDelivery"
import {
  type EndpointChange,
  type EndpointSettings,
  enabled,
  mostEndpoints,
  WebhookEndpointId
} from "@rollcall/domain/webhooks/WebhookEndpoint"
import { WebhookEndpoints } from "@rollcall/domain/webhooks/WebhookEndpoints"
import {
  type OwedDelivery,
  type OwedEvent,
  type WebhookClaim,
  WebhookQueue
} from "@rollcall/domain/webhooks/WebhookQueue"
import { Clock, Effect, type Layer, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import { newOrganization, OutboxProbe } from "./OutboxProbe.ts"
import { administerWebhook, administerWebhooks, webhookAdmin } from "./WebhookProbe.ts"

const lease = 60_000

const accepted: WebhookAttempt = { _tag: "Answered", status: 204, retryAfter: undefined }
const failed: WebhookAttempt = { _tag: "Answered", status: 500, retryAfter: undefined }
const lost: WebhookAttempt = { _tag: "Lost" }

const newEndpointId = () => WebhookEndpointId.make(SecureRandom.uuidV4Unsafe())

const adding = (newId: WebhookEndpointId, settings: Partial<EndpointSettings> = {}): WebhookCommand => ({
  _tag: "AddWebhook",
  newId,
  settings: { url: "https://hooks.halden.example/rollcall", description: "The product", types: null, ...settings },
  secret: Redacted.make("whsec_Zmlyc3Q="),
  allowHttp: false
})

const changing = (id: WebhookEndpointId, change: EndpointChange): WebhookCommand => ({
  _tag: "ChangeWebhook",
  id,
  change,
  allowHttp: false
})

const rotating = (id: WebhookEndpointId, secret: string, atOnce = false): WebhookCommand => ({
  _tag: "RotateWebhookSecret",
  id,
  secret: Redacted.make(secret),
  atOnce
})

const removing = (id: WebhookEndpointId): WebhookCommand => ({ _tag: "RemoveWebhook", id })

const addEndpoint = Effect.fnUntraced(function* (
  organization: OrganizationId,
  settings: Partial<EndpointSettings> = {}
) {
  const id = newEndpointId()
  yield* administerWebhook(organization, adding(id, settings))
  return id
})

/** What the log has of an organisation, the oldest entry first. */
const logOf = (organization: OrganizationId) =>
  Effect.flatMap(ProvisioningLog, (log) =>
    Effect.map(log.search(organization, { limit: 200 }), ({ entries }) =>
      entries.toReversed().map(({ entry }) => entry)
    )
  )

/** What each command came to. */
const tagsOf = (answers: ReadonlyArray<{ readonly _tag: string }>) => answers.map(({ _tag }) => _tag)

/** Lets so many events happen, each about somebody else. */
const happen = Effect.fnUntraced(function* (organization: OrganizationId, count: number) {
  const events = Array.from({ length: count }, () => ({
    type: "user.started" as const,
    user: UserId.make(SecureRandom.uuidV4Unsafe()),
    version: 1
  }))
  yield* (yield* OutboxProbe).happen(organization, events)
})

const claimed = Effect.fnUntraced(function* (organization: OrganizationId, id: WebhookEndpointId) {
  const claim = yield* (yield* WebhookQueue).claim(organization, id, lease)
  if (claim === undefined) throw new Error("the endpoint cannot be claimed")
  return claim
})

const noted = (sequence: number, type: EventType = "user.started", lanes: ReadonlyArray<number> = [sequence]) =>
  ({ sequence, type, owedAt: 0, lanes }) satisfies OwedEvent

/** Claims the endpoint and takes the events up to that number, all of them. */
const takeTo = Effect.fnUntraced(function* (organization: OrganizationId, id: WebhookEndpointId, to: number) {
  const claim = yield* claimed(organization, id)
  const events = Array.from({ length: to - claim.position }, (_, i) => noted(claim.position + i + 1))
  assert.isTrue(yield* (yield* WebhookQueue).take(claim, events, to))
  return claim
})

const owedOne = Effect.fnUntraced(function* (claim: WebhookClaim, sequence: number) {
  const one = (yield* (yield* WebhookQueue).owed(claim)).find((delivery) => delivery.sequence === sequence)
  if (one === undefined) throw new Error(`event ${sequence} is not owed`)
  return one
})

const complete = Effect.fnUntraced(function* (claim: WebhookClaim, sequence: number, attempt: WebhookAttempt) {
  const delivery = yield* owedOne(claim, sequence)
  const { lanes: _, ...outcome } = afterAttempt(delivery, attempt, yield* Clock.currentTimeMillis, 0.5)
  return yield* (yield* WebhookQueue).complete(claim, outcome)
})

const leave = (claim: WebhookClaim, wakeAt?: number, isFull = false) =>
  Effect.flatMap(WebhookQueue, (queue) => queue.release(claim, { health: newHealth, wakeAt, isFull }))

const works = (organization: OrganizationId) =>
  Effect.flatMap(WebhookQueue, (queue) =>
    Effect.map(queue.work, (work) =>
      work.filter((one) => one.organization === organization).map(({ endpoint }) => endpoint)
    )
  )

const statesOf = Effect.fnUntraced(function* (organization: OrganizationId, id: WebhookEndpointId) {
  const { deliveries } = yield* (yield* WebhookEndpoints).deliveries(organization, id, { count: 1_000 })
  return deliveries.map(({ sequence, state }) => [sequence, state] as const)
})

const sequencesOf = (deliveries: ReadonlyArray<OwedDelivery>) => deliveries.map(({ sequence }) => sequence)

/** What every adapter of {@link WebhookEndpoints} and {@link WebhookQueue} keeps. */
export const webhookContract = (
  name: string,
  layer: Layer.Layer<WebhookEndpoints | WebhookQueue | Directory | ProvisioningLog | OutboxProbe>
): void =>
  suite(layer, { timeout: "60 seconds" })(`webhooks (${name})`, (it) => {
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
          answers.map((answer) =>
            answer._tag === "Refused" ? [answer.error.status, answer.error.field] : answer._tag
          ),
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
  })
