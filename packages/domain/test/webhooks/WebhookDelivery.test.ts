import { assert, describe, it } from "@effect/vitest"
import { eventId } from "@rollcall/domain/events/EventId"
import type { PublishedEvent } from "@rollcall/domain/events/EventPayload"
import { GroupId } from "@rollcall/domain/group/Group"
import { defaultGroupType } from "@rollcall/domain/group/GroupType"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { UserId } from "@rollcall/domain/user/UserId"
import { healthAfter, newHealth, seemsAway, switchedOffBy } from "@rollcall/domain/webhooks/EndpointHealth"
import { lanesOf } from "@rollcall/domain/webhooks/EventLanes"
import {
  afterAttempt,
  newDelivery,
  resent,
  type WebhookAttempt,
  type WebhookDelivery
} from "@rollcall/domain/webhooks/WebhookDelivery"
import { webhookUrlFault } from "@rollcall/domain/webhooks/WebhookEndpoint"

const answered = (status: number, retryAfter?: number): WebhookAttempt => ({ _tag: "Answered", status, retryAfter })
const silent: WebhookAttempt = { _tag: "Unanswered", error: "No answer within 15 s" }
const owed = newDelivery({ sequence: 7, type: "user.updated", owedAt: 5 }, 1_000)

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

describe("a webhook delivery", () => {
  it("is attempted ten times over some three days, each pause spread by a tenth, and then it is dead", () => {
    for (const chance of [0, 0.5, 0.999]) {
      let delivery: WebhookDelivery = owed
      const pauses: Array<number> = []
      while (delivery.dueAt !== undefined) {
        const at = delivery.dueAt
        delivery = afterAttempt(delivery, silent, at, chance)
        if (delivery.dueAt !== undefined) {
          assert.strictEqual(delivery.state, "failed")
          pauses.push(delivery.dueAt - at)
        }
      }
      assert.deepInclude(delivery, {
        state: "dead",
        attempts: 10,
        error: "No answer within 15 s",
        firstAttemptAt: 1_000
      })
      assert.strictEqual(delivery.endedAt, delivery.lastAttemptAt)
      const total = pauses.reduce((sum, pause) => sum + pause, 0)
      assert.isAtLeast(total, 2.8 * day)
      assert.isAtMost(total, 3.5 * day)
      assert.approximately(pauses[0] ?? 0, 5_000, 501)
      assert.approximately(pauses.at(-1) ?? 0, day, 2.41 * hour)
    }
  })

  it("is delivered by 2xx and by nothing else", () => {
    for (const status of [200, 201, 202, 204, 299]) {
      assert.deepInclude(afterAttempt(owed, answered(status), 2_000, 0.5), {
        state: "delivered",
        attempts: 1,
        dueAt: undefined,
        endedAt: 2_000,
        status,
        error: undefined
      })
    }
    for (const status of [100, 199, 300, 301, 307, 400, 404, 410, 429, 500, 503, 999]) {
      assert.strictEqual(afterAttempt(owed, answered(status), 2_000, 0.5).state, "failed", String(status))
    }
  })

  it("waits as long as the receiver asks for, an hour at most, and never less than its own pause", () => {
    const due = (retryAfter: number) => (afterAttempt(owed, answered(503, retryAfter), 0, 0.5).dueAt ?? 0) / 1_000
    assert.deepStrictEqual([0, 1_000, 120_000, 10 * day, -5].map(due), [5, 5, 120, 3_600, 5])
  })

  it("of an event that is gone is dead at once", () => {
    assert.deepInclude(afterAttempt(owed, { _tag: "Lost" }, 9, 0.5), {
      state: "dead",
      error: "The event is not kept any more"
    })
  })

  it("resent is as new, but one that is pending stays as it is", () => {
    const dead = afterAttempt(owed, { _tag: "Lost" }, 9, 0.5)
    assert.deepStrictEqual(resent(dead, 50), { ...owed, dueAt: 50 })
    assert.strictEqual(resent(owed, 50), owed)
  })
})

describe("the health of an endpoint", () => {
  it("after five failures in a row it rests, up to a minute; one success and all is well", () => {
    let health = newHealth
    const rests: Array<number> = []
    for (let i = 0; i < 14; i++) {
      health = healthAfter(health, silent, 1_000)
      rests.push(health.restUntil === undefined ? 0 : health.restUntil - 1_000)
    }
    assert.deepStrictEqual(
      rests.map((rest) => rest / 1_000),
      [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    )
    assert.isTrue(seemsAway(health))
    assert.deepStrictEqual(healthAfter(health, answered(204), 9), { ...newHealth, lastDeliveredAt: 9 })
  })

  it("410 ends it at once, failures after five days of nothing else", () => {
    assert.strictEqual(switchedOffBy(answered(410), newHealth, 0), "gone")
    const failing = { ...newHealth, failures: 9, failingSince: 1_000 }
    assert.isUndefined(switchedOffBy(answered(500), failing, 5 * day + 999))
    assert.strictEqual(switchedOffBy(answered(500), failing, 5 * day + 1_000), "failing")
    assert.isUndefined(switchedOffBy(answered(500), { ...failing, failures: 4 }, 9 * day))
  })
})

describe("whom an event is about", () => {
  const organization = OrganizationId.make("0b9d7f5e-1111-4222-8333-444455556666")
  const group = GroupId.make("11111111-1111-4111-8111-111111111111")
  const ines = UserId.make("22222222-2222-4222-8222-222222222222")
  const olav = UserId.make("33333333-3333-4333-8333-333333333333")
  const membership = (added: ReadonlyArray<UserId>, removed: ReadonlyArray<UserId>): PublishedEvent => ({
    id: eventId(organization, 1),
    sequence: 1,
    time: "2027-03-10T08:00:00Z",
    organization: "halden",
    payloadVersion: 1,
    type: "group.membershipChanged",
    object: { type: "Group", id: group, version: 1 },
    data: {
      group: { id: group, version: 1, externalId: null, displayName: "Crew", groupType: defaultGroupType.id },
      added,
      removed
    }
  })

  it("a change of members is about the group and everybody who joined or left, each once", () => {
    const lanes = lanesOf(membership([ines], [olav, ines]))
    assert.lengthOf(lanes, 3)
    assert.includeMembers([...lanes], [...lanesOf(membership([], [])), ...lanesOf(membership([ines], []))])
    assert.lengthOf(lanesOf(membership([], [])), 1)
    for (const lane of lanes) assert.strictEqual(lane, lane | 0, "it fits a column of four bytes")
  })
})

describe("the URL of an endpoint", () => {
  it("is https without credentials and fragment; http where the installation allows it", () => {
    const table: ReadonlyArray<readonly [string, boolean, boolean]> = [
      ["https://hooks.example.com/x?y=1", true, true],
      ["http://hooks.example.com/", false, true],
      ["ftp://hooks.example.com/", false, false],
      ["javascript:alert(1)", false, false],
      ["file:///etc/passwd", false, false],
      ["https://user@hooks.example.com/", false, false],
      ["https://hooks.example.com/#part", false, false],
      ["/hooks", false, false],
      ["", false, false],
      [`https://hooks.example.com/${"x".repeat(2_048)}`, false, false]
    ]
    for (const [url, isFine, isFineWithHttp] of table) {
      assert.strictEqual(webhookUrlFault(url, false) === undefined, isFine, url)
      assert.strictEqual(webhookUrlFault(url, true) === undefined, isFineWithHttp, url)
    }
  })
})
