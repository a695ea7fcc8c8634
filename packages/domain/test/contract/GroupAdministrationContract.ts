import { assert, type Vitest } from "@effect/vitest"
import type { Answer } from "@rollcall/domain/directory/Answer"
import type { Command } from "@rollcall/domain/directory/Command"
import { GroupId } from "@rollcall/domain/group/Group"
import { defaultGroupType, GroupTypeId, maxGroupTypes } from "@rollcall/domain/group/GroupType"
import { GroupTypes } from "@rollcall/domain/group/GroupTypes"
import type { ScimError } from "@rollcall/domain/scim/ScimError"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect } from "effect"
import { SecureRandom } from "effect/crypto"
import { newTenant, person, type Resource, type Services, submit, type Tenant, versionOf } from "./Tenant.ts"

const newTypeId = () => GroupTypeId.make(SecureRandom.uuidV4Unsafe())
const groupId = ({ id }: { readonly id: string }) => GroupId.make(id)
const userId = ({ id }: { readonly id: string }) => UserId.make(id)
const noGroup = GroupId.make("1a2f9c44-8d3b-4e17-b6a0-5d9e2f7c0b02")

const order = Effect.fnUntraced(function* (tenant: Tenant, command: Command) {
  const answer = yield* submit(tenant, command)
  if (answer._tag !== "Done") throw new Error(`not done but ${JSON.stringify(answer)}`)
  return answer
})

/** Defines types of these names, in this order. */
const define = (tenant: Tenant, ...names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) =>
    Effect.suspend(() => {
      const newId = newTypeId()
      return Effect.as(order(tenant, { _tag: "DefineGroupType", newId, name }), newId)
    })
  )

const refusalOf = (answer: Answer): ScimError => {
  if (answer._tag !== "Refused") throw new Error(`not refused but ${JSON.stringify(answer)}`)
  return answer.error
}

const assertNo = Effect.fnUntraced(function* (tenant: Tenant, command: Command, status: number, detail: RegExp) {
  const before = yield* tenant.read
  const error = refusalOf(yield* submit(tenant, command))
  const after = yield* tenant.read
  assert.strictEqual(error.status, status, error.detail)
  assert.match(error.detail, detail)
  assert.deepStrictEqual(
    [after.groupTypes, after.groups, after.admins],
    [before.groupTypes, before.groups, before.admins]
  )
  assert.strictEqual(after.events.length, before.events.length)
  assert.strictEqual(after.log.length, before.log.length + 1)
})

/** What GroupTypes shows of the types: name, place, number of groups. */
const listed = (tenant: Tenant) =>
  Effect.gen(function* () {
    const types = yield* (yield* GroupTypes).list(tenant.organization.id)
    return types.map(({ groupCount, name, position }) => [position, name, groupCount] as const)
  })

const administered = (tenant: Tenant, ...groups: ReadonlyArray<Resource>) =>
  Effect.gen(function* () {
    return yield* (yield* GroupTypes).administered(tenant.organization.id, groups.map(groupId))
  })

const last = (tenant: Tenant) =>
  Effect.map(tenant.read, ({ events, log }) => ({ event: events.at(-1)?.event as unknown, entry: log.at(-1)?.entry }))

