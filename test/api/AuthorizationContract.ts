import { assert, type Vitest } from "@effect/vitest"
import { KeyScope } from "@rollcall/domain/organization/AccessKey"
import { Effect } from "effect"
import { SecureRandom } from "effect/crypto"
import type { HttpClient } from "effect/http"
import { closed, endpoints, send } from "./ApiEndpoints.ts"
import { ApiScene } from "./ApiScene.ts"

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })

/** Every endpoint × every kind of credential × another organisation's ids. */
export const authorizationContract = (it: Vitest.MethodsNonLive<ApiScene | HttpClient.HttpClient>): void => {
  it.effect("only signing in and out are open to whoever has no key", () =>
    Effect.gen(function* () {
      assert.sameMembers(
        endpoints.filter(({ isOpen }) => isOpen).map(({ name }) => name),
        ["session.signIn", "session.signOut"]
      )
      assert.isAbove(closed.length, 5)
    })
  )

  it.effect("no endpoint takes anything but a live key of the Public API: 401 otherwise", () =>
    Effect.gen(function* () {
      const { newTenant } = yield* ApiScene
      const { scimToken } = yield* newTenant()
      const credentials = {
        none: {},
        "a SCIM token": bearer(scimToken),
        "an unknown key": bearer("x".repeat(32)),
        "an unknown session": { cookie: "__Host-rollcall-session=x.y" },
        Basic: { authorization: `Basic ${btoa("admin:admin")}` }
      }
      for (const endpoint of closed) {
        for (const [kind, headers] of Object.entries(credentials)) {
          const { status } = yield* send(endpoint, headers)
          assert.strictEqual(status, 401, `${endpoint.name} with ${kind}`)
        }
      }
    })
  )

  it.effect("ABUSE-14, ABUSE-15: every scope opens what is described as open to it, and nothing else", () =>
    Effect.gen(function* () {
      const { newTenant } = yield* ApiScene
      const tenant = yield* newTenant()
      for (const scope of KeyScope.literals) {
        const key = yield* tenant.keyWith(scope)
        for (const endpoint of closed) {
          const { status } = yield* send(endpoint, bearer(key))
          const isAllowed = scope === "admin" || endpoint.openTo.includes(scope)
          const told = `${endpoint.name} with the scope ${scope}: ${status}`
          assert.notStrictEqual(status, 401, told)
          assert.isBelow(status, 500, told)
          if (isAllowed) continue
          assert.strictEqual(status, 403, told)
        }
      }
    })
  )

  it.effect("ABUSE-14: a key without the scope gets the same for what is there and what is not", () =>
    Effect.gen(function* () {
      const { newTenant } = yield* ApiScene
      const tenant = yield* newTenant()
      const key = bearer(yield* tenant.keyWith("access-check"))
      const there = yield* tenant.newUser()
      for (const endpoint of closed.filter(
        ({ openTo, path }) => path.includes(":") && !openTo.includes("access-check")
      )) {
        const told = yield* Effect.forEach([there, SecureRandom.uuidV4Unsafe()], (id) =>
          Effect.flatMap(send(endpoint, key, id), (response) => Effect.map(response.json, plain))
        )
        assert.deepStrictEqual(told[0], told[1], endpoint.name)
      }
    })
  )

  it.effect("ABUSE-11: an id of another organisation is told of like one that never was, by every endpoint", () =>
    Effect.gen(function* () {
      const { newTenant } = yield* ApiScene
      const [tenant, other] = [yield* newTenant(), yield* newTenant()]
      const foreign = [yield* other.newUser(), yield* other.newGroup(), other.apiKeyId]
      for (const endpoint of closed.filter(({ path }) => path.includes(":"))) {
        const told = yield* Effect.forEach([...foreign, SecureRandom.uuidV4Unsafe()], (id) =>
          Effect.gen(function* () {
            const response = yield* send(endpoint, bearer(tenant.apiKey), id)
            const text = yield* response.text
            return { status: response.status, told: plainText(text.replaceAll(id, "ID")) }
          })
        )
        for (const one of told) assert.deepStrictEqual(one, told.at(-1), endpoint.name)
      }
    })
  )
}

/** A problem without what differs from request to request. */
const plainText = (text: string): string =>
  text
    .replaceAll(/"requestId":"[^"]*"/g, '"requestId":"R"')
    .replaceAll(/\[case [0-9A-Z]{6}\]/g, "[case C]")
    .replaceAll(/"caseCode":"[^"]*"/g, '"caseCode":"C"')

const plain = (body: unknown): string => plainText(JSON.stringify(body))
