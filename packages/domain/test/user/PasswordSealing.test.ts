import { assert, describe, it } from "@effect/vitest"
import { BulkProvisioning } from "@rollcall/domain/directory/BulkProvisioning"
import type { Caller } from "@rollcall/domain/directory/Caller"
import type { Request } from "@rollcall/domain/directory/Command"
import { Directory } from "@rollcall/domain/directory/Directory"
import { Users } from "@rollcall/domain/directory/Resources"
import { GroupProvisioning } from "@rollcall/domain/group/GroupProvisioning"
import { type Organization, OrganizationId } from "@rollcall/domain/organization/Organization"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import { bulkRequestUrn, patchOpUrn } from "@rollcall/domain/scim/Message"
import { allAttributes } from "@rollcall/domain/scim/Projection"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { ScimError } from "@rollcall/domain/scim/ScimError"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { userUrn } from "@rollcall/domain/scim/schemas/UserSchema"
import type { PasswordHash } from "@rollcall/domain/user/PasswordHash"
import { PasswordHasher } from "@rollcall/domain/user/PasswordHasher"
import { PasswordSealing } from "@rollcall/domain/user/PasswordSealing"
import { type HeldPasswords, Passwords } from "@rollcall/domain/user/Passwords"
import { UserProvisioning } from "@rollcall/domain/user/UserProvisioning"
import { Arbitrary, Effect, Layer, Redacted, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { cheapHash } from "../contract/PasswordProbe.ts"

const types = makeResourceTypes(defaultExtensionUserUrn)
const id = "5b0f6f39-6c1e-4a51-8f55-0d7f3a8f2c11"
const secret = "Tiszavirág-88"

const organization: Organization = {
  id: OrganizationId.make("0191f2c4-3c2e-7d7a-9a51-2f6b8f0d1c22"),
  subdomain: Subdomain.make("vertes"),
  name: "Vértes & Co",
  timeZone: "UTC",
  singleSignOn: { enabled: false, signInUrl: null },
  scimEnabled: true,
  csvAllowed: false,
  settings: presets.product,
  customAttributes: [],
  reviewWindows: []
}

const callerOf = (more: Partial<Organization>): Caller => ({
  organization: { ...organization, ...more },
  baseUrl: "https://vertes.example/scim/v2",
  actor: { keyId: "k1", keyLabel: "", client: "test" },
  requestId: "r1",
  line: "PATCH /Users",
  size: 0,
  receivedAt: 0
})

/** A hash that says what it is of, so that tests can tell; its text does not hold the password as it is. */
const hashOf = (password: string): PasswordHash =>
  cheapHash(
    [...new TextEncoder().encode(password)]
      .map((byte) => byte.toString(16))
      .join("")
      .slice(0, 43)
  )

interface Scene {
  readonly caller: Caller
  readonly users: UserProvisioning["Service"]
  readonly bulk: BulkProvisioning["Service"]
  readonly submitted: ReadonlyArray<Request>
  readonly counts: { hashed: number; verified: number }
}

/** The use cases over a directory that only remembers what it was told. */
const withScene = <A, E>(
  test: (scene: Scene) => Effect.Effect<A, E>,
  options: { readonly organization?: Partial<Organization>; readonly held?: HeldPasswords } = {}
) => {
  const submitted: Array<Request> = []
  const counts = { hashed: 0, verified: 0 }
  const refusal = new ScimError({ status: 412, detail: "This directory only remembers." })
  const ports = Layer.mergeAll(
    Layer.mock(Directory, {
      submit: (_organization, request) =>
        Effect.sync(() => {
          submitted.push(request)
          const error = request.command._tag === "Refuse" ? request.command.error : refusal
          return { _tag: "Refused", error }
        })
    }),
    Layer.mock(Users, {}),
    Layer.mock(GroupProvisioning, {}),
    Layer.succeed(Passwords, { find: () => Effect.succeed(options.held) }),
    Layer.succeed(PasswordHasher, {
      // Hashing takes a while.
      hash: (password) =>
        Effect.as(
          Effect.andThen(
            Effect.yieldNow,
            Effect.sync(() => counts.hashed++)
          ),
          hashOf(Redacted.value(password))
        ),
      verify: (password, hash) =>
        Effect.sync(() => {
          counts.verified++
          return hash === hashOf(Redacted.value(password))
        })
    }),
    SecureRandom.layerWebCrypto
  )
  const useCases = BulkProvisioning.layer(types).pipe(
    Layer.provideMerge(UserProvisioning.layer(types)),
    Layer.provide(PasswordSealing.layer),
    Layer.provide(ports)
  )
  return Effect.gen(function* () {
    const users = yield* UserProvisioning
    const bulk = yield* BulkProvisioning
    const caller = callerOf(options.organization ?? {})
    yield* Effect.ignore(test({ caller, users, bulk, submitted, counts }))
    return { submitted, counts }
  }).pipe(Effect.provide(Layer.fresh(useCases)))
}

const person = (more: JsonObject): JsonObject => ({ schemas: [userUrn], userName: "imre@vertes.example", ...more })
const patchOf = (...operations: ReadonlyArray<Json>): Json => ({ schemas: [patchOpUrn], Operations: operations })

/** What the command that was submitted holds for the password; "none" where it holds nothing. */
const sealOf = (submitted: ReadonlyArray<Request>): Json => {
  const command = submitted.at(-1)?.command
  switch (command?._tag) {
    case "CreateUser":
    case "ReplaceUser":
      return command.input.attributes.password ?? "none"
    case "PatchUser": {
      const found = command.patch.operations.filter(
        ({ path }) => path._tag === "Attribute" && path.target.attribute.name === "password"
      )
      assert.isAtMost(found.length, 1)
      return found[0]?.value ?? "none"
    }
    default:
      return `no such command: ${command?._tag}`
  }
}

/** Every way in which a PATCH can bring a password. */
const patches = (value: Json): ReadonlyArray<readonly [string, Json]> => [
  ["replace with the path", patchOf({ op: "replace", path: "password", value })],
  ["add with the path", patchOf({ op: "add", path: "password", value })],
  ["a path in other letters", patchOf({ op: "Replace", path: "PassWord", value })],
  ["a path with the URN", patchOf({ op: "replace", path: `${userUrn}:password`, value })],
  ["a path with the URN in other letters", patchOf({ op: "Add", path: `${userUrn.toUpperCase()}:Password`, value })],
  ["without a path, as Okta does", patchOf({ op: "replace", value: { password: value } })],
  ["add without a path, in other letters", patchOf({ op: "add", value: { PASSWORD: value, title: "x" } })],
  ["without a path, by its qualified name", patchOf({ op: "replace", value: { [`${userUrn}:password`]: value } })],
  [
    "without a path, in the core schema's object",
    patchOf({ op: "replace", value: { [userUrn]: { password: value } } })
  ],
  ["with the path of the core schema", patchOf({ op: "replace", path: userUrn, value: { password: value } })],
  ["in a list of one", patchOf({ op: "replace", path: "password", value: [value] })],
  ["among others", patchOf({ op: "replace", path: "title", value: "x" }, { op: "replace", path: "password", value })],
  [
    "twice",
    patchOf({ op: "add", path: "password", value: `${secret}-old` }, { op: "replace", value: { password: value } })
  ]
]

const bodies = (value: Json): ReadonlyArray<readonly [string, Json]> => [
  ["plain", person({ password: value })],
  ["in other letters", person({ PassWord: value })],
  ["by its qualified name", person({ [`${userUrn}:password`]: value })],
  ["in the core schema's object", person({ [userUrn]: { password: value } })]
]

const isClean = (submitted: ReadonlyArray<Request>, text: string) => assert.notInclude(JSON.stringify(submitted), text)

describe("a password in a request (R-MAIL-2)", () => {
  it.effect("is taken out of a create, whatever the settings: Okta always sends one of no meaning", () =>
    Effect.gen(function* () {
      for (const [form, body] of bodies(secret)) {
        const { counts, submitted } = yield* withScene(({ caller, users }) => users.create(caller, body, allAttributes))
        assert.strictEqual(sealOf(submitted), "withheld", form)
        assert.strictEqual(counts.hashed, 0)
        isClean(submitted, secret)
      }
    })
  )

  it.effect("becomes its hash in an update, in every form that a PUT or a PATCH may have", () =>
    Effect.gen(function* () {
      for (const [form, body] of bodies(secret)) {
        const { counts, submitted } = yield* withScene(({ caller, users }) =>
          users.replace(caller, id, body, undefined, allAttributes)
        )
        assert.strictEqual(sealOf(submitted), hashOf(secret), form)
        assert.strictEqual(counts.hashed, 1)
        isClean(submitted, secret)
      }
      for (const [form, body] of patches(secret)) {
        const { counts, submitted } = yield* withScene(({ caller, users }) =>
          users.patch(caller, id, body, undefined, allAttributes)
        )
        assert.strictEqual(sealOf(submitted), hashOf(secret), form)
        assert.strictEqual(counts.hashed, 1, form)
        isClean(submitted, secret)
      }
    })
  )

  it.effect("is withheld from an update while single sign-on is on or Sync passwords is off", () =>
    Effect.gen(function* () {
      for (const settings of [
        { singleSignOn: { enabled: true, signInUrl: "https://sso.vertes.example" } },
        { settings: { ...presets.product, syncPasswords: false } }
      ]) {
        for (const [form, body] of patches(secret)) {
          const { counts, submitted } = yield* withScene(
            ({ caller, users }) => users.patch(caller, id, body, undefined, allAttributes),
            { organization: settings }
          )
          assert.strictEqual(sealOf(submitted), "withheld", form)
          assert.deepStrictEqual(counts, { hashed: 0, verified: 0 })
          isClean(submitted, secret)
        }
        const { submitted } = yield* withScene(
          ({ caller, users }) => users.replace(caller, id, person({ password: secret }), undefined, allAttributes),
          { organization: settings }
        )
        assert.strictEqual(sealOf(submitted), "withheld")
      }
    })
  )

  it.effect("is hashed although it looks like a hash, so that nobody can send one", () =>
    Effect.gen(function* () {
      const sent = cheapHash("sentByTheClient")
      const { submitted } = yield* withScene(({ caller, users }) =>
        users.replace(caller, id, person({ password: sent }), undefined, allAttributes)
      )
      assert.strictEqual(sealOf(submitted), hashOf(sent))
      isClean(submitted, sent)
    })
  )

  it.effect("is no news where the person has it or it was the last that was sent, however often it comes", () =>
    Effect.gen(function* () {
      const own = hashOf("chosen by the person")
      const helds: ReadonlyArray<HeldPasswords> = [
        { current: hashOf(secret), synced: hashOf(secret) },
        { current: hashOf(secret), synced: undefined },
        { current: own, synced: hashOf(secret) }
      ]
      for (const held of helds) {
        const { counts, submitted } = yield* withScene(
          ({ caller, users }) => users.replace(caller, id, person({ password: secret }), undefined, allAttributes),
          { held }
        )
        assert.strictEqual(sealOf(submitted), "withheld")
        assert.strictEqual(counts.hashed, 0)
      }
      const { submitted } = yield* withScene(
        ({ caller, users }) => users.replace(caller, id, person({ password: secret }), undefined, allAttributes),
        { held: { current: own, synced: hashOf("before") } }
      )
      assert.strictEqual(sealOf(submitted), hashOf(secret))
    })
  )

  it.effect("is no change where it is removed, emptied or null", () =>
    Effect.gen(function* () {
      for (const body of [
        patchOf({ op: "remove", path: "password" }),
        patchOf({ op: "replace", path: "password", value: null }),
        patchOf({ op: "replace", value: { password: "" } }),
        patchOf({ op: "replace", path: "password", value: secret }, { op: "remove", path: "password" }),
        patchOf({ op: "replace", path: "title", value: "x" })
      ]) {
        const { counts, submitted } = yield* withScene(({ caller, users }) =>
          users.patch(caller, id, body, undefined, allAttributes)
        )
        assert.strictEqual(sealOf(submitted), "none")
        assert.deepStrictEqual(counts, { hashed: 0, verified: 0 })
        isClean(submitted, secret)
      }
      for (const body of [person({ password: null }), person({ password: "" }), person({})]) {
        const { submitted } = yield* withScene(({ caller, users }) =>
          users.replace(caller, id, body, undefined, allAttributes)
        )
        assert.strictEqual(sealOf(submitted), "none")
      }
    })
  )

  it.effect("costs one hash, however many operations of a PATCH bring one", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 500 }, (_, i) => ({ op: "replace", path: "password", value: `${secret}-${i}` }))
      const { counts, submitted } = yield* withScene(({ caller, users }) =>
        users.patch(caller, id, patchOf(...many), undefined, allAttributes)
      )
      assert.strictEqual(counts.hashed, 1)
      assert.strictEqual(sealOf(submitted), hashOf(`${secret}-499`))
      isClean(submitted, secret)
    })
  )

  it.effect("that is too long gets 400 in an update, where it would count, and the log says so without it", () =>
    Effect.gen(function* () {
      const long = secret.repeat(100)
      const { submitted } = yield* withScene(({ caller, users }) =>
        users.replace(caller, id, person({ password: long }), undefined, allAttributes)
      )
      const command = submitted.at(-1)?.command
      assert.strictEqual(command?._tag === "Refuse" ? command.error.scimType : command?._tag, "invalidValue")
      assert.match(command?._tag === "Refuse" ? command.error.detail : "", /"password" holds at most 1024 characters/)
      isClean(submitted, secret)
      const created = yield* withScene(({ caller, users }) =>
        users.create(caller, person({ password: long }), allAttributes)
      )
      assert.strictEqual(sealOf(created.submitted), "withheld")
    })
  )

  it.effect("is in no error, whatever is wrong with it", () =>
    Effect.gen(function* () {
      const wrong: ReadonlyArray<Json> = [
        { value: secret },
        [secret, secret],
        [[secret]],
        { [secret]: secret },
        `${secret}\u0000`,
        `${secret}\uD800`,
        secret.repeat(10_000)
      ]
      for (const value of wrong) {
        for (const [, body] of patches(value)) {
          const { submitted } = yield* withScene(({ caller, users }) =>
            users.patch(caller, id, body, undefined, allAttributes)
          )
          isClean(submitted, secret)
        }
        for (const [, body] of bodies(value)) {
          const { submitted } = yield* withScene(({ caller, users }) =>
            Effect.andThen(
              Effect.ignore(users.create(caller, body, allAttributes)),
              users.replace(caller, id, body, undefined, allAttributes)
            )
          )
          assert.strictEqual(submitted.length, 2)
          isClean(submitted, secret)
        }
      }
    })
  )

  it.effect.prop(
    "never gets into a command, whatever it is and however it comes",
    [Arbitrary.schema(Schema.String), Arbitrary.schema(Schema.Int)],
    ([text, choice]) =>
      Effect.gen(function* () {
        const password = `§${text}§${choice}§`
        const forms = [...patches(password), ...bodies(password)]
        const [, body] = forms[Math.abs(choice) % forms.length] ?? ["", null]
        const { submitted } = yield* withScene(({ caller, users }) =>
          "Operations" in (body as JsonObject)
            ? users.patch(caller, id, body, undefined, allAttributes)
            : users.replace(caller, id, body, undefined, allAttributes)
        )
        assert.strictEqual(submitted.length, 1)
        // Each piece of JSON text is looked through as JSON spells it.
        isClean(submitted, JSON.stringify(password).slice(1, -1))
      })
  )
})

