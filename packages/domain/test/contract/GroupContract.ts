import { assert, type Vitest } from "@effect/vitest"
import { type Group, GroupId } from "@rollcall/domain/group/Group"
import { defaultGroupType, type GroupType, GroupTypeId } from "@rollcall/domain/group/GroupType"
import { parseProjection } from "@rollcall/domain/scim/Projection"
import { valueAt } from "@rollcall/domain/user/DirectoryField"
import { Effect } from "effect"
import { SecureRandom } from "effect/crypto"
import type { Snapshot } from "./DirectoryProbe.ts"
import {
  assertRefused,
  memberIdsOf,
  members,
  newTenant,
  person,
  type Resource,
  resourceTypes,
  type Services,
  type Tenant,
  versionOf
} from "./Tenant.ts"

const lastEvent = ({ events }: Snapshot): unknown => events.at(-1)?.event
const lastEntry = ({ log }: Snapshot) => log.at(-1)?.entry

/** Three people. */
const team = (tenant: Tenant) =>
  Effect.all([tenant.createUser(person("ada")), tenant.createUser(person("bo")), tenant.createUser(person("cy"))])

/** A group that an admin made in the product. */
const handMade = (displayName: string, number: number): Group => ({
  id: GroupId.make(SecureRandom.uuidV4Unsafe()),
  number,
  displayName,
  externalId: undefined,
  type: defaultGroupType.id,
  origin: "hand",
  version: 4,
  createdAt: 0,
  lastModifiedAt: 0
})

const withoutMembers = parseProjection(resourceTypes.group, undefined, "members")
const nobody = "1a2f9c44-8d3b-4e17-b6a0-5d9e2f7c0b02"

