import { assert, type Vitest } from "@effect/vitest"
import type { NumberedEvent } from "@rollcall/domain/directory/Batch"
import { maxCustomAttributes } from "@rollcall/domain/organization/CustomAttribute"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { valueAt } from "@rollcall/domain/user/DirectoryField"
import { Effect } from "effect"
import type { Snapshot } from "./DirectoryProbe.ts"
import { assertRefused, members, newTenant, person, type Services, versionOf } from "./Tenant.ts"

const types = (events: ReadonlyArray<NumberedEvent>) => events.map(({ event }) => event.type)
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
      const { events, log, state } = yield* tenant.read
      assert.deepStrictEqual(events, [
        { sequence: 1, event: { type: "user.created", user: ada.id, version: 1, revived: false } },
        { sequence: 2, event: { type: "user.created", user: bo.id, version: 1, revived: false } }
      ] as ReadonlyArray<unknown> as typeof events)
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
      assert.deepStrictEqual(types(events), ["user.created", "user.deleted"])
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
      assert.deepStrictEqual(events.at(-1)?.event, {
        type: "user.created",
        user: ada.id,
        version: 3,
        revived: true
      } as never)
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
        "user.updated",
        "user.deactivated",
        "user.updated",
        "user.reactivated",
        "user.updated"
      ])
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

  it.effect(
    "R-USER-4: a custom attribute keeps its first spelling, and the organisation learns its name and type",
    () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant()
        const custom = (values: JsonObject): JsonObject => ({ [extension]: values })
        const ada = yield* tenant.createUser(person("ada", custom({ custom_Level: 3, custom_tags: ["a", "b"] })))
        const bo = yield* tenant.createUser(person("bo", custom({ CUSTOM_LEVEL: "four", custom_Lead: true })))
        assert.strictEqual(valueAt(ada, [extension, "custom_Level"]), 3)
        assert.strictEqual(valueAt(bo, [extension, "custom_Level"]), "four")
        const patched = yield* tenant.patchUser(ada.id, [
          { op: "replace", path: `${extension}:CUSTOM_level`, value: 5 },
          { op: "add", path: `${extension}:custom_new`, value: false }
        ])
        assert.strictEqual(valueAt(patched, [extension, "custom_Level"]), 5)
        assert.isUndefined(valueAt(patched, [extension, "CUSTOM_level"]))
        assert.deepStrictEqual((yield* tenant.read).state.customAttributes, [
          { name: "custom_Level", type: "decimal", multiValued: false },
          { name: "custom_tags", type: "string", multiValued: true },
          { name: "custom_Lead", type: "boolean", multiValued: false },
          { name: "custom_new", type: "boolean", multiValued: false }
        ])
      })
  )

  it.effect("R-USER-4: beyond the cap further custom names are ignored, and the log names them", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const many = Object.fromEntries(Array.from({ length: maxCustomAttributes }, (_, i) => [`custom_${i}`, i]))
      yield* tenant.createUser(person("ada", { [extension]: many }))
      const bo = yield* tenant.createUser(person("bo", { [extension]: { custom_7: "seven", custom_late: 1 } }))
      assert.strictEqual(valueAt(bo, [extension, "custom_7"]), "seven")
      assert.isUndefined(valueAt(bo, [extension, "custom_late"]))
      const snapshot = yield* tenant.read
      assert.strictEqual(snapshot.state.customAttributes.length, maxCustomAttributes)
      assert.deepStrictEqual(
        lastEntry(snapshot)?.notes.map(({ attribute }) => attribute),
        ["custom_late"]
      )
    })
  )

  it.effect("R-USER-4: a refused request teaches the organisation no custom attribute", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const body = person("ada", { [extension]: { custom_level: 1, startDate: "02/30/2027" } })
      yield* assertRefused(tenant, tenant.createUser(body), { status: 400, scimType: "invalidValue" })
      assert.deepStrictEqual((yield* tenant.read).state.customAttributes, [])
    })
  )

  for (const name of ["startDate", "hireDate", "terminationDate"]) {
    it.effect(`R-START-1: ${name} is a day of the calendar, kept as it was sent; nonsense is refused by name`, () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant()
        const dated = (value: string) => person("ada", { [extension]: { [name]: value } })
        const nonsense = { status: 400, scimType: "invalidValue", detail: new RegExp(`${name}.*MM/DD/YYYY`) }
        yield* assertRefused(tenant, tenant.createUser(dated("13/01/2027")), nonsense)
        const ada = yield* tenant.createUser(dated("1/9/2027"))
        assert.strictEqual(valueAt(ada, [extension, name]), "1/9/2027")
        yield* assertRefused(tenant, tenant.replaceUser(ada.id, dated("2027-02-29")), nonsense)
        const path = `${extension}:${name}`
        yield* assertRefused(tenant, tenant.patchUser(ada.id, [{ op: "add", path, value: "31/12/2027" }]), nonsense)
        const iso = yield* tenant.patchUser(ada.id, [{ op: "add", path, value: "2027-02-28" }])
        assert.strictEqual(valueAt(iso, [extension, name]), "2027-02-28")
      })
    )
  }

  it.effect("R-USER-3: timezone is kept and returned, and the log says once that it has no effect", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada", { timezone: "Europe/Oslo" }))
      assert.strictEqual(valueAt(ada, ["timezone"]), "Europe/Oslo")
      const told = lastEntry(yield* tenant.read)?.notes
      assert.deepStrictEqual(
        told?.map(({ attribute, kind }) => [attribute, kind]),
        [["timezone", "ignored"]]
      )
      yield* tenant.patchUser(ada.id, [{ op: "replace", path: "title", value: "Lead" }])
      assert.deepStrictEqual(lastEntry(yield* tenant.read)?.notes, [])
    })
  )

  it.effect("R-USER-3: an attribute that no schema has is ignored, and the log has its name but not its value", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada", { passwordProfile: { password: "hunter2" }, shoeSize: 42 }))
      assert.isUndefined(valueAt(ada, ["shoeSize"]))
      const snapshot = yield* tenant.read
      assert.deepStrictEqual(
        lastEntry(snapshot)
          ?.notes.map(({ attribute }) => attribute)
          .toSorted(),
        ["passwordProfile", "shoeSize"]
      )
      assert.notInclude(JSON.stringify(snapshot), "hunter2")
    })
  )

  it.effect("R-MAIL-2: a password is neither kept, nor returned, nor in the log", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada", { password: "q7RzV2kd" }))
      yield* tenant.replaceUser(ada.id, person("ada", { password: "q7RzV2ke" }))
      const patched = yield* tenant.patchUser(ada.id, [{ op: "replace", path: "password", value: "q7RzV2kf" }])
      assert.isUndefined(valueAt(patched, ["password"]))
      assert.strictEqual(versionOf(patched), 'W/"1"')
      assert.notInclude(JSON.stringify(yield* tenant.read), "q7RzV2k")
    })
  )

  it.effect("ABUSE-20, R-USER-11: what only the service sets is not taken from a client", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const foreign = "0f6b7b0e-6f0c-4c3e-9a51-2c8f1a7d0b01"
      const readOnly = {
        id: foreign,
        meta: { version: 'W/"9"', created: "2001-01-01T00:00:00Z", location: "https://evil.example" },
        groups: [{ value: foreign }],
        [extension]: { userId: 4711 }
      }
      const ada = yield* tenant.createUser(person("ada", readOnly))
      assert.notStrictEqual(ada.id, foreign)
      assert.strictEqual(valueAt(ada, [extension, "userId"]), 1)
      assert.strictEqual(versionOf(ada), 'W/"1"')
      const replaced = yield* tenant.replaceUser(ada.id, person("ada", readOnly))
      assert.deepStrictEqual(replaced, ada)
      const path = `${extension}:userId`
      yield* assertRefused(tenant, tenant.patchUser(ada.id, [{ op: "replace", path, value: 4711 }]), {
        status: 400,
        scimType: "mutability"
      })
    })
  )

  it.effect("R-USER-2: the enterprise extension and core attributes come back as they were sent", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const sent = {
        displayName: "Ada O.",
        addresses: [{ type: "work", locality: "Århus", primary: true }],
        phoneNumbers: [{ value: "+45 1", type: "mobile" }],
        [enterpriseUserUrn]: { employeeNumber: "HR-1", department: "R&D" }
      }
      const ada = yield* tenant.createUser(person("ada", sent))
      for (const [name, value] of Object.entries(sent)) assert.deepStrictEqual(valueAt(ada, [name]), value)
      assert.deepStrictEqual(valueAt(ada, ["schemas"]), [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        enterpriseUserUrn,
        extension
      ])
    })
  )
}
