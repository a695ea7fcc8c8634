import { assert, type Vitest } from "@effect/vitest"
import type { Json } from "@rollcall/domain/scim/Json"
import { readPatch } from "@rollcall/domain/scim/PatchRequest"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Result } from "effect"
import {
  newTenant,
  person,
  type Resource,
  resourceTypes,
  type Services,
  submit,
  type Tenant,
  versionOf
} from "./Tenant.ts"

const hash = `$argon2id$v=19$m=19456,t=2,p=1$${"c2FsdHNhbHRzYWx0c2FsdA"}$${"a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2U"}`

/** A PATCH as it reaches the directory: with the hash in place of the password. */
const patchPassword = (tenant: Tenant, { id }: Resource, value: Json = hash) =>
  submit(tenant, {
    _tag: "PatchUser",
    id: UserId.make(id),
    patch: Result.getOrThrow(
      readPatch(resourceTypes.user, { Operations: [{ op: "replace", path: "password", value }] }, UserId.make(id))
    ),
    ifMatch: undefined
  })

/** What the directory makes of a password (R-MAIL-2); that only its hash comes here is `PasswordSealing`'s. */
export const passwordContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect("R-MAIL-2: a password in an update is stored and mailed for, and never told", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada", { password: "dummy-of-okta" }))
      assert.strictEqual((yield* patchPassword(tenant, ada))._tag, "Done")
      const snapshot = yield* tenant.read
      const last = snapshot.log.at(-1)?.entry
      assert.deepStrictEqual([last?.outcome, last?.mails], ["updated", ["passwordReset"]])
      assert.deepStrictEqual(snapshot.events.at(-1)?.event.type, "user.passwordChanged")
      assert.notInclude(JSON.stringify(snapshot), "argon2id")
      assert.notInclude(JSON.stringify(snapshot), "dummy-of-okta")
      assert.strictEqual(versionOf(yield* tenant.findUser(ada.id)), 'W/"2"')
      assert.isUndefined((yield* tenant.findUser(ada.id)).password)
    })
  )

  it.effect(
    "R-MAIL-2: it is dropped while single sign-on is on, or Sync passwords is off, and the log says which",
    () =>
      Effect.gen(function* () {
        const free = yield* newTenant()
        const ada = yield* free.createUser(person("ada"))
        const signInUrl = "https://sso.halden.example"
        for (const [changed, text] of [
          [free.arrange({ singleSignOn: { enabled: true, signInUrl } }), /single sign-on/],
          [free.settle({ syncPasswords: false }), /Sync passwords is off/]
        ] as const) {
          const tenant = yield* changed
          yield* patchPassword(tenant, ada)
          const { events, log } = yield* tenant.read
          const notes = log.at(-1)?.entry.notes.map((note) => note.text)
          assert.match(notes?.join() ?? "", text)
          assert.strictEqual(log.at(-1)?.entry.outcome, "unchanged")
          assert.strictEqual(events.at(-1)?.event.type, "user.started")
        }
      })
  )

  it.effect("R-MAIL-2, R-USER-7: nobody who has not started, or is deactivated, is mailed for a password", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada", { active: false }))
      yield* patchPassword(tenant, ada)
      assert.isUndefined((yield* tenant.read).log.at(-1)?.entry.mails)
    })
  )

  it.effect(
    "ABUSE-19: an e-mail that changes is told together with what becomes of the links sent to the old one",
    () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant("rfc")
        const ada = yield* tenant.createUser(person("ada"))
        yield* tenant.replaceUser(ada.id, person("ada.okafor"))
        const notes = (yield* tenant.read).log.at(-1)?.entry.notes.map((note) => note.text)
        assert.match(notes?.join() ?? "", /links sent to the former address no longer work/)
      })
  )
}
