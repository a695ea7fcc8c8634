import { assert, type Vitest } from "@effect/vitest"
import type { Json } from "@rollcall/domain/scim/Json"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { Effect } from "effect"
import {
  assertRefused,
  memberIdsOf,
  members,
  newTenant,
  person,
  type Resource,
  type Services,
  type Tenant
} from "./Tenant.ts"

const groupNamed = (displayName: string, more: { readonly members?: ReadonlyArray<Json> } = {}) => ({
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
  displayName,
  ...more
})

const held = (tenant: Tenant, { id }: Resource) =>
  Effect.map(tenant.read, ({ users }) => {
    const user = users.find((one) => one.id === id)
    return { origin: user?.origin, sources: user?.sources }
  })

const setTitle = (title: string) => [{ op: "replace", path: "title", value: title }]

/** Who may write what (R-ORG-7), and what is remembered of who did (R-USER-11). */
export const ownershipContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect("R-ORG-7: while SCIM is on nobody is added by hand, and the refusal says where people come from", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const hand = yield* tenant.writing("hand")
      yield* assertRefused(hand, hand.createUser(person("ada")), { status: 403, detail: /by hand while SCIM is on/ })
      const off = yield* hand.arrange({ scimEnabled: false })
      const ada = yield* off.createUser(person("ada", { title: "Lead", [extension]: { location: "Oslo" } }))
      assert.deepStrictEqual(yield* held(tenant, ada), {
        origin: "hand",
        sources: { firstName: "hand", lastName: "hand", title: "hand", email: "hand", location: "hand" }
      })
    })
  )

  it.effect("R-ORG-7: while SCIM is on a file changes nothing, unless the operator has allowed it (ABUSE-16)", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const file = yield* tenant.writing("csv")
      const ada = yield* tenant.createUser(person("ada"))
      const refusal = { status: 403, detail: /CSV import is not possible while SCIM is on/ }
      yield* assertRefused(file, file.createUser(person("bo")), refusal)
      yield* assertRefused(file, file.patchUser(ada.id, setTitle("Chief")), refusal)
      yield* assertRefused(file, file.createGroup(groupNamed("Pilots")), refusal)
      const group = yield* tenant.createGroup(groupNamed("Crew"))
      const addAda = [{ op: "add", path: "members", value: members(ada) }]
      yield* assertRefused(file, file.patchGroup(group.id, addAda), refusal)
      const allowed = yield* file.arrange({ csvAllowed: true })
      const bo = yield* allowed.createUser(person("bo"))
      assert.strictEqual((yield* held(tenant, bo)).origin, "csv")
      yield* allowed.patchUser(ada.id, setTitle("Chief"))
      assert.deepStrictEqual(yield* held(tenant, ada), { origin: "scim", sources: { title: "csv" } })
      yield* allowed.patchGroup(group.id, addAda)
      assert.deepStrictEqual(memberIdsOf(yield* tenant.findGroup(group.id)), [ada.id])
    })
  )

  it.effect("R-ORG-7: people are let in again by hand while SCIM is on", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada"))
      yield* tenant.patchUser(ada.id, [{ op: "replace", path: "active", value: false }])
      const hand = yield* tenant.writing("hand")
      const back = yield* hand.patchUser(ada.id, [{ op: "replace", path: "active", value: true }])
      assert.strictEqual(back.active, true)
    })
  )

  it.effect("R-ORG-7: by hand only groups that were made in the product are changed while SCIM is on", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada"))
      const synced = yield* tenant.createGroup(groupNamed("Crew", { members: members(ada) }))
      const hand = yield* tenant.writing("hand")
      const refusal = { status: 403, detail: /comes from the identity provider/ }
      const rename = [{ op: "replace", path: "displayName", value: "Pilots" }]
      yield* assertRefused(hand, hand.patchGroup(synced.id, rename), refusal)
      yield* assertRefused(hand, hand.patchGroup(synced.id, [{ op: "remove", path: "members" }]), refusal)
      yield* assertRefused(hand, hand.deleteGroup(synced.id), refusal)
      const made = yield* hand.createGroup(groupNamed("Band", { members: members(ada) }))
      yield* hand.patchGroup(made.id, rename)
      yield* hand.deleteGroup(made.id)
      const off = yield* hand.arrange({ scimEnabled: false })
      yield* off.patchGroup(synced.id, rename)
      assert.strictEqual((yield* tenant.findGroup(synced.id)).displayName, "Pilots")
    })
  )

  it.effect("R-GROUP-2: by hand no group takes another of the same name over, whatever the setting for SCIM is", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant("product")
      const ada = yield* tenant.createUser(person("ada"))
      const synced = yield* tenant.createGroup(groupNamed("Crew", { members: members(ada) }))
      const hand = yield* tenant.writing("hand")
      yield* assertRefused(hand, hand.createGroup(groupNamed("Crew")), { status: 409, scimType: "uniqueness" })
      assert.deepStrictEqual(memberIdsOf(yield* tenant.findGroup(synced.id)), [ada.id])
    })
  )

  it.effect(
    "R-USER-11: a full PUT over SCIM leaves what a file or a hand wrote last, and takes over what it sends",
    () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant()
        const hand = yield* (yield* tenant.writing("hand")).arrange({ scimEnabled: false })
        const ada = yield* hand.createUser(person("ada", { title: "Lead", [extension]: { location: "Oslo" } }))
        const put = yield* tenant.replaceUser(ada.id, person("ada", { title: "Chief" }))
        assert.strictEqual(put.title, "Chief")
        assert.deepInclude(put[extension], { location: "Oslo" })
        assert.deepStrictEqual((yield* held(tenant, ada)).sources, {
          firstName: "hand",
          lastName: "hand",
          email: "hand",
          location: "hand"
        })
      })
  )
}
