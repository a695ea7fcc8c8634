import { assert, describe, it } from "@effect/vitest"
import { decideInMemory, writeToMemory } from "@rollcall/domain/directory/MemoryStore"
import { presets } from "@rollcall/domain/organization/Settings"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { badRequest } from "@rollcall/domain/scim/ScimError"
import { requestsOf, stood, stoodOrganization, story, tellInMemory, timeOf } from "../contract/CommandSequence.ts"
import { plain } from "../contract/DirectoryProbe.ts"
import { resourceTypes } from "../contract/Tenant.ts"

describe("a batch", () => {
  it.prop(
    "equals its commands one after another: same answers, same directory, same log and events",
    [story],
    ([told]) => {
      const single = tellInMemory(told, (requests) => requests.map((request) => [request]))
      const whole = tellInMemory(told, (requests) => [requests])
      const parts = tellInMemory(told, (requests) => [requests.slice(0, 1), requests.slice(1, 4), requests.slice(4)])
      assert.deepStrictEqual(whole, single)
      assert.deepStrictEqual(parts, single)
    },
    { timeout: 120_000, arbitrary: { runs: 300 } }
  )

  it.prop(
    "writes the difference between what stood and what stands, each thing once",
    [story],
    ([told]) => {
      const organization = stoodOrganization(told)
      for (const [chunk, requests] of requestsOf(told).entries()) {
        const { writes } = decideInMemory(organization, requests, resourceTypes, timeOf(chunk))
        const { groups, members, users } = organization
        for (const { before, user } of writes.users) {
          const stands = users.get(user.id)
          assert.strictEqual(before, stands?.deletedAt === undefined ? stands : undefined)
          assert.notDeepEqual(plain(user), plain(stands ?? {}) as never)
        }
        const ids = writes.users.map(({ user }) => user.id)
        assert.strictEqual(new Set(ids).size, ids.length)
        for (const id of writes.deletedGroups) assert.isTrue(groups.has(id))
        const gone = new Set(writes.deletedGroups)
        for (const { id } of writes.groups) assert.isFalse(gone.has(id))
        for (const { added, group, removed } of writes.memberships) {
          assert.isFalse(gone.has(group))
          assert.isAbove(added.length + removed.length, 0)
          for (const id of added) assert.isNotTrue(members.get(group)?.has(id))
          for (const id of removed) assert.isTrue(members.get(group)?.has(id))
        }
        assert.isUndefined(
          writes.customAttributes === organization.state.customAttributes ? writes.customAttributes : undefined
        )
        writeToMemory(organization, writes)
      }
    },
    { timeout: 120_000, arbitrary: { runs: 300 } }
  )

  const refusedAt = (receivedAt: number, now: number) => {
    const organization = stoodOrganization({ settings: presets.product, chunks: [] })
    const request = {
      command: { _tag: "Refuse", error: badRequest("invalidSyntax", "No.") } as const,
      requestId: "r7",
      actor: { keyId: "k1", keyLabel: "IdP", client: "agent" },
      line: "PATCH /Users/x",
      size: 1,
      receivedAt
    }
    return decideInMemory(organization, [request], resourceTypes, now).writes.log
  }

  it("R-LOG-1: says of each request who asked, what, when, and how long it took", () => {
    const [line] = refusedAt(400, 1_000)
    assert.deepStrictEqual(plain(line) as unknown as JsonObject, {
      sequence: 1,
      entry: {
        at: 1_000,
        requestId: "r7",
        actor: { keyId: "k1", keyLabel: "IdP", client: "agent" },
        request: "PATCH /Users/x",
        duration: 600,
        outcome: "refused",
        status: 400,
        changes: [],
        notes: [],
        error: { scimType: "invalidSyntax", detail: "No." }
      }
    })
  })

  it("R-LOG-1: a clock that was set back makes no duration below zero", () => {
    assert.strictEqual(refusedAt(2_000, 1_000)[0]?.entry.duration, 0)
  })

  it("numbers people and groups on from what stands, and gives no number twice", () => {
    const organization = stoodOrganization({ settings: presets.product, chunks: [] })
    assert.strictEqual(organization.state.counters.userSequence, stood.users.length)
    const { writes } = decideInMemory(organization, [], resourceTypes, 0)
    assert.deepStrictEqual(writes.counters, organization.state.counters)
  })
})
