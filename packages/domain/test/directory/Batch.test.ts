import { assert, describe, it } from "@effect/vitest"
import { Batch } from "@rollcall/domain/directory/Batch"
import type { Command, Request } from "@rollcall/domain/directory/Command"
import { decideInMemory, emptyOrganization, writeToMemory } from "@rollcall/domain/directory/MemoryStore"
import { GroupId } from "@rollcall/domain/group/Group"
import { presets } from "@rollcall/domain/organization/Settings"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { badRequest } from "@rollcall/domain/scim/ScimError"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { UserId } from "@rollcall/domain/user/UserId"
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

  const request = (command: Command, receivedAt = 0): Request => ({
    command,
    requestId: "r7",
    actor: { keyId: "k1", keyLabel: "IdP", client: "agent" },
    line: "PATCH /Users/x",
    size: 1,
    receivedAt
  })
  const input = (attributes: JsonObject) => ({ attributes, cleared: [], notes: [] })
  const groupId = GroupId.make("3f6a8c1e-7d20-4e5b-b9a4-0c1d2e3f4a10")

  describe("asks for what it needs", () => {
    const create = (name: string, more: JsonObject = {}) =>
      request({
        _tag: "CreateUser",
        newId: UserId.make(crypto.randomUUID()),
        input: input({ userName: name, emails: [{ value: `${name}@halden.example` }], ...more })
      })
    const reporting = { [enterpriseUserUrn]: { manager: { value: "ada@halden.example" } } }
    const numbered = { [enterpriseUserUrn]: { employeeNumber: "7" } }
    const deletion = request({ _tag: "DeleteUser", id: UserId.make(crypto.randomUUID()), ifMatch: undefined })
    const asked = (requests: ReadonlyArray<Request>) => {
      const { state } = stoodOrganization({ settings: presets.product, chunks: [] })
      const batch = new Batch(requests, state, resourceTypes, 0)
      const first = batch.decideAll()
      if ("writes" in first) throw new Error("nothing was asked for")
      batch.load(first, {})
      return { first, second: batch.decideAll() }
    }

    it("once for all requests, where the first look is enough", () => {
      const { first, second } = asked([create("ada"), deletion, create("bo")])
      assert.deepStrictEqual([...first.userNames], ["ada", "bo"])
      assert.strictEqual(first.users.size, 1)
      assert.isTrue("writes" in second)
    })

    for (const [what, requests, expected] of [
      ["newcomers", [create("ada"), create("bo", numbered)], true],
      ["a newcomer whose manager is referred to", [create("ada"), create("bo", reporting)], false],
      ["a newcomer and somebody else", [create("ada"), deletion], false],
      ["somebody else", [deletion], false]
    ] as const) {
      it(`and says that ${what} ${expected ? "will" : "may not"} find nobody`, () => {
        assert.strictEqual(asked(requests).first.isOfNewcomers, expected)
      })
    }
  })

  it("writes nothing of a group that it makes and deletes, but what is told of it", () => {
    const organization = stoodOrganization({ settings: presets.product, chunks: [] })
    const members = stood.users.slice(0, 2).map(({ id }) => ({ value: id }))
    const requests = [
      request({ _tag: "CreateGroup", newId: groupId, input: input({ displayName: "Brief", members }) }),
      request({ _tag: "DeleteGroup", id: groupId, ifMatch: undefined })
    ]
    const { answers, writes } = decideInMemory(organization, requests, resourceTypes, 0)
    assert.deepStrictEqual(
      answers.map((answer) =>
        answer._tag === "Refused" ? answer.error.detail : answer._tag === "Done" ? answer.outcome : "idle"
      ),
      ["created", "deleted"]
    )
    assert.deepStrictEqual([writes.groups, writes.deletedGroups, writes.memberships], [[], [], []])
    assert.strictEqual(writes.counters.groupCount, organization.state.counters.groupCount)
    assert.strictEqual(writes.counters.groupSequence, organization.state.counters.groupSequence + 1)
    assert.deepStrictEqual(
      writes.events.map(({ event }) => event.type),
      ["group.created", "group.membershipChanged", "group.deleted"]
    )
  })

  it("R-GROUP-5: names a thousand members in the log and counts the rest; events of a thousand have them all", () => {
    const organization = emptyOrganization(presets.product)
    const create = Array.from({ length: 1_002 }, (_, i) =>
      request({
        _tag: "CreateUser",
        newId: UserId.make(`00000000-0000-4000-8000-${String(i).padStart(12, "0")}`),
        input: input({ userName: `p${i}` })
      })
    )
    writeToMemory(organization, decideInMemory(organization, create, resourceTypes, 0).writes)
    const members = [...organization.users.keys()].map((value) => ({ value }))
    const command = { _tag: "CreateGroup", newId: groupId, input: input({ displayName: "All", members }) } as const
    const { writes } = decideInMemory(organization, [request(command)], resourceTypes, 0)
    const added = writes.log[0]?.entry.changes.find(({ attribute }) => attribute === "members added")?.after
    assert.deepStrictEqual((added as ReadonlyArray<string>).slice(999), [members[999]?.value ?? "", "and 2 more"])
    const told = writes.events.map(({ event }) => (event.type === "group.membershipChanged" ? event.added : []))
    assert.deepStrictEqual(
      told.map(({ length }) => length),
      [0, 1_000, 2]
    )
    assert.deepStrictEqual(
      told.flat(),
      members.map(({ value }) => value)
    )
    assert.deepStrictEqual(writes.log[0]?.entry.events, { first: 2_005, last: 2_007 })
  })

  const refusedAt = (receivedAt: number, now: number) => {
    const organization = stoodOrganization({ settings: presets.product, chunks: [] })
    const refusal = request({ _tag: "Refuse", error: badRequest("invalidSyntax", "No.") }, receivedAt)
    return decideInMemory(organization, [refusal], resourceTypes, now).writes.log
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
