import { assert, type Vitest } from "@effect/vitest"
import type { Problem } from "@rollcall/http/api/Problem"
import { Effect } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { ApiScene } from "./ApiScene.ts"

/** Who is let in, and what others are told (R-ORG-3, R-ORG-4, ABUSE-14, ABUSE-21). */
export const accessContract = (it: Vitest.MethodsNonLive<ApiScene | HttpClient.HttpClient>): void => {
  const refusal = <A, E extends Problem | { readonly _tag: string }>(asked: Effect.Effect<A, E>) =>
    Effect.map(Effect.flip(asked), (error) => error)

  it.effect("a key for everything sees the integration of its organisation", () =>
    Effect.gen(function* () {
      const { client, organization } = yield* (yield* ApiScene).newTenant()
      const integration = yield* client.integration.show()
      assert.strictEqual(integration.subdomain, organization.subdomain)
      assert.match(integration.scimBaseUrl, /\/scim\/v2$/)
      assert.isTrue(integration.scimEnabled)
    })
  )

  it.effect("R-ORG-4: a SCIM token is told that an API key belongs here, an unknown key what to do", () =>
    Effect.gen(function* () {
      const scene = yield* ApiScene
      const { scimToken } = yield* scene.newTenant()
      const withToken = yield* scene.clientOf(scimToken)
      const token = yield* refusal(withToken.integration.show())
      assert.deepInclude(token, { _tag: "Unauthenticated", status: 401 })
      assert.match(String(token), /looks like a SCIM token \(30 characters\)/)
      const unknown = yield* refusal((yield* scene.clientOf("x".repeat(32))).integration.show())
      assert.match(String(unknown), /unknown or was revoked/)
    })
  )

  it.effect("ABUSE-14: a key without the scope is refused before anything is looked for, and the log tells of it", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const client = yield* tenant.clientWith("access-check")
      const refused = yield* refusal(client.integration.show())
      assert.deepInclude(refused, { _tag: "Forbidden", status: 403 })
      assert.match(String(refused), /scope is access-check.*\[case [0-9A-Z]{6}\]/)
    })
  )

  it.effect("problems are of one form, with the request's id, and never cached", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* ApiScene
      for (const path of ["/api/v1/integration", "/api/v1/nothing", "/api"]) {
        const response = yield* HttpClient.get(`${baseUrl}${path}`)
        assert.strictEqual(response.headers["content-type"], "application/problem+json")
        assert.strictEqual(response.headers["cache-control"], "no-store")
        const body = yield* response.json
        assert.hasAllKeys(body, ["type", "title", "status", "detail", "requestId"])
        assert.strictEqual(Reflect.get(Object(body), "status"), response.status)
      }
    })
  )

  it.effect("ABUSE-21: no header, an empty one, another scheme, or two of them are refused alike, with 401", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* ApiScene
      for (const authorization of ["", "Bearer", "Bearer ", "Bearer \t", "Basic eDp5", "Bearer a b"]) {
        const request = HttpClientRequest.get(`${baseUrl}/api/v1/integration`, { headers: { authorization } })
        const response = yield* HttpClient.execute(request)
        assert.strictEqual(response.status, 401, JSON.stringify(authorization))
        assert.match(response.headers["www-authenticate"] ?? "", /^Bearer/)
      }
    })
  )
}
