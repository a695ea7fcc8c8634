import { assert, type Vitest } from "@effect/vitest"
import { maxCustomAttributes } from "@rollcall/domain/organization/CustomAttribute"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { valueAt } from "@rollcall/domain/user/DirectoryField"
import { Effect } from "effect"
import type { Snapshot } from "./DirectoryProbe.ts"
import { assertRefused, newTenant, person, type Services, versionOf } from "./Tenant.ts"

const lastEntry = ({ log }: Snapshot) => log.at(-1)?.entry

/** What people have: custom attributes, dates, what is ignored and what comes back: R-USER-2 to 4, R-START-1, R-MAIL-2. */
export const attributeContract = (it: Vitest.MethodsNonLive<Services>): void => {
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
