import { assert, layer } from "@effect/vitest"
import { layerMemoryGroups, layerMemoryUsers } from "@rollcall/domain/directory/MemoryReads"
import { layerMemoryDirectory, layerMemoryPeopleLookup, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { GroupTypes } from "@rollcall/domain/group/GroupTypes"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { valueAt } from "@rollcall/domain/user/DirectoryField"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { DirectoryProbe } from "../contract/DirectoryProbe.ts"
import { assertRefused, newTenant, person, resourceTypes, useCases } from "../contract/Tenant.ts"

const memory = Layer.mergeAll(
  layerMemoryDirectory(resourceTypes),
  layerMemoryUsers(resourceTypes),
  layerMemoryGroups,
  GroupTypes.layerMemory,
  layerMemoryPeopleLookup,
  DirectoryProbe.layerMemory
).pipe(Layer.provideMerge(MemoryStore.layer))

/** What the documents for administrators print, sent as they print it. */
layer(Layer.provideMerge(useCases, memory))("the documents' own examples", (it) => {
  const created = {
    ...person("ada"),
    schemas: ["urn:ietf:params:scim:schemas:core::2.0:User", "urn:ietf:params:scim:schemas:extension:15Five:2.0:User"],
    "urn:ietf:params:scim:schemas:extension:15Five:2.0:User": { startDate: "12/15/2019" }
  }
  const patched = [
    { op: "Replace", path: "urn:ietf:params:scim:schemas:extension:15Five:2.0:User", value: "12/15/2019" }
  ]

  it.effect("R-START-5: the POST with 12/15/2019 is refused years later, and says why", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 10, 23))
      const tenant = yield* newTenant()
      const refusal = {
        status: 400,
        scimType: "invalidValue",
        detail: /startDate lies in the past: today is 2026-11-23/
      }
      yield* assertRefused(tenant, tenant.createUser(created), refusal)
      const ada = yield* tenant.createUser(person("ada"))
      yield* assertRefused(tenant, tenant.patchUser(ada.id, patched), refusal)
    })
  )

  it.effect("R-START-5: it starts the person at once where past dates do, and is returned as it was sent", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 10, 23))
      const tenant = yield* Effect.flatMap(newTenant(), (made) => made.settle({ pastStartDates: "startNow" }))
      const ada = yield* tenant.createUser(created)
      assert.strictEqual(valueAt(ada, [extension, "startDate"]), "12/15/2019")
      assert.deepStrictEqual((yield* tenant.read).log.at(-1)?.entry.mails, ["welcome"])
    })
  )

  it.effect(
    "R-START-3, R-START-8: before that day the POST schedules, and the PATCH with the bare URN reschedules",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.UTC(2019, 11, 2))
        const tenant = yield* newTenant()
        const ada = yield* tenant.createUser(person("ada", { [extension]: { startDate: "12/09/2019" } }))
        const moved = yield* tenant.patchUser(ada.id, patched)
        assert.strictEqual(valueAt(moved, [extension, "startDate"]), "12/15/2019")
        const { users } = yield* tenant.read
        assert.deepStrictEqual(users[0]?.standing, { startsOn: "2019-12-15" } as never)
      })
  )

  it.effect("R-MGR-1: managerId and managerEmail name the manager by SCIM ID, User ID, e-mail or employee number", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const boss = yield* tenant.createUser(person("boss", { [enterpriseUserUrn]: { employeeNumber: "HR-7" } }))
      const forms = [
        { [extension]: { managerId: boss.id } },
        { [extension]: { managerId: "1" } },
        { [extension]: { managerEmail: "boss@halden.example" } },
        { [enterpriseUserUrn]: { manager: "HR-7" } },
        { [enterpriseUserUrn]: { manager: [{ value: "boss@halden.example" }] } },
        { [enterpriseUserUrn]: { manager: { managerId: "HR-7", displayName: "The Boss" } } }
      ]
      for (const [i, form] of forms.entries()) {
        const report = yield* tenant.createUser(person(`report${i}`, form))
        assert.strictEqual(
          valueAt(report, [enterpriseUserUrn, "manager", "$ref"]),
          `${tenant.caller.baseUrl}/Users/${boss.id}`,
          JSON.stringify(form)
        )
      }
    })
  )
})