/** Groups and their members: R-GROUP-1 to 6, R-USER-10, ABUSE-2, 3, 9, 10 and 12. */
export const groupContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect("R-GROUP-1: a group that is created is found with its members, in the order of their User IDs", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const [ada, bo, cy] = yield* team(tenant)
      const sent = { displayName: "Robotics", externalId: "g1", members: members(cy, ada, ada) }
      const group = yield* tenant.createGroup({ ...sent, description: "x" })
      assert.deepStrictEqual(memberIdsOf(group), [ada.id, cy.id])
      assert.strictEqual(valueAt(group, ["externalId"]), "g1")
      assert.isUndefined(valueAt(group, ["description"]))
      assert.deepStrictEqual(valueAt(group, ["members"]), [
        {
          value: ada.id,
          $ref: `https://halden.example/scim/v2/Users/${ada.id}`,
          display: "ada@halden.example",
          type: "User"
        },
        {
          value: cy.id,
          $ref: `https://halden.example/scim/v2/Users/${cy.id}`,
          display: "cy@halden.example",
          type: "User"
        }
      ])
      assert.deepStrictEqual(yield* tenant.findGroup(group.id), group)
      assert.isUndefined(valueAt(yield* tenant.findGroup(group.id, withoutMembers), ["members"]))
      const groups = parseProjection(resourceTypes.user, "groups", undefined)
      assert.deepStrictEqual(valueAt(yield* tenant.findUser(ada.id, groups), ["groups"]), [
        {
          value: group.id,
          $ref: `https://halden.example/scim/v2/Groups/${group.id}`,
          display: "Robotics",
          type: "direct"
        }
      ])
      assert.deepStrictEqual(valueAt(yield* tenant.findUser(bo.id, groups), ["groups"]) ?? [], [])
      const { events, state } = yield* tenant.read
      assert.deepStrictEqual(events.slice(6).map(({ event }) => event) as ReadonlyArray<unknown>, [
        { type: "group.created", group: group.id, version: 1 },
        { type: "group.membershipChanged", group: group.id, version: 1, added: [cy.id, ada.id], removed: [] }
      ])
      assert.strictEqual(state.counters.groupCount, 1)
    })
  )

  it.effect(
    "R-GROUP-2: a POST with the exact name of a group overwrites its membership, keeps id, type and admins: 201",
    () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant()
        const [ada, bo] = yield* team(tenant)
        const departments: GroupType = {
          id: GroupTypeId.make(SecureRandom.uuidV4Unsafe()),
          name: "Departments",
          position: 1
        }
        const made = { ...handMade("Robotics", 1), type: departments.id }
        const admins = [[made.id, [bo.id as never]]] as const
        yield* tenant.seed({
          groups: [made],
          members: [[made.id, [ada.id as never]]],
          groupTypes: [departments],
          admins
        })
        const group = yield* tenant.createGroup({ displayName: "Robotics", externalId: "g1", members: members(bo) })
        assert.strictEqual(group.id, made.id)
        assert.deepStrictEqual(memberIdsOf(group), [bo.id])
        assert.strictEqual(versionOf(group), 'W/"5"')
        const snapshot = yield* tenant.read
        assert.deepStrictEqual(
          snapshot.groups.map(({ externalId, origin, type }) => [type, origin, externalId]),
          [[departments.id, "hand", "g1"]]
        )
        assert.deepStrictEqual(snapshot.admins, admins)
        assert.strictEqual(snapshot.state.counters.groupCount, 1)
        assert.strictEqual(lastEntry(snapshot)?.outcome, "overwritten")
        assert.strictEqual(lastEntry(snapshot)?.status, 201)
        assert.deepStrictEqual(lastEvent(snapshot), {
          type: "group.membershipChanged",
          group: made.id,
          version: 5,
          added: [bo.id],
          removed: [ada.id]
        })
        // What is not sent stays: the link to the identity provider's group.
        const again = yield* tenant.createGroup({ displayName: "Robotics", members: [] })
        assert.strictEqual(valueAt(again, ["externalId"]), "g1")
        // Another spelling is another group.
        const other = yield* tenant.createGroup({ displayName: "robotics" })
        assert.notStrictEqual(other.id, made.id)
        assert.strictEqual((yield* tenant.read).state.counters.groupCount, 2)
      })
  )

  it.effect("R-GROUP-2, R-USER-12: overwriting with what stands already is no change, and still 201", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const [ada] = yield* team(tenant)
      const body = { displayName: "Robotics", members: members(ada) }
      const group = yield* tenant.createGroup(body)
      const before = yield* tenant.read
      assert.deepStrictEqual(yield* tenant.createGroup(body), group)
      const after = yield* tenant.read
      assert.deepStrictEqual(after.events, before.events)
      assert.deepStrictEqual(after.groups, before.groups)
      assert.strictEqual(after.log.length, before.log.length + 1)
      assert.strictEqual(lastEntry(after)?.outcome, "unchanged")
      assert.strictEqual(lastEntry(after)?.status, 201)
    })
  )

  it.effect("R-GROUP-2: with the setting conflict a name that is taken in any case is 409", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant("rfc")
      const group = yield* tenant.createGroup({ displayName: "Robotics" })
      const refusal = { status: 409, scimType: "uniqueness", detail: new RegExp(`exists already: ${group.id}`) }
      yield* assertRefused(tenant, tenant.createGroup({ displayName: "Robotics" }), refusal)
      yield* assertRefused(tenant, tenant.createGroup({ displayName: "ROBOTICS" }), refusal)
    })
  )

  it.effect("R-GROUP-2: renaming a group to the name of another is 409, to another case of its own is fine", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const group = yield* tenant.createGroup({ displayName: "Robotics" })
      const other = yield* tenant.createGroup({ displayName: "Sales" })
      const rename = (displayName: string) => [{ op: "replace", path: "displayName", value: displayName }]
      const refusal = { status: 409, scimType: "uniqueness", detail: /A group named Robotics exists already/ }
      yield* assertRefused(tenant, tenant.patchGroup(other.id, rename("Robotics")), refusal)
      yield* assertRefused(tenant, tenant.replaceGroup(other.id, { displayName: "Robotics" }), refusal)
      yield* tenant.patchGroup(other.id, rename("robotics"))
      const strict = yield* tenant.settle({ existingGroupName: "conflict" })
      // Now two groups share the name but for its case: neither may be renamed to a third spelling.
      yield* assertRefused(strict, strict.patchGroup(other.id, rename("ROBOTICS")), refusal)
      yield* assertRefused(strict, strict.patchGroup(group.id, rename("ROBOTICS")), {
        status: 409,
        scimType: "uniqueness"
      })
      yield* strict.deleteGroup(group.id)
      yield* strict.patchGroup(other.id, rename("ROBOTICS"))
      yield* strict.createGroup({ displayName: "Sales" })
    })
  )

  it.effect("ABUSE-3: add, remove, replace and clear in one PATCH are carried out in their order", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const [ada, bo, cy] = yield* team(tenant)
      const group = yield* tenant.createGroup({ displayName: "Robotics", members: members(ada) })
      const add = (...people: ReadonlyArray<Resource>) => ({ op: "add", path: "members", value: members(...people) })
      const remove = (one: Resource) => ({ op: "remove", path: `members[value eq "${one.id}"]` })
      const replace = (...people: ReadonlyArray<Resource>) => ({
        op: "replace",
        path: "members",
        value: members(...people)
      })
      const clear = { op: "remove", path: "members" }
      const stories = [
        [[add(bo), remove(bo)], [ada]],
        [[remove(ada), add(ada)], [ada]],
        [[replace(bo, cy), remove(cy)], [bo]],
        [[clear, add(cy)], [cy]],
        [
          [add(ada, bo), clear, replace(ada), add(bo)],
          [ada, bo]
        ],
        [[{ op: "Remove", path: "members", value: members(ada) }], [bo]],
        [[add(ada), clear], []],
        [
          [replace(ada, cy), { op: "add", value: { members: members(bo) } }],
          [ada, bo, cy]
        ]
      ] as const
      for (const [operations, expected] of stories) {
        yield* tenant.patchGroup(group.id, operations)
        assert.deepStrictEqual(
          memberIdsOf(yield* tenant.findGroup(group.id)),
          expected.map(({ id }) => id)
        )
      }
    })
  )

  it.effect("ABUSE-9, R-GROUP-4: adding a member and removing a non-member change nothing and tell nothing", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const [ada, bo] = yield* team(tenant)
      const group = yield* tenant.createGroup({ displayName: "Robotics", members: members(ada) })
      const before = yield* tenant.read
      yield* tenant.patchGroup(group.id, [{ op: "add", path: "members", value: members(ada) }])
      yield* tenant.patchGroup(group.id, [{ op: "remove", path: `members[value eq "${bo.id}"]` }])
      yield* tenant.patchGroup(group.id, [{ op: "remove", path: `members[value eq "${nobody}"]` }])
      yield* tenant.patchGroup(group.id, [{ op: "remove", path: "members", value: [{ value: "none" }] }])
      yield* tenant.patchGroup(group.id, [{ op: "add", path: "members", value: [] }])
      yield* tenant.patchGroup(group.id, [
        { op: "add", path: "members", value: members(bo) },
        { op: "remove", path: "members", value: members(bo) }
      ])
      yield* tenant.replaceGroup(group.id, { displayName: "Robotics", members: members(ada) })
      const after = yield* tenant.read
      assert.deepStrictEqual(after.groups, before.groups)
      assert.deepStrictEqual(after.events, before.events)
      assert.deepStrictEqual(
        after.log.slice(before.log.length).map(({ entry }) => entry.outcome),
        Array.from({ length: 7 }, () => "unchanged")
      )
    })
  )

  it.effect("R-GROUP-4: members whom nobody knows are refused by name, and nothing of the request is done", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const [ada, bo] = yield* team(tenant)
      const group = yield* tenant.createGroup({ displayName: "Robotics", members: members(ada) })
      yield* tenant.deleteUser(bo.id)
      const strangers = [{ value: nobody }, { value: "bo@halden.example" }, { value: bo.id }]
      const refusal = { status: 400, scimType: "invalidValue", detail: new RegExp(`${nobody}.*bo@halden.*${bo.id}`) }
      yield* assertRefused(tenant, tenant.createGroup({ displayName: "New", members: strangers }), refusal)
      yield* assertRefused(tenant, tenant.replaceGroup(group.id, { displayName: "X", members: strangers }), refusal)
      for (const op of ["add", "replace"]) {
        yield* assertRefused(tenant, tenant.patchGroup(group.id, [{ op, path: "members", value: strangers }]), refusal)
      }
      const overwrite = tenant.createGroup({ displayName: "Robotics", members: strangers })
      yield* assertRefused(tenant, overwrite, refusal)
      const mixed = [
        { op: "remove", path: "members" },
        { op: "add", path: "members", value: [{ value: nobody }] }
      ]
      yield* assertRefused(tenant, tenant.patchGroup(group.id, mixed), { status: 400, scimType: "invalidValue" })
    })
  )

  it.effect("R-GROUP-6: a deactivated person stays a member, a deleted one leaves and the groups' versions move", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const [ada, bo] = yield* team(tenant)
      const first = yield* tenant.createGroup({ displayName: "Robotics", members: members(ada, bo) })
      const second = yield* tenant.createGroup({ displayName: "Sales", members: members(ada) })
      const third = yield* tenant.createGroup({ displayName: "Support", members: members(bo) })
      yield* tenant.patchUser(ada.id, [{ op: "replace", path: "active", value: false }])
      assert.deepStrictEqual(memberIdsOf(yield* tenant.findGroup(first.id)), [ada.id, bo.id])
      const events = (yield* tenant.read).events.length
      yield* tenant.deleteUser(ada.id)
      const found = yield* Effect.forEach([first, second, third], ({ id }) => tenant.findGroup(id))
      assert.deepStrictEqual(
        found.map((group) => memberIdsOf(group)),
        [[bo.id], [], [bo.id]]
      )
      assert.deepStrictEqual(
        found.map((group) => versionOf(group)),
        ['W/"2"', 'W/"2"', 'W/"1"']
      )
      const left = (group: Resource) => ({
        type: "group.membershipChanged",
        group: group.id,
        version: 2,
        added: [],
        removed: [ada.id]
      })
      const told = (yield* tenant.read).events.slice(events).map(({ event }) => event) as ReadonlyArray<unknown>
      assert.deepStrictEqual(told, [{ type: "user.deleted", user: ada.id, version: 3 }, left(first), left(second)])
    })
  )

  it.effect("R-GROUP-4, R-USER-10: deleting a group deletes it and nobody of its members", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const [ada] = yield* team(tenant)
      const group = yield* tenant.createGroup({ displayName: "Robotics", members: members(ada) })
      yield* tenant.deleteGroup(group.id)
      const gone = { status: 404, detail: /^Group .* not found/ }
      yield* assertRefused(tenant, tenant.findGroup(group.id), gone)
      yield* assertRefused(tenant, tenant.deleteGroup(group.id), gone)
      yield* assertRefused(tenant, tenant.replaceGroup(group.id, { displayName: "x" }), gone)
      yield* assertRefused(tenant, tenant.patchGroup(group.id, [{ op: "remove", path: "members" }]), gone)
      assert.deepStrictEqual(yield* tenant.findUser(ada.id), ada)
      const snapshot = yield* tenant.read
      assert.deepStrictEqual(snapshot.groups, [])
      assert.deepStrictEqual(snapshot.members, [])
      assert.strictEqual(snapshot.state.counters.groupCount, 0)
      assert.strictEqual(snapshot.state.counters.groupSequence, 1)
      const again = yield* tenant.createGroup({ displayName: "Robotics" })
      assert.notStrictEqual(again.id, group.id)
      assert.deepStrictEqual(memberIdsOf(again), [])
    })
  )

  it.effect("R-GROUP-1: PUT and PATCH change name and externalId; PUT clears what it leaves out", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const [ada] = yield* team(tenant)
      const group = yield* tenant.createGroup({ displayName: "Robotics", externalId: "g1", members: members(ada) })
      yield* tenant.patchGroup(group.id, [{ op: "replace", value: { displayName: "Robots", externalId: "g2" } }])
      assert.deepStrictEqual(lastEvent(yield* tenant.read), {
        type: "group.updated",
        group: group.id,
        version: 2,
        attributes: ["externalId", "displayName"]
      })
      const put = yield* tenant.replaceGroup(group.id, { displayName: "Robots" })
      assert.isUndefined(valueAt(put, ["externalId"]))
      assert.deepStrictEqual(memberIdsOf(put), [])
    })
  )

  it.effect("R-USER-12: If-Match counts for groups as for people", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const group = yield* tenant.createGroup({ displayName: "Robotics" })
      const rename = [{ op: "replace", path: "displayName", value: "Robots" }]
      yield* assertRefused(tenant, tenant.patchGroup(group.id, rename, 'W/"2"'), { status: 412 })
      yield* assertRefused(tenant, tenant.replaceGroup(group.id, { displayName: "x" }, 'W/"2"'), { status: 412 })
      yield* assertRefused(tenant, tenant.deleteGroup(group.id, 'W/"2"'), { status: 412 })
      yield* tenant.patchGroup(group.id, rename, 'W/"1"')
      yield* tenant.deleteGroup(group.id, 'W/"2"')
    })
  )

  it.effect("a group without a name, or with an invisible character in it, is refused (ABUSE-33)", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      for (const body of [{}, { displayName: " " }, { displayName: "Robo\u200btics" }]) {
        yield* assertRefused(tenant, tenant.createGroup(body), { status: 400, scimType: "invalidValue" })
      }
      // The joiner of an emoji is allowed.
      yield* tenant.createGroup({ displayName: "👩\u200d🚀 crew" })
    })
  )
}
