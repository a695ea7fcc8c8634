import { assert, describe, it } from "@effect/vitest"
import { emptyOrganization, layerMemoryDirectory, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { Groups, Users } from "@rollcall/domain/directory/Resources"
import { GroupProvisioning } from "@rollcall/domain/group/GroupProvisioning"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { allAttributes, parseProjection } from "@rollcall/domain/scim/Projection"
import { PasswordSealing } from "@rollcall/domain/user/PasswordSealing"
import { UserProvisioning } from "@rollcall/domain/user/UserProvisioning"
import { Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { resourceTypes } from "../contract/Tenant.ts"

const caller = {
  organization: {
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
  },
  baseUrl: "https://halden.example/scim/v2",
  actor: { keyId: "k1", keyLabel: "IdP", client: "test" },
  requestId: "r1",
  line: "POST /Groups",
  size: 10,
  receivedAt: 0
}

/** Reads that come too late: whatever was written is deleted already. */
const tooLate = Layer.mergeAll(
  Layer.mock(Groups, { find: () => Effect.succeed(undefined) }),
  Layer.mock(Users, { find: () => Effect.succeed(undefined) })
)

const services = Layer.mergeAll(GroupProvisioning.layer(resourceTypes), UserProvisioning.layer(resourceTypes)).pipe(
  Layer.provide([
    layerMemoryDirectory(resourceTypes),
    tooLate,
    SecureRandom.layerWebCrypto,
    PasswordSealing.layerWithheld
  ]),
  Layer.provideMerge(MemoryStore.layer)
)

describe("the answer to a write", () => {
  it.effect("is what was written, even where it is gone again before it could be read", () =>
    Effect.gen(function* () {
      const store = yield* MemoryStore
      store.set(caller.organization.id, emptyOrganization(caller.organization.settings))
      const groups = yield* GroupProvisioning
      const users = yield* UserProvisioning
      const group = yield* groups.create(caller, { displayName: "Robotics" }, allAttributes)
      assert.strictEqual(JSON.parse(group.text).displayName, "Robotics")
      const withGroups = parseProjection(resourceTypes.user, "userName,groups", undefined)
      const user = yield* users.create(caller, { userName: "ada" }, withGroups)
      assert.strictEqual(JSON.parse(user.text).userName, "ada")
      // Neither left a refusal in the log.
      assert.deepStrictEqual(
        store.get(caller.organization.id)?.log.map(({ entry }) => entry.outcome),
        ["created", "created"]
      )
    }).pipe(Effect.provide(services))
  )
})
