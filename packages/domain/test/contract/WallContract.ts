import { assert, type Vitest } from "@effect/vitest"
import { Users } from "@rollcall/domain/directory/Resources"
import type { ScimError } from "@rollcall/domain/scim/ScimError"
import { valueAt } from "@rollcall/domain/user/DirectoryField"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect } from "effect"
import { assertRefused, memberIdsOf, members, newTenant, person, type Services } from "./Tenant.ts"

const random = "2b3c0d55-9e4c-4f28-87b1-6eaf308d0b03"

/** The detail without what may differ: the id and the case code. */
const shape = (error: ScimError, id: string): string => error.detail.replace(id, "ID").replace(/\[case .*\]$/, "")

/** Nothing of one organisation is visible to or changeable from another: R-ORG-1, ABUSE-11 to 13, 17 and 18. */
export const wallContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect("ABUSE-11: another organisation's person is refused with every verb, as a random id is", () =>
    Effect.gen(function* () {
      const [here, there] = [yield* newTenant(), yield* newTenant()]
      const theirs = yield* there.createUser(person("ada"))
      const before = yield* there.read
      const title = [{ op: "replace", path: "title", value: "x" }]
      const verbs = [
        (id: string) => here.findUser(id),
        (id: string) => here.replaceUser(id, person("ada")),
        (id: string) => here.patchUser(id, title),
        (id: string) => here.deleteUser(id)
      ]
      for (const verb of verbs) {
        const foreign = yield* assertRefused(here, verb(theirs.id), { status: 404 })
        const unknown = yield* assertRefused(here, verb(random), { status: 404 })
        assert.strictEqual(shape(foreign, theirs.id), shape(unknown, random))
      }
      assert.deepStrictEqual(yield* there.read, before)
      // Where the use case does not stand before it, the port keeps the wall too.
      const users = yield* Users
      assert.isUndefined(yield* users.find(here.organization.id, UserId.make(theirs.id), true))
    })
  )

  it.effect("ABUSE-11: another organisation's group is refused with every verb, as a random id is", () =>
    Effect.gen(function* () {
      const [here, there] = [yield* newTenant(), yield* newTenant()]
      const theirs = yield* there.createGroup({ displayName: "Robotics" })
      const before = yield* there.read
      const verbs = [
        (id: string) => here.findGroup(id),
        (id: string) => here.replaceGroup(id, { displayName: "x" }),
        (id: string) => here.patchGroup(id, [{ op: "remove", path: "members" }]),
        (id: string) => here.deleteGroup(id)
      ]
      for (const verb of verbs) {
        const foreign = yield* assertRefused(here, verb(theirs.id), { status: 404 })
        const unknown = yield* assertRefused(here, verb(random), { status: 404 })
        assert.strictEqual(shape(foreign, theirs.id), shape(unknown, random))
      }
      assert.deepStrictEqual(yield* there.read, before)
    })
  )

  it.effect("ABUSE-12: another organisation's person cannot become a member, and nothing is revealed of them", () =>
    Effect.gen(function* () {
      const [here, there] = [yield* newTenant(), yield* newTenant()]
      const theirs = yield* there.createUser(person("ada"))
      const group = yield* here.createGroup({ displayName: "Robotics" })
      const refusal = { status: 400, scimType: "invalidValue" }
      const add = (id: string) => here.patchGroup(group.id, [{ op: "add", path: "members", value: [{ value: id }] }])
      const foreign = yield* assertRefused(here, add(theirs.id), refusal)
      const unknown = yield* assertRefused(here, add(random), refusal)
      assert.strictEqual(shape(foreign, theirs.id), shape(unknown, random))
      yield* assertRefused(here, here.createGroup({ displayName: "New", members: members(theirs) }), refusal)
    })
  )

  it.effect("ABUSE-13: an email and a group's name that live elsewhere are free here, and there nothing moves", () =>
    Effect.gen(function* () {
      const [here, there] = [yield* newTenant(), yield* newTenant()]
      const theirs = yield* there.createUser(person("ada", { title: "Theirs" }))
      const theirGroup = yield* there.createGroup({ displayName: "Robotics", members: members(theirs) })
      const before = yield* there.read
      const ours = yield* here.createUser(person("ada", { title: "Ours" }))
      const ourGroup = yield* here.createGroup({ displayName: "Robotics", members: members(ours) })
      assert.notStrictEqual(ours.id, theirs.id)
      assert.notStrictEqual(ourGroup.id, theirGroup.id)
      assert.deepStrictEqual(yield* there.read, before)
      assert.deepStrictEqual((yield* here.search("User")).Resources, [ours])
      assert.deepStrictEqual((yield* there.search("User")).Resources, [theirs])
      const found = yield* here.search("Group", { filter: 'displayName eq "robotics"' })
      assert.deepStrictEqual(found.Resources, [ourGroup])
    })
  )

  it.effect("ABUSE-17: an email that was deleted elsewhere revives nobody here", () =>
    Effect.gen(function* () {
      const [here, there] = [yield* newTenant(), yield* newTenant()]
      const theirs = yield* there.createUser(person("ada", { title: "Theirs" }))
      yield* there.deleteUser(theirs.id)
      const ours = yield* here.createUser(person("ada"))
      assert.notStrictEqual(ours.id, theirs.id)
      assert.isUndefined(valueAt(ours, ["title"]))
      assert.strictEqual((yield* there.createUser(person("ada"))).id, theirs.id)
    })
  )

  it.effect("ABUSE-17: one id in two organisations is two people", () =>
    Effect.gen(function* () {
      const [here, there] = [yield* newTenant(), yield* newTenant()]
      const theirs = yield* there.createUser(person("ada"))
      const group = yield* there.createGroup({ displayName: "Robotics", members: members(theirs) })
      const [stored] = (yield* there.read).users
      const ourGroup = yield* here.createGroup({ displayName: "Robotics" })
      if (stored !== undefined) yield* here.seed({ users: [{ ...stored, attributes: { userName: "other" } }] })
      yield* here.patchGroup(ourGroup.id, [{ op: "add", path: "members", value: members(theirs) }])
      const before = yield* there.read
      yield* here.deleteUser(theirs.id)
      assert.deepStrictEqual(yield* there.read, before)
      assert.deepStrictEqual(memberIdsOf(yield* there.findGroup(group.id)), [theirs.id])
      assert.deepStrictEqual(memberIdsOf(yield* here.findGroup(ourGroup.id)), [])
      assert.strictEqual(valueAt(yield* there.findUser(theirs.id), ["userName"]), "ada@halden.example")
    })
  )

  it.effect("ABUSE-18: an externalId or a User ID is nobody's id", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada", { externalId: "1" }))
      yield* assertRefused(tenant, tenant.findUser("1"), { status: 404 })
      const group = yield* tenant.createGroup({ displayName: "Robotics" })
      const add = tenant.patchGroup(group.id, [{ op: "add", path: "members", value: [{ value: "1" }] }])
      yield* assertRefused(tenant, add, { status: 400, scimType: "invalidValue" })
      assert.deepStrictEqual((yield* tenant.search("User", { filter: 'externalId eq "1"' })).Resources, [ada])
    })
  )

  it.effect("an id that can be nobody's is 404 like any other, whatever it holds", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      for (const id of ["", "\u0000", "\ud800", "x".repeat(10_000), "' OR true --", `${random} `, "__proto__"]) {
        yield* assertRefused(tenant, tenant.findUser(id), { status: 404 })
        yield* assertRefused(tenant, tenant.deleteGroup(id), { status: 404 })
      }
    })
  )

  it.effect("ABUSE-26: names of 512 characters that differ in the last one are two, longer ones are refused", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant("rfc")
      const long = (last: string) => `${"語".repeat(511)}${last}`
      const [first, second] = [long("一"), long("二")]
      const one = yield* tenant.createUser({ userName: first, displayName: first, externalId: first })
      const two = yield* tenant.createUser({ userName: second, displayName: second, externalId: second })
      for (const name of ["userName", "displayName", "externalId"]) {
        const found = yield* tenant.search("User", { filter: `${name} eq "${second}"` })
        assert.deepStrictEqual(
          found.Resources.map(({ id }) => id),
          [two.id]
        )
      }
      const rename = tenant.patchUser(two.id, [{ op: "replace", path: "userName", value: first }])
      yield* assertRefused(tenant, rename, { status: 409, scimType: "uniqueness" })
      const groups = [
        yield* tenant.createGroup({ displayName: first }),
        yield* tenant.createGroup({ displayName: second })
      ]
      assert.notStrictEqual(groups[0]?.id, groups[1]?.id)
      const longer = { status: 400, scimType: "invalidValue", detail: /512 characters/ }
      yield* assertRefused(tenant, tenant.createUser({ userName: `${first}!` }), longer)
      yield* assertRefused(tenant, tenant.createGroup({ displayName: `${first}!` }), longer)
      assert.strictEqual(valueAt(yield* tenant.findUser(one.id), ["userName"]), first)
    })
  )

  it.effect("ABUSE-19: another email changes nobody else, and the log has both", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant("rfc")
      const bo = yield* tenant.createUser(person("bo", { externalId: "b1" }))
      const gone = yield* tenant.createUser(person("gone", { externalId: "g1" }))
      yield* tenant.deleteUser(gone.id)
      const ada = yield* tenant.createUser(person("ada", { externalId: "a1" }))
      const path = 'emails[type eq "work"].value'
      const changed = yield* tenant.patchUser(ada.id, [{ op: "replace", path, value: "gone@halden.example" }])
      assert.strictEqual(valueAt(changed, ["externalId"]), "a1")
      assert.deepStrictEqual(yield* tenant.findUser(bo.id), bo)
      yield* assertRefused(tenant, tenant.findUser(gone.id), { status: 404 })
      const entry = (yield* tenant.read).log.find(({ entry }) => entry.outcome === "updated")?.entry
      assert.deepStrictEqual(
        entry?.changes.map(({ attribute }) => attribute),
        ["emails"]
      )
      assert.include(JSON.stringify(entry?.changes[0]?.before), "ada@halden.example")
      assert.include(JSON.stringify(entry?.changes[0]?.after), "gone@halden.example")
    })
  )
}
