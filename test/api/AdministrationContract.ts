import { assert, type Vitest } from "@effect/vitest"
import { presets } from "@rollcall/domain/organization/Settings"
import { Effect } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { ApiScene } from "./ApiScene.ts"

/** Settings, tokens, keys and review windows (R-ORG-1, R-ORG-3, R-ORG-6, R-ORG-8, R-MGR-4). */
export const administrationContract = (it: Vitest.MethodsNonLive<ApiScene | HttpClient.HttpClient>): void => {
  it.effect("R-ORG-8: the integration is changed in part, at once visible, and in the log by whom", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const client = yield* tenant.clientWith("integrations")
      const changed = yield* client.integration.change({
        payload: {
          preset: "rfc",
          settings: { startDates: false },
          timeZone: "Europe/Oslo",
          singleSignOn: { enabled: true, signInUrl: "https://sso.halden.example/" }
        }
      })
      assert.deepStrictEqual(changed.settings, { ...presets.rfc, startDates: false })
      assert.deepStrictEqual(yield* client.integration.show(), changed)
      assert.deepStrictEqual([changed.name, changed.timeZone], ["Halden Robotics", "Europe/Oslo"])
      const { items } = yield* client.log.search({ query: { subject: "organization" } })
      assert.deepInclude(items[0], { outcome: "updated", via: "hand", request: "PATCH /api/v1/integration" })
      assert.strictEqual(items[0]?.key.label, "integrations")
      const refused = yield* Effect.flip(client.integration.change({ payload: { timeZone: "Mars/Base" } }))
      assert.deepInclude(refused, { _tag: "InvalidRequest", status: 400 })
      assert.match(String(refused), /"Mars\/Base".*\[case [0-9A-Z]{6}\]/)
    })
  )

  it.effect("R-ORG-6, R-ORG-7: SCIM is switched off and on; leave to import is not to be had here", () =>
    Effect.gen(function* () {
      const { baseUrl, newTenant } = yield* ApiScene
      const { apiKey, client } = yield* newTenant()
      assert.isFalse((yield* client.integration.change({ payload: { scimEnabled: false } })).scimEnabled)
      assert.isFalse((yield* client.integration.show()).scimEnabled)
      assert.isTrue((yield* client.integration.change({ payload: { scimEnabled: true } })).scimEnabled)
      const response = yield* HttpClientRequest.patch(`${baseUrl}/api/v1/integration`).pipe(
        HttpClientRequest.bearerToken(apiKey),
        HttpClientRequest.bodyJsonUnsafe({ csvAllowed: true }),
        HttpClient.execute
      )
      assert.isBelow(response.status, 500)
      assert.isFalse((yield* client.integration.show()).csvAllowed)
    })
  )

  it.effect("R-HELP: each SCIM token is told with its last use, the client that wrote last, and what came of it", () =>
    Effect.gen(function* () {
      const { baseUrl, newTenant } = yield* ApiScene
      const tenant = yield* newTenant()
      const silent = yield* tenant.client.keys.createScimToken({ payload: { label: "Entra" } })
      yield* HttpClientRequest.post(`${baseUrl}/scim/v2/Groups`, { headers: { "user-agent": "Okta SCIM 1" } }).pipe(
        HttpClientRequest.bearerToken(tenant.scimToken),
        HttpClientRequest.bodyJsonUnsafe({ displayName: "Crew" }),
        HttpClient.execute
      )
      const { items } = yield* tenant.client.integration.calls()
      const [first, second] = items
      assert.deepInclude(first, { label: "IdP" })
      assert.deepInclude(first?.last, { client: "Okta SCIM 1", outcome: "created" })
      assert.deepStrictEqual(second, { id: silent.id, label: "Entra", lastUsedAt: null, last: null })
      assert.strictEqual(items.length, 2)
    })
  )

  it.effect("R-ORG-3: a SCIM token is made, shown once, works, is listed without its secret, and revoked", () =>
    Effect.gen(function* () {
      const { baseUrl, newTenant } = yield* ApiScene
      const tenant = yield* newTenant()
      const client = yield* tenant.clientWith("integrations")
      const { secret, ...made } = yield* client.keys.createScimToken({ payload: { label: " Okta " } })
      assert.match(secret, /^[A-Za-z0-9]{30}$/)
      assert.deepInclude(made, { label: "Okta", hint: secret.slice(-4), lastUsedAt: null, revokedAt: null })
      const read = HttpClient.execute(
        HttpClientRequest.get(`${baseUrl}/scim/v2/Users`).pipe(HttpClientRequest.bearerToken(secret))
      )
      assert.strictEqual((yield* read).status, 200)
      const { items } = yield* client.keys.listScimTokens()
      assert.deepStrictEqual(
        items.map(({ label }) => label),
        ["IdP", "Okta"]
      )
      assert.notInclude(JSON.stringify(items), secret)
      const revoked = yield* client.keys.revokeScimToken({ params: { id: made.id } })
      assert.isNotNull(revoked.revokedAt)
      const again = yield* Effect.flip(client.keys.revokeScimToken({ params: { id: made.id } }))
      assert.deepInclude(again, { _tag: "NotFound", status: 404 })
      const { items: told } = yield* client.log.search({ query: { subject: made.id } })
      assert.deepStrictEqual(
        told.map(({ outcome }) => outcome),
        ["deleted", "created"]
      )
    })
  )

  it.effect("who may make SCIM tokens makes no API keys, nor revokes one (Keycloak's lesson, ABUSE-14)", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const client = yield* tenant.clientWith("integrations")
      const asked = client.keys.createApiKey({ payload: { label: "mine", scopes: ["admin"] } })
      assert.deepInclude(yield* Effect.flip(asked), { _tag: "Forbidden", status: 403 })
      const revoke = client.keys.revokeScimToken({ params: { id: tenant.apiKeyId } })
      assert.deepInclude(yield* Effect.flip(revoke), { _tag: "NotFound", status: 404 })
    })
  )

  it.effect("API keys are made with scopes and revoked; the last with the scope admin stays", () =>
    Effect.gen(function* () {
      const scene = yield* ApiScene
      const { apiKeyId, client } = yield* scene.newTenant()
      const made = yield* client.keys.createApiKey({ payload: { label: "Shop", scopes: ["read", "read"] } })
      assert.match(made.secret, /^[A-Za-z0-9]{32}$/)
      assert.deepStrictEqual(made.scopes, ["read"])
      const shop = yield* scene.clientOf(made.secret)
      assert.strictEqual((yield* shop.integration.show()).name, "Halden Robotics")
      assert.strictEqual((yield* Effect.flip(shop.keys.listApiKeys()))._tag, "Forbidden")
      const last = yield* Effect.flip(client.keys.revokeApiKey({ params: { id: apiKeyId } }))
      assert.deepInclude(last, { _tag: "Conflict", status: 409 })
      assert.match(String(last), /last API key with the scope admin/)
      assert.deepInclude(yield* client.keys.revokeApiKey({ params: { id: made.id } }), { label: "Shop" })
      const { items } = yield* client.keys.listApiKeys()
      assert.deepStrictEqual(
        items.map(({ label, revokedAt }) => [label, revokedAt === null]),
        [
          ["admin", true],
          ["Shop", false]
        ]
      )
    })
  )

  it.effect("R-MGR-4: a review window opens now or later, and is closed or called off", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const client = yield* tenant.clientWith("integrations")
      const [opensAt, closesAt] = [4_102_444_800_000, 4_102_531_200_000]
      const later = yield* client.reviewWindows.open({ payload: { name: "Later", opensAt, closesAt } })
      assert.deepStrictEqual(later, { id: later.id, name: "Later", state: "toCome", opensAt, closesAt })
      const now = yield* client.reviewWindows.open({ payload: { name: "Now", closesAt } })
      assert.strictEqual(now.state, "open")
      const states = Effect.map(client.reviewWindows.list(), ({ items }) =>
        items.map(({ name, state }) => `${name} ${state}`)
      )
      assert.deepStrictEqual(yield* states, ["Now open", "Later toCome"])
      const { items } = yield* client.reviewWindows.close({ params: { id: now.id } })
      assert.deepStrictEqual(
        items.map(({ name, state }) => [name, state]),
        [["Now", "closed"]]
      )
      yield* client.reviewWindows.close({ params: { id: later.id } })
      assert.deepStrictEqual(yield* states, ["Now closed"])
      const again = yield* Effect.flip(client.reviewWindows.close({ params: { id: now.id } }))
      assert.deepInclude(again, { _tag: "Conflict", status: 409 })
      const past = yield* Effect.flip(client.reviewWindows.open({ payload: { name: "Past", closesAt: 0 } }))
      assert.deepInclude(past, { _tag: "InvalidRequest", status: 400 })
    })
  )
}
