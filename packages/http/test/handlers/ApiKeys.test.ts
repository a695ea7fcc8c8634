import { assert, layer } from "@effect/vitest"
import { layerMemoryDirectory, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { hashSecret } from "@rollcall/domain/organization/AccessKey"
import { layerMemoryInstallationSecrets } from "@rollcall/domain/organization/InstallationSecrets"
import { layerMemoryOAuthClients } from "@rollcall/domain/organization/MemoryOAuthClients"
import { layerMemoryOrganizations } from "@rollcall/domain/organization/MemoryOrganizations"
import type { Organization } from "@rollcall/domain/organization/Organization"
import { OrganizationAdministration, operatorCaller } from "@rollcall/domain/organization/OrganizationAdministration"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { layerMemoryRateBuckets } from "@rollcall/domain/organization/RateBuckets"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { Effect, Layer, Redacted } from "effect"
import { Digest, Mac, SecureRandom } from "effect/crypto"
import { HttpServerRequest } from "effect/http"
import { TestClock } from "effect/testing"
import { ApiRequest, sessionCookie } from "../../src/api/ApiAccess.ts"
import { KeyHolders } from "../../src/auth/KeyHolders.ts"
import { RateLimiter } from "../../src/auth/RateLimiter.ts"
import { Sessions, sessionLength } from "../../src/auth/Sessions.ts"
import { ApiKeys } from "../../src/handlers/ApiKeys.ts"

const crypto = Layer.mergeAll(
  Digest.layerWebCrypto,
  SecureRandom.layerWebCrypto,
  Layer.provide(Mac.layerWebCrypto, SecureRandom.layerWebCrypto)
)

const memory = Layer.provideMerge(
  Layer.mergeAll(
    layerMemoryOAuthClients.pipe(Layer.provideMerge(layerMemoryOrganizations)),
    layerMemoryInstallationSecrets,
    layerMemoryRateBuckets,
    Layer.provide(OrganizationAdministration.layer, layerMemoryDirectory(makeResourceTypes(defaultExtensionUserUrn)))
  ),
  Layer.merge(crypto, MemoryStore.layer)
)

const keys = ApiKeys.layer("localhost").pipe(
  Layer.provideMerge(
    Layer.mergeAll(KeyHolders.layer, RateLimiter.layer({ organization: undefined, key: undefined }), Sessions.layer)
  ),
  Layer.provideMerge(memory)
)

const asOperator = (organization: Organization) =>
  operatorCaller(organization, { line: "test", requestId: "r1", receivedAt: 0 })

/** An organisation with an API key, and a session that stands for it. */
const newSession = Effect.gen(function* () {
  const organizations = yield* Organizations
  const organization = yield* organizations.create({
    subdomain: Subdomain.make(`t${SecureRandom.uuidV4Unsafe().slice(0, 8)}`),
    name: "Acme",
    timeZone: "UTC",
    scimEnabled: true,
    settings: presets.product
  })
  const { key, secret } = yield* (yield* OrganizationAdministration).issueKey(asOperator(organization), {
    kind: "api",
    label: "console"
  })
  const { session, value } = yield* (yield* Sessions).issue(yield* hashSecret(Redacted.value(secret)))
  return { organization, key, secret: Redacted.value(secret), session, value }
})

const ask = (method: string, headers: Readonly<Record<string, string>>, host = "127.0.0.1:3000") =>
  Effect.flatMap(ApiKeys, ({ ofRequest }) => ofRequest).pipe(
    Effect.provideService(ApiRequest, { requestId: "r1", receivedAt: 0 }),
    Effect.provideService(
      HttpServerRequest.HttpServerRequest,
      HttpServerRequest.fromWeb(new Request(`http://${host}/api/v1/x`, { method, headers: { host, ...headers } }))
    )
  )

const refusal = (method: string, headers: Readonly<Record<string, string>>, host?: string) =>
  Effect.map(Effect.flip(ask(method, headers, host)), ({ detail, status }) => `${status} ${detail}`)

layer(keys)("whose key a request carries", (it) => {
  it.effect("a session stands for its key, to read with the cookie alone", () =>
    Effect.gen(function* () {
      const { key, value } = yield* newSession
      assert.strictEqual((yield* ask("GET", { cookie: `${sessionCookie}=${value}` })).key.id, key.id)
    })
  )

  it.effect("to change something the cookie does not suffice: other sites cannot know the token", () =>
    Effect.gen(function* () {
      const { key, session, value } = yield* newSession
      const other = yield* newSession
      const cookie = `${sessionCookie}=${value}`
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        assert.match(yield* refusal(method, { cookie }), /^403 .*x-csrf-token/)
        assert.match(yield* refusal(method, { cookie, "x-csrf-token": other.session.csrfToken }), /^403/)
        const allowed = yield* ask(method, { cookie, "x-csrf-token": session.csrfToken })
        assert.strictEqual(allowed.key.id, key.id)
      }
    })
  )

  it.effect("a session that was changed, cut, made up, or signed elsewhere is none", () =>
    Effect.gen(function* () {
      const { value } = yield* newSession
      const [content = "", tag = ""] = value.split(".")
      const forged = [
        `${content}x.${tag}`,
        `${content}.${tag.slice(0, -4)}`,
        `${content}.`,
        content,
        `${content}.${tag}.${tag}`,
        `${btoa('{"hash":"x","expiresAt":99999999999999}')}.${tag}`,
        "x".repeat(5_000)
      ]
      for (const one of forged) {
        assert.match(yield* refusal("GET", { cookie: `${sessionCookie}=${one}` }), /^401 The session has ended/)
      }
    })
  )

  it.effect("a session ends after eight hours", () =>
    Effect.gen(function* () {
      const { value } = yield* newSession
      const cookie = `${sessionCookie}=${value}`
      yield* TestClock.adjust(sessionLength - 1)
      yield* ask("GET", { cookie })
      yield* TestClock.adjust(1)
      assert.match(yield* refusal("GET", { cookie }), /^401 The session has ended/)
    })
  )

  it.effect("ABUSE-24: a session ends with its key, within the four seconds for which keys are remembered", () =>
    Effect.gen(function* () {
      const { key, organization, value } = yield* newSession
      const cookie = `${sessionCookie}=${value}`
      yield* ask("GET", { cookie })
      yield* (yield* OrganizationAdministration).revokeKey(asOperator(organization), key.id)
      yield* TestClock.adjust("4 seconds")
      assert.match(yield* refusal("GET", { cookie }), /^401 The session has ended/)
    })
  )

  it.effect("neither key nor session opens the address of another organisation (R-ORG-2)", () =>
    Effect.gen(function* () {
      const { organization, secret, value } = yield* newSession
      const other = yield* newSession
      for (const headers of [{ authorization: `Bearer ${secret}` }, { cookie: `${sessionCookie}=${value}` }]) {
        yield* ask("GET", headers, `${organization.subdomain}.localhost:3000`)
        assert.match(yield* refusal("GET", headers, `${other.organization.subdomain}.localhost:3000`), /^401 .*address/)
      }
    })
  )

  it.effect("R-ORG-4: a SCIM token is told what belongs here; a header goes before the cookie", () =>
    Effect.gen(function* () {
      const { organization, value } = yield* newSession
      const { secret } = yield* (yield* OrganizationAdministration).issueKey(asOperator(organization), {
        kind: "scim",
        label: "IdP"
      })
      const cookie = `${sessionCookie}=${value}`
      const authorization = `Bearer ${Redacted.value(secret)}`
      assert.match(yield* refusal("GET", { authorization, cookie }), /^401 This looks like a SCIM token/)
      assert.match(yield* refusal("GET", { authorization: "Bearer", cookie }), /^401 The Authorization header/)
      assert.match(yield* refusal("GET", {}), /^401 The request carries no API key/)
    })
  )
})
