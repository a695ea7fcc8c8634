import { assert, type Vitest } from "@effect/vitest"
import type { KeptEvent } from "@rollcall/domain/events/EventPayload"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { valueAt } from "@rollcall/domain/user/DirectoryField"
import { Effect } from "effect"
import type { Snapshot } from "./DirectoryProbe.ts"
import { assertRefused, members, newTenant, person, type Services, versionOf } from "./Tenant.ts"

const types = (events: ReadonlyArray<KeptEvent>) => events.map(({ event }) => event.type)
const lastEntry = ({ log }: Snapshot) => log.at(-1)?.entry

/** People through their life: R-USER-1 to 4, 7 to 12. */
export const peopleContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect("R-USER-1: a person that is created has an id, a User ID and a version, and is found as answered", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada", { externalId: "00u1", title: "Engineer" }))
      assert.match(ada.id, /^[0-9a-f-]{36}$/)
      assert.strictEqual(versionOf(ada), 'W/"1"')
      assert.strictEqual(valueAt(ada, [extension, "userId"]), 1)
      assert.strictEqual(valueAt(ada, ["active"]), true)
      assert.strictEqual(valueAt(ada, ["title"]), "Engineer")
      assert.deepStrictEqual(yield* tenant.findUser(ada.id), ada)
      assert.deepStrictEqual(yield* tenant.findUser(ada.id.toUpperCase()), ada)
      assert.deepStrictEqual((yield* tenant.search("User")).Resources, [ada])
      const bo = yield* tenant.createUser(person("bo"))
      assert.strictEqual(valueAt(bo, [extension, "userId"]), 2)
      const { events: kept, log, state } = yield* tenant.read
      const events: ReadonlyArray<unknown> = kept.map(({ event, sequence }) => ({ sequence, event }))
      assert.deepStrictEqual(events, [
        { sequence: 1, event: { type: "user.created", user: ada.id, version: 1, revived: false } },
        { sequence: 2, event: { type: "user.started", user: ada.id, version: 1, mail: "welcome" } },
        { sequence: 3, event: { type: "user.created", user: bo.id, version: 1, revived: false } },
        { sequence: 4, event: { type: "user.started", user: bo.id, version: 1, mail: "welcome" } }
      ])
      assert.deepStrictEqual(
        log.map(({ entry, sequence }) => [sequence, entry.outcome, entry.status, entry.subject?.name]),
        [
          [1, "created", 201, "ada@halden.example"],
          [2, "created", 201, "bo@halden.example"]
        ]
      )
      assert.strictEqual(state.counters.userCount, 2)
    })
  )

  it.effect("PUT replaces a person: what is left out is cleared, active stays (R-USER-11)", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada", { title: "Engineer", nickName: "Addie", active: false }))
      const replaced = yield* tenant.replaceUser(ada.id, person("ada", { title: "Lead" }))
      assert.strictEqual(valueAt(replaced, ["title"]), "Lead")
      assert.isUndefined(valueAt(replaced, ["nickName"]))
      assert.strictEqual(valueAt(replaced, ["active"]), false)
      assert.strictEqual(versionOf(replaced), 'W/"2"')
      assert.deepStrictEqual(yield* tenant.findUser(ada.id), replaced)
      const entry = lastEntry(yield* tenant.read)
      assert.deepStrictEqual(entry?.changes, [
        { attribute: "title", before: "Engineer", after: "Lead" },
        { attribute: "nickName", before: "Addie" } as never
      ])
    })
  )

  it.effect("PATCH changes what it names, all operations or none (ABUSE-4)", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada", { title: "Engineer" }))
      const patched = yield* tenant.patchUser(ada.id, [
        { op: "replace", path: "title", value: "Lead" },
        { op: "add", path: "nickName", value: "Addie" }
      ])
      assert.strictEqual(valueAt(patched, ["title"]), "Lead")
      assert.strictEqual(valueAt(patched, ["nickName"]), "Addie")
      assert.deepStrictEqual(yield* tenant.findUser(ada.id), patched)
      yield* assertRefused(
        tenant,
        tenant.patchUser(ada.id, [
          { op: "replace", path: "title", value: "Chief" },
          { op: "replace", path: 'phoneNumbers[value co "1"].display', value: "x" }
        ]),
        { status: 400, scimType: "noTarget" }
      )
    })
  )

  it.effect("R-USER-8: a deleted person is gone for SCIM, and the record is kept", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada"))
      yield* tenant.deleteUser(ada.id)
      const gone = { status: 404, detail: /^User .* not found/ }
      yield* assertRefused(tenant, tenant.findUser(ada.id), gone)
      yield* assertRefused(tenant, tenant.replaceUser(ada.id, person("ada")), gone)
      yield* assertRefused(tenant, tenant.patchUser(ada.id, [{ op: "replace", path: "title", value: "x" }]), gone)
      yield* assertRefused(tenant, tenant.deleteUser(ada.id), gone)
      assert.strictEqual((yield* tenant.search("User")).totalResults, 0)
      assert.strictEqual((yield* tenant.search("User", { filter: 'userName eq "ada@halden.example"' })).totalResults, 0)
      const { events, state, users } = yield* tenant.read
      assert.strictEqual(users[0]?.attributes.active, false)
      assert.strictEqual(users[0]?.attributes.userName, "ada@halden.example")
      assert.deepStrictEqual(types(events), ["user.created", "user.started", "user.deleted"])
      assert.strictEqual(state.counters.userCount, 0)
    })
  )

  it.effect("R-USER-8: a later create with the same email revives the record, what is sent over what was there", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada", { title: "Engineer", name: { givenName: "Ada" } }))
      const group = yield* tenant.createGroup({ displayName: "Robotics", members: members(ada) })
      yield* tenant.deleteUser(ada.id)
      const body = { userName: "ada.new", name: { familyName: "Brandt" }, emails: [{ value: "ADA@halden.example" }] }
      const revived = yield* tenant.createUser(body)
      assert.strictEqual(revived.id, ada.id)
      assert.strictEqual(valueAt(revived, [extension, "userId"]), 1)
      assert.strictEqual(versionOf(revived), 'W/"3"')
      assert.deepStrictEqual(valueAt(revived, ["name"]), { givenName: "Ada", familyName: "Brandt" })
      assert.strictEqual(valueAt(revived, ["title"]), "Engineer")
      assert.strictEqual(valueAt(revived, ["userName"]), "ada.new")
      assert.strictEqual(valueAt(revived, ["active"]), true)
      assert.deepStrictEqual(yield* tenant.findUser(ada.id), revived)
      const { events, log, members: memberships, state, users } = yield* tenant.read
      assert.strictEqual(users.length, 1)
      assert.strictEqual(state.counters.userCount, 1)
      assert.deepStrictEqual(memberships, [])
      assert.deepStrictEqual(events.slice(-2).map(({ event }) => event) as ReadonlyArray<unknown>, [
        { type: "user.created", user: ada.id, version: 3, revived: true },
        { type: "user.reactivated", user: ada.id, version: 3, mail: "welcomeBack" }
      ])
      assert.deepStrictEqual(log.at(-1)?.entry.mails, ["welcomeBack"])
      assert.strictEqual(log.at(-1)?.entry.outcome, "revived")
      assert.strictEqual(log.at(-1)?.entry.status, 201)
      assert.strictEqual(log.at(-1)?.entry.subject?.id, ada.id)
      assert.strictEqual((yield* tenant.findGroup(group.id)).id, group.id)
    })
  )

  it.effect("R-USER-8: of several deleted people who last had an email, the last deleted is revived", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant("rfc")
      const first = yield* tenant.createUser(person("ada"))
      yield* tenant.deleteUser(first.id)
      const second = yield* tenant.createUser(person("bo"))
      yield* tenant.patchUser(second.id, [
        { op: "replace", path: 'emails[type eq "work"].value', value: "ada@halden.example" }
      ])
      yield* tenant.deleteUser(second.id)
      assert.strictEqual((yield* tenant.createUser(person("ada"))).id, second.id)
      // And when that one has moved on, the one before.
      yield* tenant.patchUser(second.id, [
        { op: "replace", path: 'emails[type eq "work"].value', value: "bo@halden.example" },
        { op: "replace", path: "userName", value: "bo" }
      ])
      assert.strictEqual((yield* tenant.createUser(person("ada"))).id, first.id)
    })
  )

  it.effect("R-USER-8: what a revived person was called may have been taken meanwhile", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant("rfc")
      const ada = yield* tenant.createUser(person("ada"))
      yield* tenant.deleteUser(ada.id)
      const other = yield* tenant.createUser({
        userName: "ada@halden.example",
        emails: [{ value: "o@halden.example" }]
      })
      assert.notStrictEqual(other.id, ada.id)
      yield* assertRefused(tenant, tenant.createUser(person("ada")), { status: 409, scimType: "uniqueness" })
      const revived = yield* tenant.createUser(person("ada", { userName: "ada.2" }))
      assert.strictEqual(revived.id, ada.id)
    })
  )

  it.effect("R-USER-12: a write that changes nothing keeps the version and leaves one entry and no event", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada", { title: "Engineer" }))
      const before = yield* tenant.read
      const put = yield* tenant.replaceUser(ada.id, person("ada", { title: "Engineer", id: ada.id, groups: [] }))
      const echo = yield* tenant.replaceUser(ada.id, ada)
      const patch = yield* tenant.patchUser(ada.id, [{ op: "replace", value: { title: "Engineer", active: true } }])
      for (const answer of [put, echo, patch]) assert.deepStrictEqual(answer, ada)
      const after = yield* tenant.read
      assert.deepStrictEqual(after.users, before.users)
      assert.deepStrictEqual(after.events, before.events)
      assert.deepStrictEqual(
        after.log.slice(before.log.length).map(({ entry }) => [entry.outcome, entry.changes.length]),
        [
          ["unchanged", 0],
          ["unchanged", 0],
          ["unchanged", 0]
        ]
      )
    })
  )

  it.effect("R-USER-12: If-Match with another version is 412 and changes nothing; the right one and * go through", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada"))
      const stale = { status: 412 }
      yield* assertRefused(tenant, tenant.replaceUser(ada.id, person("ada", { title: "x" }), 'W/"7"'), stale)
      const title = [{ op: "replace", path: "title", value: "Lead" }]
      yield* assertRefused(tenant, tenant.patchUser(ada.id, title, '"2"'), stale)
      yield* assertRefused(tenant, tenant.deleteUser(ada.id, 'W/"2"'), stale)
      assert.strictEqual(versionOf(yield* tenant.patchUser(ada.id, title, 'W/"1"')), 'W/"2"')
      yield* tenant.deleteUser(ada.id, "*")
    })
  )

  it.effect("R-USER-7: active: false deactivates and true reactivates, each told by an event of its own", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada"))
      yield* tenant.patchUser(ada.id, [{ op: "replace", path: "active", value: "False" }])
      yield* tenant.replaceUser(ada.id, person("ada", { active: true }))
      yield* tenant.patchUser(ada.id, [{ op: "replace", path: "title", value: "Lead" }])
      const { events } = yield* tenant.read
      assert.deepStrictEqual(types(events), [
        "user.created",
        "user.started",
        "user.updated",
        "user.deactivated",
        "user.updated",
        "user.reactivated",
        "user.updated"
      ])
      assert.deepStrictEqual(
        events.flatMap(({ event }) => ("mail" in event && event.mail !== undefined ? [event.mail] : [])),
        ["welcome", "welcomeBack"]
      )
      assert.deepStrictEqual(
        events.flatMap(({ event }) => (event.type === "user.updated" ? [event.attributes] : [])),
        [["active"], ["active"], ["title"]]
      )
    })
  )

  it.effect("R-USER-7: an active that is emptied stays as it was: only true and false switch it", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada", { active: false }))
      const removed = yield* tenant.patchUser(ada.id, [{ op: "remove", path: "active" }])
      const nulled = yield* tenant.replaceUser(ada.id, person("ada", { active: null }))
      for (const answer of [removed, nulled]) assert.deepStrictEqual(answer, ada)
      assert.strictEqual((yield* tenant.read).events.length, 1)
    })
  )

  it.effect("a person without a userName is refused on every way in", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant("rfc")
      const refusal = { status: 400, scimType: "invalidValue", detail: /^userName is missing/ }
      yield* assertRefused(tenant, tenant.createUser({ displayName: "Ada" }), refusal)
      const ada = yield* tenant.createUser(person("ada"))
      yield* assertRefused(tenant, tenant.replaceUser(ada.id, { displayName: "Ada" }), refusal)
    })
  )
}
