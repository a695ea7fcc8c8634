import { assert, layer } from "@effect/vitest"
import type { Answer } from "@rollcall/domain/directory/Answer"
import { Directory } from "@rollcall/domain/directory/Directory"
import { layerMemoryGroups, layerMemoryUsers } from "@rollcall/domain/directory/MemoryReads"
import { layerMemoryDirectory, layerMemoryPeopleLookup, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { GroupTypes } from "@rollcall/domain/group/GroupTypes"
import { parseProjection } from "@rollcall/domain/scim/Projection"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { valueAt } from "@rollcall/domain/user/DirectoryField"
import { UserProvisioning } from "@rollcall/domain/user/UserProvisioning"
import { Effect, Layer } from "effect"
import { DirectoryProbe } from "../contract/DirectoryProbe.ts"
import { newTenant, person, resourceTypes, useCases } from "../contract/Tenant.ts"

const withoutName = (answer: Answer): Answer => {
  if (answer._tag !== "Done" || answer.reply._tag !== "User") return answer
  const { manager: _, ...reply } = answer.reply
  return { ...answer, reply }
}

/** A directory whose decisions never had to know what a manager is called. */
const forgetful = Layer.effect(
  Directory,
  Effect.map(Directory, ({ submit, submitTogether }) => ({
    submitTogether,
    submit: (organization, request) => Effect.map(submit(organization, request), withoutName)
  }))
).pipe(Layer.provide(layerMemoryDirectory(resourceTypes)))

const adapters = Layer.mergeAll(
  forgetful,
  layerMemoryUsers(resourceTypes),
  layerMemoryGroups,
  GroupTypes.layerMemory,
  layerMemoryPeopleLookup,
  DirectoryProbe.layerMemory
).pipe(Layer.provide(MemoryStore.layer))

layer(Layer.provideMerge(useCases, adapters))("the answer to a write", (it) => {
  it.effect("shows what the manager is called although the decision did not have to know it (R-MGR-1)", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const boss = yield* tenant.createUser(person("boss", { displayName: "Mateo" }))
      const report = person("ada", { [enterpriseUserUrn]: { manager: { value: "boss@halden.example" } } })
      const ada = yield* tenant.createUser(report)
      const shown = {
        value: "boss@halden.example",
        $ref: `${tenant.caller.baseUrl}/Users/${boss.id}`,
        displayName: "Mateo"
      }
      assert.deepStrictEqual(valueAt(ada, [enterpriseUserUrn, "manager"]), shown)
      const users = yield* UserProvisioning
      for (const [attributes, manager] of [
        ["manager.displayName", { displayName: "Mateo" }],
        ["groups,manager", shown],
        ["userName", undefined]
      ] as const) {
        const projection = parseProjection(resourceTypes.user, attributes, undefined)
        const { text } = yield* users.replace(tenant.caller, ada.id, report, undefined, projection)
        assert.deepStrictEqual(JSON.parse(text)[enterpriseUserUrn]?.manager, manager)
      }
    })
  )
})
