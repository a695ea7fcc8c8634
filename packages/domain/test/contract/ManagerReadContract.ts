import { assert, type Vitest } from "@effect/vitest"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { parseProjection } from "@rollcall/domain/scim/Projection"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { valueAt } from "@rollcall/domain/user/DirectoryField"
import { Effect } from "effect"
import { newTenant, person, type Resource, resourceTypes, type Services, type Tenant, versionOf } from "./Tenant.ts"

const reporting = (name: string, manager: string, more: JsonObject = {}): JsonObject =>
  person(name, { ...more, [enterpriseUserUrn]: { manager: { value: manager } } })

const managerOf = (resource: Resource | undefined) =>
  resource === undefined ? undefined : valueAt(resource, [enterpriseUserUrn, "manager"])

const shownAs = ({ caller }: Tenant, value: string, boss: Resource, displayName: string) => ({
  value,
  $ref: `${caller.baseUrl}/Users/${boss.id}`,
  displayName
})

/** How managers are shown and found: R-MGR-1, R-MGR-5. */
export const managerReadContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect("R-MGR-1: every answer shows who the manager is, the same in a write, a read and a list", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const boss = yield* tenant.createUser(person("boss", { displayName: 'Mateo "M" Brandt' }))
      const value = "boss@halden.example"
      const shown = shownAs(tenant, value, boss, 'Mateo "M" Brandt')
      const created = yield* tenant.createUser(reporting("ada", value))
      assert.deepStrictEqual(managerOf(created), shown)
      const patched = yield* tenant.patchUser(created.id, [{ op: "replace", path: "title", value: "Lead" }])
      assert.deepStrictEqual(managerOf(patched), shown)
      // Our own answer comes back with a change: the same manager, and nothing else new.
      const replaced = yield* tenant.replaceUser(created.id, { ...patched, nickName: "Addie" })
      assert.deepStrictEqual(managerOf(replaced), shown)
      const unchanged = yield* tenant.replaceUser(created.id, replaced)
      assert.deepStrictEqual(unchanged, replaced)
      assert.deepStrictEqual(yield* tenant.findUser(created.id), replaced)
      assert.deepStrictEqual((yield* tenant.search("User", { filter: "manager pr" })).Resources, [replaced])
    })
  )

  it.effect("R-MGR-1: the name that is shown is the manager's of today, and no part of the report's version", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant("rfc")
      const boss = yield* tenant.createUser(person("boss"))
      const ada = yield* tenant.createUser(reporting("ada", boss.id))
      assert.deepStrictEqual(managerOf(ada), shownAs(tenant, boss.id, boss, "boss@halden.example"))
      yield* tenant.patchUser(boss.id, [{ op: "add", path: "displayName", value: "Sun-hee" }])
      const named = yield* tenant.findUser(ada.id)
      assert.deepStrictEqual(managerOf(named), shownAs(tenant, boss.id, boss, "Sun-hee"))
      assert.strictEqual(versionOf(named), versionOf(ada))
      yield* tenant.patchUser(boss.id, [
        { op: "remove", path: "displayName" },
        { op: "replace", path: "userName", value: "sunny" }
      ])
      assert.deepStrictEqual(managerOf(yield* tenant.findUser(ada.id)), shownAs(tenant, boss.id, boss, "sunny"))
    })
  )

  it.effect("R-MGR-1: a filter finds by the reference that was sent and by the SCIM ID of the person it is", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const boss = yield* tenant.createUser(person("boss", { displayName: "Mateo" }))
      const byMail = yield* tenant.createUser(reporting("ada", "BOSS@halden.example"))
      const byId = yield* tenant.createUser(reporting("bo", boss.id))
      const waiting = yield* tenant.createUser(reporting("cy", "nobody"))
      const found = (filter: string) =>
        Effect.map(tenant.search("User", { filter }), ({ Resources }) => Resources.map(({ id }) => id))
      assert.deepStrictEqual(yield* found(`manager eq "${boss.id}"`), [byMail.id, byId.id])
      assert.deepStrictEqual(yield* found(`${enterpriseUserUrn}:manager.value eq "${boss.id}"`), [byMail.id, byId.id])
      assert.deepStrictEqual(yield* found(`manager ne "${boss.id}"`), [boss.id, waiting.id])
      assert.deepStrictEqual(yield* found('manager eq "boss@HALDEN.example"'), [byMail.id])
      assert.deepStrictEqual(yield* found('manager eq "nobody"'), [waiting.id])
      assert.deepStrictEqual(yield* found('manager.displayName eq "mateo"'), [byMail.id, byId.id])
      assert.deepStrictEqual(yield* found("manager.$ref eq null and manager pr"), [waiting.id])
      assert.deepStrictEqual(yield* found(`id eq "${byMail.id}" and manager eq "${boss.id}"`), [byMail.id])
      yield* tenant.deleteUser(boss.id)
      assert.deepStrictEqual(yield* found(`manager eq "${boss.id}"`), [byId.id])
      assert.deepStrictEqual(yield* found("manager.displayName pr"), [])
    })
  )

  it.effect("R-MGR-5: a manager who is ignored reads back as sent, beside nobody's name", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const boss = yield* tenant.createUser(person("boss"))
      const other = yield* tenant.createUser(person("other"))
      const ada = yield* tenant.createUser(reporting("ada", boss.id))
      const off = yield* tenant.settle({ syncManagers: false })
      const changed = yield* off.patchUser(ada.id, [
        { op: "replace", path: `${enterpriseUserUrn}:manager`, value: other.id }
      ])
      assert.deepStrictEqual(managerOf(changed), { value: other.id })
      assert.deepStrictEqual(managerOf(yield* off.findUser(ada.id)), { value: other.id })
      const found = (id: string) =>
        Effect.map(off.search("User", { filter: `manager eq "${id}"` }), (list) => list.totalResults)
      assert.strictEqual(yield* found(boss.id), 0)
      assert.strictEqual(yield* found(other.id), 1)
    })
  )

  it.effect("R-SCIM-3: the parts of a manager are shown that are asked for", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const boss = yield* tenant.createUser(person("boss", { displayName: "Mateo" }))
      const { id } = yield* tenant.createUser(reporting("ada", boss.id))
      const { $ref, displayName, value } = shownAs(tenant, boss.id, boss, "Mateo")
      const projected = (attributes: string | undefined, excluded: string | undefined) =>
        Effect.map(tenant.findUser(id, parseProjection(resourceTypes.user, attributes, excluded)), managerOf)
      assert.deepStrictEqual(yield* projected("manager.displayName", undefined), { displayName })
      assert.deepStrictEqual(yield* projected("manager.$ref,manager.value", undefined), { value, $ref })
      assert.deepStrictEqual(yield* projected(undefined, "manager.value"), { $ref, displayName })
      assert.isUndefined(yield* projected(undefined, "manager"))
      // With the groups, which are asked for by name, the whole is read in another way.
      assert.deepStrictEqual(yield* projected("groups,manager", undefined), { value, $ref, displayName })
      const listed = yield* tenant.search("User", { filter: `id eq "${id}"`, attributes: ["manager.displayName"] })
      assert.deepStrictEqual(managerOf(listed.Resources[0]), { displayName })
    })
  )
}
