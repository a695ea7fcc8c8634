import { assert, type Vitest } from "@effect/vitest"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { valueAt } from "@rollcall/domain/user/DirectoryField"
import { noManager } from "@rollcall/domain/user/ManagerLink"
import type { Source, User } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect } from "effect"
import { SecureRandom } from "effect/crypto"
import { assertRefused, newTenant, person, type Services, type Tenant, versionOf } from "./Tenant.ts"

/** A person that did not come by SCIM, as User ID `number`. */
const seeded = (
  number: number,
  origin: Source,
  attributes: JsonObject,
  sources: User["sources"] = {},
  active = true
): User => ({
  id: UserId.make(SecureRandom.uuidV4Unsafe()),
  number,
  attributes: { active, ...attributes, [extension]: { userId: number, ...(attributes[extension] as JsonObject) } },
  sources,
  standing: { startedAt: 0, startsOn: undefined, endsOn: undefined },
  manager: noManager,
  origin,
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0,
  deletedAt: undefined
})

const taken = (id: string, how: string) => ({
  status: 409,
  scimType: "uniqueness",
  detail: new RegExp(`^Email address already in use: .* ${id}, ${how}\\. Import that person`)
})

const workEmail = 'emails[type eq "work"].value'

/** Who may be called what: R-USER-5, R-USER-6 and R-USER-11, ABUSE-6 to 8 and 33. */
export const uniquenessContract = (it: Vitest.MethodsNonLive<Services>): void => {
  const spellings: ReadonlyArray<readonly [string, string, string]> = [
    ["in another case", "josé@halden.example", "JOSÉ@Halden.EXAMPLE"],
    ["in full width", "josé@halden.example", "ｊｏｓé@halden.example"],
    ["decomposed (NFD)", "josé@halden.example", "jose\u0301@halden.example"]
  ]
  for (const [how, held, sent] of spellings) {
    it.effect(`R-USER-6, ABUSE-33: a userName that is taken ${how} is refused`, () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant()
        const jose = yield* tenant.createUser({ userName: held, emails: [{ value: "j@halden.example" }] })
        const again = tenant.createUser({ userName: sent, emails: [{ value: "other@halden.example" }] })
        yield* assertRefused(tenant, again, taken(jose.id, "added by SCIM"))
      })
    )

    it.effect(`R-USER-6, ABUSE-33: an email that is taken ${how} is refused`, () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant()
        const jose = yield* tenant.createUser({ userName: "jose", emails: [{ value: held }] })
        const again = tenant.createUser({ userName: "jose.2", emails: [{ value: sent, type: "home" }] })
        yield* assertRefused(tenant, again, taken(jose.id, "added by SCIM"))
      })
    )
  }

  it.effect("ABUSE-33: a dotless i and ß make other names", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      for (const userName of ["mike", "mıke", "strasse", "straße"]) yield* tenant.createUser({ userName })
      assert.strictEqual((yield* tenant.search("User")).totalResults, 4)
    })
  )

  it.effect("R-USER-6, ABUSE-7: a create that is sent again is refused and touches nothing", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada", { externalId: "00u1" }))
      const again = tenant.createUser(person("ada", { externalId: "00u2", title: "Other" }))
      yield* assertRefused(tenant, again, taken(ada.id, "added by SCIM"))
      assert.deepStrictEqual(yield* tenant.findUser(ada.id), ada)
    })
  )

  it.effect("R-USER-6: the refusal says how the holder came, and whether they are active", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const csv = seeded(1, "csv", person("csv"))
      const hand = seeded(2, "hand", person("hand"), {}, false)
      yield* tenant.seed({ users: [csv, hand] })
      yield* assertRefused(tenant, tenant.createUser(person("csv")), taken(csv.id, "added by CSV import"))
      const refusal = yield* assertRefused(tenant, tenant.createUser(person("hand")), taken(hand.id, "added by hand"))
      assert.include(refusal.detail, "deactivated person")
    })
  )

  it.effect("R-USER-6, ABUSE-8: PATCH and PUT to a taken userName or email are refused as well", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant("rfc")
      const ada = yield* tenant.createUser(person("ada"))
      const bo = yield* tenant.createUser(person("bo"))
      const refusal = taken(ada.id, "added by SCIM")
      const name = [{ op: "replace", path: "userName", value: "ADA@halden.example" }]
      yield* assertRefused(tenant, tenant.patchUser(bo.id, name), refusal)
      const email = [{ op: "replace", path: workEmail, value: "Ada@halden.example" }]
      yield* assertRefused(tenant, tenant.patchUser(bo.id, email), refusal)
      yield* assertRefused(tenant, tenant.replaceUser(bo.id, person("ada")), refusal)
    })
  )

  it.effect("R-USER-5: only the email has to be unique, other addresses may be shared", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant("rfc")
      yield* tenant.createUser(person("ada"))
      const shared = { value: "ada@halden.example", type: "home" }
      const bo = yield* tenant.createUser(
        person("bo", { emails: [{ value: "bo@halden.example", primary: true }, shared] })
      )
      // Without its primary address the shared one becomes the email, and that is taken.
      const remove = [{ op: "remove", path: "emails[primary eq true]" }]
      yield* assertRefused(tenant, tenant.patchUser(bo.id, remove), { status: 409, scimType: "uniqueness" })
    })
  )

  it.effect("R-USER-5: a userName of the form of an address counts as the email of who has none", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser({ userName: "ada@halden.example" })
      const other = tenant.createUser({ userName: "ada.2", emails: [{ value: "ada@halden.example" }] })
      yield* assertRefused(tenant, other, taken(ada.id, "added by SCIM"))
    })
  )

  it.effect("R-USER-6: what a person no longer has is free for others", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada"))
      yield* tenant.replaceUser(ada.id, person("countess"))
      const second = yield* tenant.createUser(person("ada"))
      assert.notStrictEqual(second.id, ada.id)
      yield* tenant.deleteUser(ada.id)
      const third = yield* tenant.createUser({
        userName: "countess@halden.example",
        emails: [{ value: "c@x.example" }]
      })
      assert.notStrictEqual(third.id, ada.id)
    })
  )

  it.effect("R-USER-5, linked: where userName and email are the same a change of one alone is refused", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada"))
      const linked = { status: 400, scimType: "invalidValue", detail: /Send the same value for userName and the work/ }
      const email = { op: "replace", path: workEmail, value: "Countess@halden.example" }
      const name = { op: "replace", path: "userName", value: "countess@halden.example" }
      yield* assertRefused(tenant, tenant.patchUser(ada.id, [email]), linked)
      yield* assertRefused(tenant, tenant.patchUser(ada.id, [name]), linked)
      yield* assertRefused(tenant, tenant.replaceUser(ada.id, person("ada", { userName: "countess" })), linked)
      const both = yield* tenant.patchUser(ada.id, [email, name])
      assert.strictEqual(valueAt(both, ["userName"]), "countess@halden.example")
      // The case of one of them is no difference.
      yield* tenant.patchUser(ada.id, [{ ...name, value: "COUNTESS@halden.example" }])
    })
  )

  it.effect("R-USER-5, linked: who was created with two values may change one; with free anybody may", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const bo = yield* tenant.createUser(person("bo", { userName: "bo" }))
      yield* tenant.patchUser(bo.id, [{ op: "replace", path: "userName", value: "bo.2" }])
      const ada = yield* tenant.createUser(person("ada"))
      const free = yield* tenant.settle({ userNameAndEmail: "free" })
      const changed = yield* free.patchUser(ada.id, [{ op: "replace", path: "userName", value: "ada.2" }])
      assert.strictEqual(versionOf(changed), 'W/"2"')
    })
  )

  const imported = (tenant: Tenant, sources: User["sources"]) => {
    const attributes = {
      ...person("ada", { title: "Engineer", nickName: "Addie" }),
      [enterpriseUserUrn]: { employeeNumber: "HR-1" },
      [extension]: { location: "Aarhus", custom_Level: 3 }
    }
    const user = seeded(1, "csv", attributes, sources)
    return Effect.as(tenant.seed({ users: [user] }), user)
  }

  it.effect("R-USER-9: whoever was there before SCIM keeps their data when an identity provider takes them over", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const attributes = {
        ...person("ada", { title: "Engineer", name: { givenName: "Ada", familyName: "Okafor" } }),
        [extension]: { location: "Odense", startDate: "01/15/2019" }
      }
      const byCsv = { title: "csv", lastName: "csv", location: "csv", startDate: "csv" } as const
      const before = seeded(1, "csv", attributes, byCsv)
      yield* tenant.seed({ users: [before] })
      // What an identity provider does with somebody it did not make: refused as new, found, linked, updated.
      yield* assertRefused(tenant, tenant.createUser(person("ada")), taken(before.id, "added by CSV import"))
      const [found] = (yield* tenant.search("User", { filter: 'userName eq "ada@halden.example"' })).Resources
      assert.strictEqual(found?.id, before.id)
      const linked = yield* tenant.replaceUser(
        before.id,
        person("ada", { externalId: "00u1", name: { givenName: "Ada" } })
      )
      assert.deepStrictEqual(valueAt(linked, ["name"]), { givenName: "Ada", familyName: "Okafor" })
      assert.strictEqual(valueAt(linked, ["title"]), "Engineer")
      assert.deepStrictEqual(
        ["location", "startDate"].map((name) => valueAt(linked, [extension, name])),
        ["Odense", "01/15/2019"]
      )
      assert.deepStrictEqual(
        (yield* tenant.read).events.map(({ event }) => event.type),
        ["user.updated"]
      )
    })
  )

  it.effect("R-USER-11: a PUT clears what SCIM wrote last and leaves what CSV or a hand wrote", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const user = yield* imported(tenant, { title: "csv", location: "hand", custom_level: "csv", firstName: "hand" })
      const put = yield* tenant.replaceUser(user.id, {
        userName: "ada@halden.example",
        emails: [{ value: "ada@halden.example" }],
        name: { familyName: "Brandt" }
      })
      assert.strictEqual(valueAt(put, ["title"]), "Engineer")
      assert.deepStrictEqual(valueAt(put, ["name"]), { familyName: "Brandt", givenName: "ada" })
      assert.deepStrictEqual(valueAt(put, [extension]), { location: "Aarhus", custom_Level: 3, userId: 1 })
      assert.isUndefined(valueAt(put, ["nickName"]))
      assert.isUndefined(valueAt(put, [enterpriseUserUrn]))
      assert.deepStrictEqual((yield* tenant.read).users[0]?.sources, user.sources)
    })
  )

  it.effect("R-USER-11: a value that SCIM changes is SCIM's from then on", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const user = yield* imported(tenant, { title: "csv", location: "hand", custom_level: "csv" })
      // In another spelling it is the same custom attribute, and what is sent counts.
      const body = person("ada", { title: "Lead", [extension]: { location: "Aarhus", CUSTOM_LEVEL: 4 } })
      const put = yield* tenant.replaceUser(user.id, body)
      assert.deepStrictEqual(Object.values(valueAt(put, [extension]) as JsonObject).toSorted(), [1, 4, "Aarhus"])
      assert.deepStrictEqual((yield* tenant.read).users[0]?.sources, { location: "hand" })
      const cleared = yield* tenant.replaceUser(user.id, person("ada"))
      assert.isUndefined(valueAt(cleared, ["title"]))
      assert.strictEqual(valueAt(cleared, [extension, "location"]), "Aarhus")
    })
  )

  it.effect("R-USER-8, R-USER-11: what a revived person gets by SCIM is SCIM's, the rest stays whose it was", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const user = yield* imported(tenant, { title: "csv", location: "hand" })
      yield* tenant.deleteUser(user.id)
      const revived = yield* tenant.createUser(person("ada", { title: "Lead" }))
      assert.strictEqual(revived.id, user.id)
      assert.strictEqual(valueAt(revived, [extension, "location"]), "Aarhus")
      assert.deepStrictEqual((yield* tenant.read).users[0]?.sources, { location: "hand" })
    })
  )

  it.effect("R-USER-11: a field that a PUT names as empty is cleared wherever it came from, and so is its source", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const user = yield* imported(tenant, { title: "csv", location: "hand", custom_level: "csv", firstName: "csv" })
      const empty = { title: "", name: null, [extension]: { location: null, custom_level: "" } }
      const put = yield* tenant.replaceUser(user.id, person("ada", empty))
      assert.isUndefined(valueAt(put, ["title"]))
      assert.isUndefined(valueAt(put, ["name"]))
      assert.deepStrictEqual(valueAt(put, [extension]), { userId: 1 })
      assert.deepStrictEqual((yield* tenant.read).users[0]?.sources, {})
    })
  )
}
