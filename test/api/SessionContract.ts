import { assert, type Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { HttpBody, HttpClient } from "effect/http"
import { ApiScene } from "./ApiScene.ts"

const member = (json: unknown, name: string): unknown => Reflect.get(Object(json), name)

/** Signing in to the console by an API key. */
export const sessionContract = (it: Vitest.MethodsNonLive<ApiScene | HttpClient.HttpClient>): void => {
  it.effect("a key signs in, the cookie alone is who one is, and signing out takes it away", () =>
    Effect.gen(function* () {
      const { baseUrl, newTenant } = yield* ApiScene
      const { apiKey, organization } = yield* newTenant()
      const url = `${baseUrl}/api/v1/session`
      const signedIn = yield* HttpClient.post(url, { body: HttpBody.jsonUnsafe({ key: ` ${apiKey} ` }) })
      assert.strictEqual(signedIn.status, 200)
      const set = signedIn.headers["set-cookie"] ?? ""
      for (const part of [
        /^__Host-rollcall-session=/,
        /Path=\/(;|$)/,
        /HttpOnly/,
        /Secure/,
        /SameSite=Strict/,
        /Max-Age=28800/
      ]) {
        assert.match(set, part)
      }
      assert.notMatch(set, /Domain=/)
      assert.notInclude(set, apiKey)
      const body = yield* signedIn.json
      assert.deepStrictEqual(member(body, "organization"), {
        subdomain: organization.subdomain,
        name: organization.name
      })
      const cookie = set.split(";", 1)[0] ?? ""
      const seen = yield* (yield* HttpClient.get(url, { headers: { cookie } })).json
      assert.deepStrictEqual(seen, body)
      const integration = yield* HttpClient.get(`${baseUrl}/api/v1/integration`, { headers: { cookie } })
      assert.strictEqual(integration.status, 200)
      const out = yield* HttpClient.del(url)
      assert.strictEqual(out.status, 204)
      assert.match(out.headers["set-cookie"] ?? "", /^__Host-rollcall-session=;.*Max-Age=0/)
    })
  )

  it.effect("what is no key of the Public API signs nobody in", () =>
    Effect.gen(function* () {
      const { baseUrl, newTenant } = yield* ApiScene
      const { scimToken } = yield* newTenant()
      for (const key of [scimToken, "x".repeat(32), ""]) {
        const refused = yield* HttpClient.post(`${baseUrl}/api/v1/session`, { body: HttpBody.jsonUnsafe({ key }) })
        assert.strictEqual(refused.status, 401, key)
        assert.isUndefined(refused.headers["set-cookie"])
      }
    })
  )
}
