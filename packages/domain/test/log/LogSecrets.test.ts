import { assert, layer as suite } from "@effect/vitest"
import { BulkProvisioning } from "@rollcall/domain/directory/BulkProvisioning"
import { layerMemoryGroups, layerMemoryUsers } from "@rollcall/domain/directory/MemoryReads"
import { layerMemoryDirectory, layerMemoryPeopleLookup, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { ResourceSearch } from "@rollcall/domain/directory/ResourceSearch"
import { GroupProvisioning } from "@rollcall/domain/group/GroupProvisioning"
import { GroupTypes } from "@rollcall/domain/group/GroupTypes"
import { paragraph, tellStory } from "@rollcall/domain/log/Story"
import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { userUrn } from "@rollcall/domain/scim/schemas/UserSchema"
import { layerMemoryPasswords } from "@rollcall/domain/user/MemoryPasswords"
import { formatPasswordHash, passwordCost } from "@rollcall/domain/user/PasswordHash"
import { PasswordHasher } from "@rollcall/domain/user/PasswordHasher"
import { PasswordSealing } from "@rollcall/domain/user/PasswordSealing"
import { UserMatching } from "@rollcall/domain/user/UserMatching"
import { UserProvisioning } from "@rollcall/domain/user/UserProvisioning"
import { Arbitrary, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { DirectoryProbe } from "../contract/DirectoryProbe.ts"
import { newTenant, person, resourceTypes } from "../contract/Tenant.ts"
import { oneOf, pick } from "../scim/Vocabulary.ts"

/** What must turn up nowhere: in every request of this file it stands where a secret may. */
const secret = "c0rrect-Horse-93"

/** Costs nothing, and its hashes can be told from everything else. */
const layerHasher = Layer.succeed(PasswordHasher, {
  hash: () =>
    Effect.succeed(
      formatPasswordHash({ cost: passwordCost, salt: new Uint8Array(16).fill(7), key: new Uint8Array(32).fill(7) })
    ),
  verify: () => Effect.succeed(false)
})

const layer = BulkProvisioning.layer(resourceTypes).pipe(
  Layer.provideMerge(
    Layer.mergeAll(
      UserProvisioning.layer(resourceTypes),
      GroupProvisioning.layer(resourceTypes),
      ResourceSearch.layer(resourceTypes),
      UserMatching.layer
    )
  ),
  Layer.provide([
    PasswordSealing.layer.pipe(Layer.provide([layerMemoryPasswords, layerHasher])),
    SecureRandom.layerWebCrypto
  ]),
  Layer.provideMerge(
    Layer.mergeAll(
      layerMemoryDirectory(resourceTypes),
      layerMemoryUsers(resourceTypes),
      layerMemoryGroups,
      GroupTypes.layerMemory,
      layerMemoryPeopleLookup,
      DirectoryProbe.layerMemory
    )
  ),
  Layer.provide(MemoryStore.layer)
)

/** Forms in which a secret may be wrapped. */
const wrapped: Arbitrary.Arbitrary<Json> = pick<Json>([
  secret,
  { value: secret },
  [secret],
  [{ value: secret, type: "work" }],
  { password: secret, forceChangePasswordNextSignIn: false },
  { deep: { deeper: [{ deepest: secret }] } },
  `${secret}${"x".repeat(2_000)}`
])

/** Names that are a password's, and names that no schema has. */
const name = pick([
  "password",
  "Password",
  "PASSWORD",
  `${userUrn}:password`,
  `${userUrn}.password`,
  "password.value",
  'password[type eq "work"]',
  "passwordProfile",
  "passwordProfile.password",
  `passwordProfile[value eq "${secret}"]`,
  `passwords[value eq "${secret}"].value`,
  "credentials",
  "urn:example:vault:2.0:User",
  "urn:example:vault:2.0:User:pin",
  `${enterpriseUserUrn}:pin`,
  `${extension}:pin`,
  "name.password",
  "emails.secret"
])

/** An object with a secret in one place of it. */
const carrying: Arbitrary.Arbitrary<JsonObject> = oneOf<JsonObject>([
  Arbitrary.map(Arbitrary.all({ name, wrapped }), (all) => ({ [all.name]: all.wrapped })),
  Arbitrary.map(wrapped, (value) => ({ name: { givenName: "Ada", password: value } })),
  Arbitrary.map(wrapped, (value) => ({ [enterpriseUserUrn]: { department: "Controls", secret: value } })),
  Arbitrary.map(wrapped, (value) => ({ [extension]: { location: "Aarhus", secret: value } })),
  Arbitrary.map(wrapped, (value) => ({ phoneNumbers: [{ value: "+45 55 50 01 17", type: "work", secret: value }] }))
])

/** What makes a request fail, or not. */
const trouble: Arbitrary.Arbitrary<JsonObject> = pick<JsonObject>([
  {},
  {},
  { active: "perhaps" },
  { emails: [{ value: "bo@halden.example", primary: true }] },
  { [extension]: { startDate: "02/30/2027" } },
  { title: "Lead", nickName: "A" }
])

const operation: Arbitrary.Arbitrary<Json> = oneOf<Json>([
  Arbitrary.map(Arbitrary.all({ op: pick(["add", "replace", "remove"]), name, wrapped }), (all) => ({
    op: all.op,
    path: all.name,
    value: all.wrapped
  })),
  Arbitrary.map(Arbitrary.all({ op: pick(["add", "replace"]), carrying }), (all) => ({
    op: all.op,
    value: all.carrying
  })),
  Arbitrary.map(trouble, (value) => ({ op: "replace", value }))
])

type Step =
  | { readonly kind: "create" | "replace"; readonly body: JsonObject; readonly ifMatch: string | undefined }
  | { readonly kind: "patch"; readonly operations: ReadonlyArray<Json>; readonly ifMatch: string | undefined }

const ifMatch = Arbitrary.map(pick(["", "", "", 'W/"99"']), (tag) => (tag === "" ? undefined : tag))
const body = Arbitrary.map(Arbitrary.all({ carrying, trouble, name: pick(["ada", "cy"]) }), (all) =>
  person(all.name, { ...all.trouble, ...all.carrying })
)

const step: Arbitrary.Arbitrary<Step> = oneOf<Step>([
  Arbitrary.map(Arbitrary.all({ kind: pick(["create", "replace"] as const), body, ifMatch }), (all) => all),
  Arbitrary.map(
    Arbitrary.all({ operations: Arbitrary.array(operation, { minLength: 1, maxLength: 3 }), ifMatch }),
    (all) => ({
      kind: "patch",
      ...all
    })
  )
])

const assertClean = (what: string, value: unknown): void => {
  const text = typeof value === "string" ? value : JSON.stringify(value)
  assert.notInclude(text, secret, what)
  assert.notInclude(text, "argon2id", what)
}

suite(layer)("R-LOG-1: what the log holds of a request", (it) => {
  it.effect.prop(
    "every request leaves one entry, and a secret is in no entry, event, error, stored attribute or story",
    [Arbitrary.array(step, { minLength: 1, maxLength: 4 }), pick([true, false])],
    ([steps, syncPasswords]) =>
      Effect.gen(function* () {
        const tenant = yield* Effect.flatMap(newTenant("rfc"), ({ settle }) => settle({ syncPasswords }))
        const { id } = yield* tenant.createUser(person("ada"))
        yield* tenant.createUser(person("bo"))
        for (const each of steps) {
          const request =
            "operations" in each
              ? tenant.patchUser(id, each.operations, each.ifMatch)
              : each.kind === "replace"
                ? tenant.replaceUser(id, each.body, each.ifMatch)
                : tenant.createUser(each.body)
          const result = yield* Effect.result(request)
          assertClean("the answer", result._tag === "Failure" ? { ...result.failure } : result.success)
        }
        const { events, log, users } = yield* tenant.read
        assert.strictEqual(log.length, 2 + steps.length)
        assertClean("the log", log)
        assertClean("the events", events)
        assertClean("the people", users)
        const stories = tellStory(log, { timeZone: "UTC", nameOf: () => undefined })
        assertClean("the stories", stories.map(paragraph))
      }),
    60_000
  )

  it.effect("of a password and of unknown attributes the log has the names, so that it explains what was ignored", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant("rfc")
      yield* tenant.createUser(person("ada", { password: secret, passwordProfile: { password: secret }, shoe: "42" }))
      const [logged] = (yield* tenant.read).log
      assert.deepStrictEqual(
        logged?.entry.notes.map(({ attribute, kind }) => [kind, attribute]),
        [
          ["ignored", "passwordProfile"],
          ["ignored", "shoe"],
          ["ignored", "password"]
        ]
      )
    })
  )

  it.effect("a write that changes nothing leaves one entry that says so, and nothing else (R-USER-12)", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const { id } = yield* tenant.createUser(person("ada"))
      const before = yield* tenant.read
      yield* tenant.replaceUser(id, person("ada"))
      const after = yield* tenant.read
      assert.deepStrictEqual(after.users, before.users)
      assert.deepStrictEqual(after.events, before.events)
      assert.deepStrictEqual(
        after.log
          .slice(before.log.length)
          .map(({ entry }) => [entry.outcome, entry.status, entry.changes, entry.mails]),
        [["unchanged", 200, [], undefined]]
      )
    })
  )

  it.effect("a request that is refused, by a rule, by If-Match or unread, leaves one entry with the answer", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const { id } = yield* tenant.createUser(person("ada"))
      const before = yield* tenant.read
      const errors = [
        yield* Effect.flip(tenant.createUser(person("ada"))),
        yield* Effect.flip(tenant.patchUser(id, [{ op: "replace", path: "title", value: "x" }], 'W/"99"')),
        yield* Effect.flip(tenant.createUser("no object")),
        yield* Effect.flip(tenant.search("User", { filter: "title eq" }))
      ]
      const after = yield* tenant.read
      assert.deepStrictEqual(after.users, before.users)
      assert.deepStrictEqual(after.events, before.events)
      const entries = after.log.slice(before.log.length).map(({ entry }) => entry)
      assert.deepStrictEqual(
        entries.map(({ error, outcome, status }) => [outcome, status, error?.scimType]),
        [
          ["refused", 409, "uniqueness"],
          ["refused", 412, undefined],
          ["refused", 400, "invalidSyntax"],
          ["refused", 400, "invalidFilter"]
        ]
      )
      assert.deepStrictEqual(
        entries.slice(0, 2).map(({ subject }) => subject?.id),
        [id, id]
      )
      for (const [i, error] of errors.entries()) {
        assert.strictEqual(error._tag, "ScimError")
        assert.include(error.message, entries[i]?.error?.detail ?? "-")
        assert.match(error.message, / \[case [0-9A-Z]{6}\]$/)
      }
    })
  )
})
