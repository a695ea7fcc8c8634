import { assert, type Vitest } from "@effect/vitest"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { attemptLimits, attemptWindow } from "@rollcall/domain/user/PasswordAttempts"
import { Effect, Redacted } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { type ApiClient, ApiScene } from "./ApiScene.ts"
import { scimCalls } from "./ScimCalls.ts"

const signIn = { by: "password", url: null } as const
const wrong = { maySignIn: false, reason: "wrongPassword", startsOn: null, signIn, person: null } as const

/** What the product next door asks (R-API-2). */
export const accessCheckContract = (it: Vitest.MethodsNonLive<ApiScene | HttpClient.HttpClient>): void => {
  const ask = (client: ApiClient, email: string) => client.accessCheck.check({ payload: { email } })
  const tryPassword = (client: ApiClient, email: string, password: string) =>
    client.accessCheck.password({ payload: { email, password: Redacted.make(password) } })

  it.effect("R-API-2: whoever has started may sign in and be notified; of others the reason is told", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const scim = scimCalls(tenant)
      const ada = yield* scim.person("ada")
      const bo = yield* scim.person("bo", { [defaultExtensionUserUrn]: { startDate: "01/31/2999" } })
      const cy = yield* scim.person("cy")
      yield* scim.set(cy, "active", false)
      const client = yield* tenant.clientWith("access-check")
      const no = { maySignIn: false, mayBeNotified: false, startsOn: null, signIn }
      const yes = { maySignIn: true, mayBeNotified: true, reason: null, startsOn: null, signIn }
      assert.deepStrictEqual(yield* ask(client, " ADA@halden.example "), { ...yes, person: { id: ada, userId: 1 } })
      assert.deepStrictEqual(yield* ask(client, "bo@halden.example"), {
        ...no,
        reason: "notStarted",
        startsOn: "2999-01-31",
        person: { id: bo, userId: 2 }
      })
      assert.deepStrictEqual(yield* ask(client, "cy@halden.example"), {
        ...no,
        reason: "deactivated",
        person: { id: cy, userId: 3 }
      })
      // The e-mail and nothing else: no other rule of matching, and nobody of another organisation.
      yield* scimCalls(yield* (yield* ApiScene).newTenant()).person("zoe")
      for (const email of ["zoe@halden.example", ada, "1", "", "%", "ada"]) {
        assert.deepStrictEqual(yield* ask(client, email), { ...no, reason: "unknown", person: null }, email)
      }
    })
  )

  it.effect("R-API-2: it says where people sign in, and with single sign-on no password lets anybody in", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const ada = yield* scimCalls(tenant).person("ada")
      yield* scimCalls(tenant).set(ada, "password", "correct horse battery")
      const url = "https://sso.halden.example"
      yield* tenant.configure({ singleSignOn: { enabled: true, signInUrl: url } })
      const client = yield* tenant.clientWith("access-check")
      assert.deepStrictEqual((yield* ask(client, "ada@halden.example")).signIn, { by: "sso", url })
      for (const email of ["ada@halden.example", "zoe@halden.example"]) {
        const answer = yield* tryPassword(client, email, "correct horse battery")
        assert.deepStrictEqual(answer, { ...wrong, reason: "singleSignOn", signIn: { by: "sso", url } })
      }
    })
  )

  it.effect("R-API-2: a password is verified; without it nobody learns who is here and who was deactivated", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const scim = scimCalls(tenant)
      const [ada, bo] = [yield* scim.person("ada"), yield* scim.person("bo")]
      yield* scim.person("cy")
      for (const id of [ada, bo]) yield* scim.set(id, "password", "correct horse battery")
      yield* scim.set(bo, "active", false)
      const client = yield* tenant.clientWith("access-check")
      const person = { id: ada, userId: 1 }
      assert.deepStrictEqual(yield* tryPassword(client, "Ada@halden.example", "correct horse battery"), {
        ...wrong,
        maySignIn: true,
        reason: null,
        person
      })
      const right = yield* tryPassword(client, "bo@halden.example", "correct horse battery")
      assert.deepInclude(right, { maySignIn: false, reason: "deactivated" })
      // Wrong, deactivated, without a password, unknown: one answer.
      for (const name of ["ada", "bo", "cy", "zoe"]) {
        assert.deepStrictEqual(yield* tryPassword(client, `${name}@halden.example`, "wrong"), wrong, name)
      }
      assert.deepStrictEqual(yield* tryPassword(client, "ada@halden.example", "x".repeat(4_000)), wrong)
    })
  )

  it.effect("R-API-2: after ten wrong passwords for an e-mail, known or not, more are refused for a while", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const scim = scimCalls(tenant)
      const [ada, bo] = [yield* scim.person("ada"), yield* scim.person("bo")]
      for (const id of [ada, bo]) yield* scim.set(id, "password", "correct horse battery")
      const clients = [yield* tenant.clientWith("access-check"), yield* tenant.clientWith("access-check")]
      for (const email of ["ada@halden.example", "zoe@halden.example"]) {
        // More than may be, all at once and by two keys.
        const answers = yield* Effect.all(
          Array.from({ length: attemptLimits.person + 4 }, (_, i) =>
            Effect.result(tryPassword(clients[i % 2] ?? tenant.client, email, "wrong"))
          ),
          { concurrency: "unbounded" }
        )
        const refused = answers.flatMap((answer) => (answer._tag === "Failure" ? [answer.failure] : []))
        assert.lengthOf(refused, 4, email)
        for (const problem of refused) {
          assert.deepInclude(problem, { _tag: "TooManyRequests", status: 429 })
          const after = Number(Reflect.get(problem, "retryAfter"))
          assert.isTrue(after >= 1 && after <= attemptWindow / 1_000, String(after))
        }
        // The first that was refused is in the log, and no other.
        assert.lengthOf(
          refused.filter((problem) => /\[case/.test(String(problem))),
          1
        )
        const again = yield* Effect.flip(tryPassword(tenant.client, ` ${email.toUpperCase()}`, "correct horse battery"))
        assert.deepInclude(again, { _tag: "TooManyRequests", status: 429 })
      }
      // Somebody else is let in all the same, and a right password makes up for those before it.
      for (const password of ["wrong", "wrong", "correct horse battery"]) {
        yield* tryPassword(tenant.client, "bo@halden.example", password)
      }
      for (let i = 0; i < attemptLimits.person; i++) yield* tryPassword(tenant.client, "bo@halden.example", "wrong")
      assert.deepInclude(yield* Effect.flip(tryPassword(tenant.client, "bo@halden.example", "wrong")), { status: 429 })
    })
  )

  it.effect("an Idempotency-Key keeps neither the answer nor anything of the password", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const scim = scimCalls(tenant)
      const ada = yield* scim.person("ada")
      yield* scim.set(ada, "password", "correct horse battery")
      const { baseUrl } = yield* ApiScene
      const ask = Effect.flatMap(
        HttpClient.execute(
          HttpClientRequest.post(`${baseUrl}/api/v1/access-check/password`).pipe(
            HttpClientRequest.bearerToken(tenant.apiKey),
            HttpClientRequest.setHeader("idempotency-key", "sign-in-1"),
            HttpClientRequest.bodyJsonUnsafe({ email: "ada@halden.example", password: "correct horse battery" })
          )
        ),
        (response) => response.json
      )
      assert.strictEqual(Reflect.get(Object(yield* ask), "maySignIn"), true)
      yield* scim.set(ada, "active", false)
      assert.strictEqual(Reflect.get(Object(yield* ask), "maySignIn"), false)
    })
  )

  it.effect("ABUSE-15: a key for the access check reads nobody, and a key that reads does not check passwords", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      yield* scimCalls(tenant).person("ada")
      const checker = yield* tenant.clientWith("access-check")
      const reader = yield* tenant.clientWith("read", "integrations", "import")
      for (const asked of [
        Effect.asVoid(checker.users.list({ query: { search: "ada" } })),
        Effect.asVoid(checker.users.show({ params: { reference: "1" } })),
        Effect.asVoid(checker.groups.list({ query: {} })),
        Effect.asVoid(ask(reader, "ada@halden.example")),
        Effect.asVoid(tryPassword(reader, "ada@halden.example", "wrong"))
      ]) {
        assert.deepInclude(yield* Effect.flip(asked), { _tag: "Forbidden", status: 403 })
      }
    })
  )
}
