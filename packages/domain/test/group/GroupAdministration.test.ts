import { assert, describe, it } from "@effect/vitest"
import { defaultGroupType } from "@rollcall/domain/group/GroupType"
import { requestsOf, scimStory, stood, stoodOrganization, story, tellInMemory } from "../contract/CommandSequence.ts"
import { memorySnapshot } from "../contract/DirectoryProbe.ts"

const oneByOne = <A>(all: ReadonlyArray<A>) => all.map((one) => [one])

describe("R-GROUP-3: what admins make of groups", () => {
  it.prop(
    "stays whatever SCIM requests come: types, the type of a group, and its admins but for people who are deleted",
    [scimStory],
    ([told]) => {
      const before = memorySnapshot(stoodOrganization(told))
      const { after } = tellInMemory(told, oneByOne)
      assert.deepStrictEqual(after.groupTypes, stood.groupTypes)
      const typeBefore = new Map(before.groups.map(({ id, type }) => [id, type] as const))
      for (const { id, type } of after.groups) assert.strictEqual(type, typeBefore.get(id) ?? defaultGroupType.id)
      const groups = new Set(after.groups.map(({ id }) => id))
      const deleted = new Set(after.events.flatMap(({ event }) => (event.type === "user.deleted" ? [event.user] : [])))
      assert.deepStrictEqual(
        after.admins,
        before.admins
          .map(([group, ids]) => [group, ids.filter((id) => !deleted.has(id))] as const)
          .filter(([group, ids]) => groups.has(group) && ids.length > 0)
      )
    },
    { timeout: 120_000, arbitrary: { runs: 300 } }
  )

  it.prop(
    "is told to nobody by SCIM: no version, no time of change, no member and no person moves",
    [story],
    ([told]) => {
      const isScim = (line: string) => /^(create|replace|patch|delete) (user|group)$/.test(line)
      const requests = requestsOf(told)
      // What an admin does besides SCIM requests leaves what these make as they would have made it alone.
      const alone = tellInMemory(told, (all) => all.filter(({ line }) => isScim(line)).map((one) => [one]))
      const both = tellInMemory(told, oneByOne)
      const seen = ({ groups, members, users }: typeof both.after) => ({
        groups: groups.map(({ type: _, ...group }) => group),
        members,
        users
      })
      assert.deepStrictEqual(seen(both.after), seen(alone.after))
      assert.isAtLeast(requests.length, 1)
    },
    { timeout: 120_000, arbitrary: { runs: 300 } }
  )

  it.prop(
    "holds together: one type of each name, places without gaps, groups of types that are there, admins who live",
    [story],
    ([told]) => {
      const { after } = tellInMemory(told, (requests) => [requests])
      assert.deepStrictEqual(
        after.groupTypes.map(({ position }) => position),
        after.groupTypes.map((_, i) => i + 1)
      )
      const names = [defaultGroupType, ...after.groupTypes].map(({ name }) => name.toLowerCase())
      assert.strictEqual(new Set(names).size, names.length)
      const types = new Set([defaultGroupType, ...after.groupTypes].map(({ id }) => id))
      for (const { type } of after.groups) assert.isTrue(types.has(type))
      const groups = new Set(after.groups.map(({ id }) => id))
      const living = new Set(after.users.flatMap(({ deletedAt, id }) => (deletedAt === undefined ? [id] : [])))
      for (const [group, admins] of after.admins) {
        assert.isTrue(groups.has(group))
        for (const admin of admins) assert.isTrue(living.has(admin))
      }
    },
    { timeout: 120_000, arbitrary: { runs: 300 } }
  )
})