describe("passwords in a bulk request (R-MAIL-2)", () => {
  it.effect("are sealed as if they had come alone, and nothing overtakes what waits for a hash (ABUSE-16)", () =>
    Effect.gen(function* () {
      const operations: ReadonlyArray<Json> = [
        { method: "PATCH", path: `/Users/${id}`, data: patchOf({ op: "replace", path: "title", value: "first" }) },
        { method: "PATCH", path: `/Users/${id}`, data: patchOf({ op: "replace", value: { PassWord: secret } }) },
        { method: "PATCH", path: `/Users/${id}`, data: patchOf({ op: "replace", path: "title", value: "third" }) },
        { method: "PUT", path: `/Users/${id}`, data: person({ password: secret, title: "fourth" }) },
        { method: "PATCH", path: `/Users/${id}`, data: patchOf({ op: "replace", path: "title", value: "fifth" }) },
        { method: "POST", path: "/Users", bulkId: "a", data: person({ password: secret, title: "sixth" }) }
      ]
      const { counts, submitted } = yield* withScene(({ bulk, caller }) =>
        bulk.run(caller, { schemas: [bulkRequestUrn], Operations: operations })
      )
      assert.strictEqual(counts.hashed, 2)
      isClean(submitted, secret)
      const texts = submitted.map((request) => JSON.stringify(request))
      const marks = ["first", hashOf(secret), "third", "fourth", "fifth", "sixth"]
      assert.strictEqual(texts.length, marks.length)
      for (const [i, mark] of marks.entries()) assert.include(texts[i], mark)
      assert.include(texts[3], hashOf(secret))
      assert.include(texts[5], "withheld")
    })
  )
})
