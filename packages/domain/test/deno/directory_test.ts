import { Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { layerMemoryGroups, layerMemoryUsers } from "../../src/directory/MemoryReads.ts"
import { emptyOrganization, layerMemoryDirectory, MemoryStore } from "../../src/directory/MemoryStore.ts"
import { ResourceSearch } from "../../src/directory/ResourceSearch.ts"
import { GroupProvisioning } from "../../src/group/GroupProvisioning.ts"
import { OrganizationId } from "../../src/organization/Organization.ts"
import { presets } from "../../src/organization/Settings.ts"
import { Subdomain } from "../../src/organization/Subdomain.ts"
import type { Json } from "../../src/scim/Json.ts"
import { allAttributes } from "../../src/scim/Projection.ts"
import { makeResourceTypes } from "../../src/scim/ResourceTypes.ts"
import { defaultExtensionUserUrn } from "../../src/scim/schemas/ExtensionUserSchema.ts"
import { PasswordSealing } from "../../src/user/PasswordSealing.ts"
import { UserProvisioning } from "../../src/user/UserProvisioning.ts"
import { equal, test } from "./Check.ts"

const types = makeResourceTypes(defaultExtensionUserUrn)

const adapters = Layer.mergeAll(layerMemoryDirectory(types), layerMemoryUsers(types), layerMemoryGroups).pipe(
  Layer.provideMerge(MemoryStore.layer)
)
const useCases = Layer.mergeAll(
  UserProvisioning.layer(types),
  GroupProvisioning.layer(types),
  ResourceSearch.layer(types)
).pipe(Layer.provide([SecureRandom.layerWebCrypto, PasswordSealing.layerWithheld]), Layer.provideMerge(adapters))

const organization = {
  id: OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000001"),
  subdomain: Subdomain.make("halden"),
  name: "Halden Robotics",
  timeZone: "UTC",
  singleSignOn: { enabled: false, signInUrl: null },
  scimEnabled: true,
  csvAllowed: false,
  settings: presets.product,
  customAttributes: [],
  reviewWindows: []
}

const caller = {
  organization,
  baseUrl: "https://halden.example/scim/v2",
  actor: { keyId: "k1", keyLabel: "IdP", client: "deno" },
  requestId: "r1",
  line: "POST /Users",
  size: 100,
  receivedAt: 0
}

const search = {
  filter: undefined,
  sortBy: undefined,
  sortOrder: "ascending",
  attributes: undefined,
  excludedAttributes: undefined
} as const

const patch = (...operations: ReadonlyArray<Json>): Json => ({ Operations: operations })

const story = Effect.gen(function* () {
  const store = yield* MemoryStore
  const users = yield* UserProvisioning
  const groups = yield* GroupProvisioning
  const searches = yield* ResourceSearch
  store.set(organization.id, emptyOrganization(organization.settings))

  const ada = yield* users.create(caller, { userName: "ada@halden.example" }, allAttributes)
  const bo = yield* users.create(caller, { userName: "bo@halden.example" }, allAttributes)
  const made = yield* groups.create(caller, { displayName: "Robotics" }, allAttributes)
  const add = { op: "add", path: "members", value: [{ value: ada.id }, { value: bo.id }] }
  const rename = { op: "replace", path: "displayName", value: "Robots" }
  yield* groups.patch(caller, made.id, patch(add, rename), undefined, undefined)
  yield* users.remove(caller, ada.id, undefined)
  const taken = yield* Effect.flip(users.create(caller, { userName: "BO@halden.example" }, allAttributes))

  const group = JSON.parse((yield* groups.find(caller, made.id, allAttributes)).text)
  equal([group.displayName, group.meta.version], ["Robots", 'W/"3"'])
  equal(
    group.members.map(({ value }: { readonly value: string }) => value),
    [bo.id]
  )
  const list = JSON.parse(yield* searches.search(caller, "User", { ...search, filter: 'userName sw "B"' }))
  equal([list.totalResults, list.Resources[0].id], [1, bo.id])
  equal([taken._tag, taken._tag === "ScimError" && taken.status], ["ScimError", 409])
  const held = store.get(organization.id)
  equal(
    held?.log.map(({ entry }) => entry.outcome),
    ["created", "created", "created", "updated", "deleted", "refused"]
  )
  equal(
    held?.events.map(({ event, sequence }) => `${sequence} ${event.type}`),
    [
      "1 user.created",
      "2 user.started",
      "3 user.created",
      "4 user.started",
      "5 group.created",
      "6 group.updated",
      "7 group.membershipChanged",
      "8 user.deleted",
      "9 group.membershipChanged"
    ]
  )
})

test("the directory in memory: people, a group, members, a rename, a deletion and a refusal", () =>
  Effect.runPromise(Effect.provide(story, useCases)))