/** Group types and group admins, which SCIM neither sees nor changes: R-GROUP-1 to 3. */
export const groupAdministrationContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect("R-GROUP-3: an organisation begins with the type Groups, in which a new group lands", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      assert.deepStrictEqual(yield* listed(tenant), [[0, "Groups", 0]])
      const group = yield* tenant.createGroup({ displayName: "Robotics" })
      assert.deepStrictEqual(yield* listed(tenant), [[0, "Groups", 1]])
      assert.deepStrictEqual(yield* administered(tenant, group), [
        { id: groupId(group), displayName: "Robotics", type: defaultGroupType.id, admins: [] }
      ])
    })
  )

  it.effect("R-GROUP-3: types are defined, renamed, put in order and deleted, and each step is told", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const [teams, sites] = yield* define(tenant, " Teams ", "Sites")
      if (teams === undefined || sites === undefined) throw new Error("not defined")
      assert.deepStrictEqual(yield* listed(tenant), [
        [0, "Groups", 0],
        [1, "Teams", 0],
        [2, "Sites", 0]
      ])
      const defined = yield* last(tenant)
      assert.deepStrictEqual(defined.event, {
        type: "groupTypes.changed",
        types: [defaultGroupType, { id: teams, name: "Teams", position: 1 }, { id: sites, name: "Sites", position: 2 }]
      })
      assert.strictEqual(defined.entry?.outcome, "created")
      assert.deepStrictEqual(defined.entry?.subject, { type: "GroupType", id: sites, name: "Sites" })
      assert.strictEqual(defined.entry?.changes[0]?.after, "Sites")
      // Its own name in another case is no other's.
      yield* order(tenant, { _tag: "RenameGroupType", id: sites, name: "SITES" })
      assert.deepStrictEqual((yield* last(tenant)).entry?.changes, [
        { attribute: "name", before: "Sites", after: "SITES" }
      ])
      yield* order(tenant, { _tag: "ReorderGroupTypes", order: [sites, teams] })
      assert.deepStrictEqual((yield* last(tenant)).entry?.changes, [
        { attribute: "order", before: ["Teams", "SITES"], after: ["SITES", "Teams"] }
      ])
      assert.deepStrictEqual(yield* listed(tenant), [
        [0, "Groups", 0],
        [1, "SITES", 0],
        [2, "Teams", 0]
      ])
      const events = (yield* tenant.read).events.length
      // What is so already is no change (R-USER-12).
      const same = yield* order(tenant, { _tag: "ReorderGroupTypes", order: [defaultGroupType.id, sites, teams] })
      assert.strictEqual(same.outcome, "unchanged")
      yield* order(tenant, { _tag: "RenameGroupType", id: sites, name: "SITES " })
      assert.strictEqual((yield* last(tenant)).entry?.outcome, "unchanged")
      assert.strictEqual((yield* tenant.read).events.length, events)
      yield* order(tenant, { _tag: "DeleteGroupType", id: sites })
      assert.deepStrictEqual(yield* listed(tenant), [
        [0, "Groups", 0],
        [1, "Teams", 0]
      ])
      assert.deepStrictEqual((yield* last(tenant)).event, {
        type: "groupTypes.changed",
        types: [defaultGroupType, { id: teams, name: "Teams", position: 1 }]
      })
    })
  )

  it.effect(
    "R-GROUP-3: a type whose name is taken, a bad name, an unknown type and a change of Groups are refused",
    () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant()
        const [teams = newTypeId(), sites = newTypeId()] = yield* define(tenant, "Teams", "Sites")
        const newId = newTypeId()
        yield* assertNo(tenant, { _tag: "DefineGroupType", newId, name: "tEAMS" }, 409, new RegExp(`"Teams".*${teams}`))
        yield* assertNo(tenant, { _tag: "DefineGroupType", newId, name: "groups" }, 409, /"Groups"/)
        yield* assertNo(tenant, { _tag: "RenameGroupType", id: sites, name: "Teams" }, 409, /"Teams"/)
        for (const name of ["", "  ", "a\nb", "a\u202eb", "x".repeat(201)]) {
          yield* assertNo(tenant, { _tag: "DefineGroupType", newId, name }, 400, /names no group type/)
          yield* assertNo(tenant, { _tag: "RenameGroupType", id: sites, name }, 400, /names no group type/)
        }
        yield* assertNo(
          tenant,
          { _tag: "RenameGroupType", id: defaultGroupType.id, name: "All" },
          400,
          /"Groups" keeps/
        )
        yield* assertNo(tenant, { _tag: "DeleteGroupType", id: defaultGroupType.id }, 400, /"Groups" cannot be deleted/)
        yield* assertNo(tenant, { _tag: "RenameGroupType", id: newId, name: "New" }, 404, new RegExp(newId))
        yield* assertNo(tenant, { _tag: "DeleteGroupType", id: newId }, 404, new RegExp(newId))
        for (const ids of [[], [teams], [teams, teams], [teams, sites, newId], [teams, defaultGroupType.id, sites]]) {
          yield* assertNo(tenant, { _tag: "ReorderGroupTypes", order: ids }, 400, /every group type once/)
        }
      })
  )

  it.effect("an organisation has so many group types and no more", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const groupTypes = Array.from({ length: maxGroupTypes }, (_, i) => ({
        id: newTypeId(),
        name: `Type ${i}`,
        position: i + 1
      }))
      yield* tenant.seed({ groupTypes })
      const command: Command = { _tag: "DefineGroupType", newId: newTypeId(), name: "One more" }
      yield* assertNo(tenant, command, 400, /200 group types/)
    })
  )

  it.effect("R-GROUP-3: a group moves to a type; SCIM sees nothing of it, neither version nor time of change", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const [teams = newTypeId()] = yield* define(tenant, "Teams")
      const group = yield* tenant.createGroup({ displayName: "Robotics" })
      const answer = yield* order(tenant, { _tag: "MoveGroup", id: groupId(group), type: teams })
      assert.strictEqual(answer.outcome, "updated")
      assert.deepStrictEqual(yield* tenant.findGroup(group.id), group)
      assert.deepStrictEqual(yield* listed(tenant), [
        [0, "Groups", 0],
        [1, "Teams", 1]
      ])
      const { entry, event } = yield* last(tenant)
      assert.deepStrictEqual(event, { type: "group.moved", group: group.id, version: 1, groupType: teams })
      assert.deepStrictEqual(entry?.subject, { type: "Group", id: group.id, name: "Robotics" })
      assert.deepStrictEqual(entry?.changes, [{ attribute: "type", before: "Groups", after: "Teams" }])
      const again = yield* order(tenant, { _tag: "MoveGroup", id: groupId(group), type: teams })
      assert.strictEqual(again.outcome, "unchanged")
      yield* assertNo(tenant, { _tag: "MoveGroup", id: noGroup, type: teams }, 404, /^Group 1a2f9c44/)
      yield* assertNo(tenant, { _tag: "MoveGroup", id: groupId(group), type: newTypeId() }, 404, /^Group type/)
      // What SCIM does to the group leaves the type alone.
      yield* tenant.replaceGroup(group.id, { displayName: "Robots" })
      yield* tenant.createGroup({ displayName: "Robots", externalId: "g1" })
      assert.strictEqual((yield* administered(tenant, group))[0]?.type, teams)
    })
  )

  it.effect("R-GROUP-3: the groups of a deleted type are of the type Groups, those that nobody named included", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const [teams = newTypeId(), sites = newTypeId()] = yield* define(tenant, "Teams", "Sites")
      const groups = yield* Effect.forEach(["A", "B", "C", "D"], (displayName) => tenant.createGroup({ displayName }))
      const [a, b, c, d] = groups
      if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error("not made")
      for (const group of [a, b, d]) yield* order(tenant, { _tag: "MoveGroup", id: groupId(group), type: teams })
      yield* order(tenant, { _tag: "MoveGroup", id: groupId(c), type: sites })
      // All at once, so that the batch that deletes the type also moves, changes and deletes groups of it.
      yield* Effect.all(
        [
          order(tenant, { _tag: "MoveGroup", id: groupId(c), type: teams }),
          tenant.replaceGroup(b.id, { displayName: "B", externalId: "g2" }),
          order(tenant, { _tag: "DeleteGroupType", id: teams }),
          tenant.deleteGroup(d.id)
        ],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        (yield* administered(tenant, ...groups)).map(({ displayName, type }) => [displayName, type]),
        [
          ["A", defaultGroupType.id],
          ["B", defaultGroupType.id],
          ["C", defaultGroupType.id]
        ]
      )
      assert.deepStrictEqual(yield* listed(tenant), [
        [0, "Groups", 3],
        [1, "Sites", 0]
      ])
      assert.strictEqual(versionOf(yield* tenant.findGroup(a.id)), 'W/"1"')
    })
  )

  it.effect("R-GROUP-3: admins of a group are living people of the organisation, set as a whole and told", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const stranger = yield* (yield* newTenant()).createUser(person("eve"))
      const ada = yield* tenant.createUser(person("ada"))
      const bo = yield* tenant.createUser(person("bo", { displayName: "Bo" }))
      const gone = yield* tenant.createUser(person("gone"))
      yield* tenant.deleteUser(gone.id)
      const group = yield* tenant.createGroup({ displayName: "Robotics" })
      const set = (...admins: ReadonlyArray<Resource>): Command => ({
        _tag: "SetGroupAdmins",
        id: groupId(group),
        admins: admins.map(userId)
      })
      yield* order(tenant, set(bo, ada, bo))
      assert.deepStrictEqual((yield* administered(tenant, group))[0]?.admins, [
        { id: userId(ada), display: "ada@halden.example" },
        { id: userId(bo), display: "Bo" }
      ])
      assert.deepStrictEqual((yield* last(tenant)).entry?.changes, [
        { attribute: "admins", before: [], after: [ada.id, bo.id].toSorted() }
      ])
      yield* order(tenant, set(ada))
      const { entry, event } = yield* last(tenant)
      assert.deepStrictEqual(event, {
        type: "group.adminsChanged",
        group: group.id,
        version: 1,
        added: [],
        removed: [bo.id]
      })
      assert.deepStrictEqual(entry?.changes, [
        { attribute: "admins", before: [ada.id, bo.id].toSorted(), after: [ada.id] }
      ])
      assert.strictEqual((yield* order(tenant, set(ada))).outcome, "unchanged")
      yield* assertNo(tenant, set(ada, stranger), 400, new RegExp(stranger.id))
      yield* assertNo(tenant, set(gone), 400, new RegExp(gone.id))
      yield* assertNo(tenant, { ...set(ada), id: noGroup } as Command, 404, /^Group 1a2f9c44/)
      // SCIM sees nothing of it (R-GROUP-1), and an admin need not be a member.
      assert.deepStrictEqual(yield* tenant.findGroup(group.id), group)
      const types = yield* GroupTypes
      assert.deepStrictEqual(yield* types.adminOf(tenant.organization.id, userId(ada)), [
        { id: groupId(group), displayName: "Robotics" }
      ])
      assert.deepStrictEqual(yield* types.adminOf(tenant.organization.id, userId(bo)), [])
      yield* order(tenant, set())
      assert.deepStrictEqual((yield* administered(tenant, group))[0]?.admins, [])
    })
  )

  it.effect("R-GROUP-6: whoever is deleted is an admin no more, and the log of the deletion says of which groups", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada"))
      const bo = yield* tenant.createUser(person("bo"))
      const [ops, sales] = [
        yield* tenant.createGroup({ displayName: "Ops" }),
        yield* tenant.createGroup({ displayName: "Sales" })
      ]
      yield* order(tenant, { _tag: "SetGroupAdmins", id: groupId(ops), admins: [userId(ada), userId(bo)] })
      yield* order(tenant, { _tag: "SetGroupAdmins", id: groupId(sales), admins: [userId(ada)] })
      yield* tenant.patchUser(ada.id, [{ op: "replace", path: "active", value: false }])
      assert.lengthOf((yield* administered(tenant, sales))[0]?.admins ?? [], 1, "deactivation takes nothing away")
      yield* tenant.deleteUser(ada.id)
      assert.deepStrictEqual((yield* tenant.read).admins, [[groupId(ops), [userId(bo)]]])
      const { events, log } = yield* tenant.read
      assert.deepStrictEqual(
        events.flatMap(({ event }) => (event.type === "group.adminsChanged" ? [[event.group, event.removed]] : [])),
        [
          [groupId(ops), []],
          [groupId(sales), []],
          [groupId(ops), [userId(ada)]],
          [groupId(sales), [userId(ada)]]
        ]
      )
      const deletion = log.find(({ entry }) => entry.outcome === "deleted" && entry.subject?.id === ada.id)?.entry
      assert.include(
        deletion?.notes.map((note) => note.text).join(),
        `No longer admin of the groups "Ops" (${ops.id}), "Sales" (${sales.id}).`
      )
      // Revived, the person has to be made admin anew.
      const revived = yield* tenant.createUser(person("ada"))
      assert.strictEqual(revived.id, ada.id)
      assert.deepStrictEqual(yield* (yield* GroupTypes).adminOf(tenant.organization.id, userId(ada)), [])
    })
  )

  it.effect("admins go with their group, and one of that name made anew has none", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada"))
      const group = yield* tenant.createGroup({ displayName: "Ops" })
      yield* order(tenant, { _tag: "SetGroupAdmins", id: groupId(group), admins: [userId(ada)] })
      const bo = yield* tenant.createUser(person("bo"))
      // Together, so that one batch makes somebody an admin of the group that it deletes.
      yield* Effect.all(
        [
          order(tenant, { _tag: "SetGroupAdmins", id: groupId(group), admins: [userId(ada), userId(bo)] }),
          tenant.deleteGroup(group.id)
        ],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual((yield* tenant.read).admins, [])
      const again = yield* tenant.createGroup({ displayName: "Ops" })
      assert.deepStrictEqual((yield* administered(tenant, again, group))[0]?.admins, [])
      assert.lengthOf(yield* administered(tenant, again, group), 1)
    })
  )

  it.effect("group types of another organisation are out of reach (ABUSE-11, ABUSE-12)", () =>
    Effect.gen(function* () {
      const other = yield* newTenant()
      const [theirs = newTypeId()] = yield* define(other, "Teams")
      const theirGroup = yield* other.createGroup({ displayName: "Ops" })
      const tenant = yield* newTenant()
      const group = yield* tenant.createGroup({ displayName: "Ops" })
      yield* assertNo(tenant, { _tag: "MoveGroup", id: groupId(group), type: theirs }, 404, /^Group type/)
      yield* assertNo(tenant, { _tag: "DeleteGroupType", id: theirs }, 404, /^Group type/)
      yield* assertNo(tenant, { _tag: "SetGroupAdmins", id: groupId(theirGroup), admins: [] }, 404, /^Group/)
      assert.deepStrictEqual(yield* administered(tenant, theirGroup), [])
      assert.deepStrictEqual(yield* listed(other), [
        [0, "Groups", 1],
        [1, "Teams", 0]
      ])
    })
  )
}
