import { assert, type Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { ApiScene } from "./ApiScene.ts"

/** OAuth clients by the Public API, and the tokens that they get (R-ORG-5). */
export const oauthClientsContract = (it: Vitest.MethodsNonLive<ApiScene | HttpClient.HttpClient>): void => {
  it.effect(
    "R-ORG-5: clients are made, given secrets and identities, listed and revoked, each organisation's alone",
    () =>
      Effect.gen(function* () {
        const scene = yield* ApiScene
        const { client } = yield* scene.newTenant()
        const stranger = yield* scene.newTenant()
        const { clientId } = yield* client.oauthClients.create({ payload: { label: "Entra" } })
        const params = { clientId }
        const { entry, secret } = yield* client.oauthClients.addSecret({ params, payload: { label: "2027" } })
        const identity = { issuer: "https://login.halden.example", subject: "s", audience: "api://x" }
        const signer = yield* client.oauthClients.federate({ params, payload: { label: "tenant", ...identity } })
        const { items } = yield* client.oauthClients.list()
        assert.deepStrictEqual(items[0]?.secrets, [entry])
        assert.deepStrictEqual(items[0]?.federations, [signer])
        assert.notInclude(JSON.stringify(items), secret)

        const ask = HttpClient.execute(
          HttpClientRequest.post(`${scene.baseUrl}/oauth/token`).pipe(
            HttpClientRequest.bodyUrlParams({
              grant_type: "client_credentials",
              client_id: clientId,
              client_secret: secret
            })
          )
        )
        assert.strictEqual((yield* ask).status, 200)

        for (const other of [
          Effect.asVoid(stranger.client.oauthClients.addSecret({ params, payload: { label: "x" } })),
          stranger.client.oauthClients.revoke({ params }),
          stranger.client.oauthClients.revokeCredential({ params: { clientId, id: entry.id } }),
          client.oauthClients.revokeCredential({ params: { clientId, id: "junk" } })
        ]) {
          assert.strictEqual((yield* Effect.flip(other))._tag, "NotFound")
        }
        const federate = (payload: Partial<typeof identity & { readonly label: string }>) =>
          Effect.flip(client.oauthClients.federate({ params, payload: { label: "t", ...identity, ...payload } }))
        const unusable = [
          ["/issuer", yield* federate({ issuer: "http://x.example" })],
          ["/subject", yield* federate({ subject: "two words" })],
          ["/audience", yield* federate({ audience: " " })],
          ["/label", yield* federate({ label: "two\nlines" })],
          ["/label", yield* Effect.flip(client.oauthClients.create({ payload: { label: "two\nlines" } }))],
          ["/label", yield* Effect.flip(client.oauthClients.addSecret({ params, payload: { label: " " } }))]
        ] as const
        for (const [pointer, problem] of unusable) {
          assert.deepInclude(problem, { _tag: "InvalidRequest", status: 400 }, pointer)
          assert.include(JSON.stringify(problem), `"pointer":"${pointer}"`)
        }
        yield* client.oauthClients.revokeCredential({ params: { clientId, id: entry.id } })
        assert.strictEqual((yield* ask).status, 401)
        yield* client.oauthClients.revoke({ params })
        assert.strictEqual((yield* Effect.flip(client.oauthClients.revoke({ params })))._tag, "NotFound")
      })
  )
}
