import { assert, type Vitest } from "@effect/vitest"
import { csrfHeader } from "@rollcall/http/api/ApiAccess"
import { Effect, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpBody, HttpClient, HttpClientRequest } from "effect/http"
import { closed, filled, send } from "./ApiEndpoints.ts"
import { ApiScene } from "./ApiScene.ts"

const writing = closed.filter(({ method }) => method !== "GET" && method !== "HEAD")

const decodeSession = Schema.decodeUnknownEffect(Schema.Struct({ csrfToken: Schema.String }))

/** The problem of a request that a session sends without showing that it comes from its own pages. */
const unshown = /^The request does not show where it comes from\. Send the session's csrfToken as x-csrf-token\.$/

/** Sessions of the console on every endpoint that changes something, as another site would have a browser ask. */
export const csrfContract = (it: Vitest.MethodsNonLive<ApiScene | HttpClient.HttpClient>): void => {
  const signIn = Effect.fnUntraced(function* (key: string) {
    const { baseUrl } = yield* ApiScene
    const answer = yield* HttpClient.post(`${baseUrl}/api/v1/session`, { body: HttpBody.jsonUnsafe({ key }) })
    const { csrfToken } = yield* decodeSession(yield* answer.json)
    return { cookie: (answer.headers["set-cookie"] ?? "").split(";", 1)[0] ?? "", csrfToken }
  })

  const detailIn = (body: unknown): string => String(Reflect.get(Object(body), "detail"))

  it.effect("every endpoint that writes refuses a session's cookie without its token: 403 as a problem", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const { cookie, csrfToken } = yield* signIn(tenant.apiKey)
      const another = yield* signIn(tenant.apiKey)
      const foreign = yield* signIn((yield* (yield* ApiScene).newTenant()).apiKey)
      assert.notStrictEqual(another.csrfToken, csrfToken)
      assert.isAbove(writing.length, 20)
      const wrong: ReadonlyArray<Readonly<Record<string, string>>> = [
        {},
        { [csrfHeader]: "" },
        { [csrfHeader]: `${csrfToken}x` },
        { [csrfHeader]: another.csrfToken },
        { [csrfHeader]: foreign.csrfToken }
      ]
      for (const endpoint of writing) {
        for (const headers of wrong) {
          const refused = yield* send(endpoint, { cookie, ...headers })
          const told = `${endpoint.name} with ${JSON.stringify(headers)}`
          assert.strictEqual(refused.status, 403, told)
          assert.match(refused.headers["content-type"] ?? "", /^application\/problem\+json/, told)
          const body = yield* refused.json
          assert.deepInclude(body, { type: "urn:rollcall:problem:forbidden", status: 403 }, told)
          assert.match(detailIn(body), unshown, told)
        }
      }
    })
  )

  it.effect("with the token every one of them is let in, and a key in the header needs none", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const { cookie, csrfToken } = yield* signIn(tenant.apiKey)
      for (const endpoint of writing) {
        for (const headers of [
          { cookie, [csrfHeader]: csrfToken },
          { authorization: `Bearer ${tenant.apiKey}` },
          // Whoever sends a header means it: a page of another site cannot.
          { cookie, authorization: `Bearer ${tenant.apiKey}` }
        ]) {
          const answer = yield* send(endpoint, headers)
          const told = `${endpoint.name} with ${Object.keys(headers)}: ${answer.status}`
          assert.notStrictEqual(answer.status, 401, told)
          assert.isBelow(answer.status, 500, told)
          if (answer.status === 403) assert.notMatch(detailIn(yield* answer.json), unshown, told)
        }
      }
    })
  )

  it.effect("what a form of another site could send changes nothing; reading needs no token", () =>
    Effect.gen(function* () {
      const { baseUrl, newTenant } = yield* ApiScene
      const tenant = yield* newTenant()
      const { cookie, csrfToken } = yield* signIn(tenant.apiKey)
      const post = (type: string, text: string, headers: Readonly<Record<string, string>>) =>
        HttpClientRequest.post(`${baseUrl}/api/v1/group-types`, { headers: { cookie, ...headers } }).pipe(
          HttpClientRequest.bodyText(text, type),
          HttpClient.execute
        )
      const body = JSON.stringify({ name: "Crews" })
      for (const [type, text] of [
        ["text/plain", body],
        ["application/x-www-form-urlencoded", "name=Crews"],
        ["application/json", body]
      ] as const) {
        assert.strictEqual((yield* post(type, text, { origin: "https://evil.example" })).status, 403, type)
      }
      const names = Effect.map(tenant.client.groupTypes.list(), ({ items }) => items.map(({ name }) => name))
      assert.notInclude(yield* names, "Crews")
      assert.isBelow((yield* post("application/json", body, { [csrfHeader]: csrfToken })).status, 300)
      assert.include(yield* names, "Crews")
      for (const endpoint of closed.filter(({ method, path }) => method === "GET" && !path.includes(":"))) {
        const { status } = yield* HttpClient.get(`${baseUrl}${filled(endpoint.path, SecureRandom.uuidV4Unsafe())}`, {
          headers: { cookie }
        }).pipe(Effect.scoped)
        assert.notInclude([401, 403], status, endpoint.name)
      }
    })
  )
}
