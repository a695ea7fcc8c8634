import { assert, describe, it } from "@effect/vitest"
import { BulkProvisioning } from "@rollcall/domain/directory/BulkProvisioning"
import { Directory } from "@rollcall/domain/directory/Directory"
import { ResourceSearch } from "@rollcall/domain/directory/ResourceSearch"
import { GroupProvisioning } from "@rollcall/domain/group/GroupProvisioning"
import { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import { type Organization, OrganizationId } from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { layerMemoryRateBuckets } from "@rollcall/domain/organization/RateBuckets"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { UserProvisioning } from "@rollcall/domain/user/UserProvisioning"
import { Effect, Layer, Logger } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { HttpRouter } from "effect/http"
import { KeyHolders } from "../../src/auth/KeyHolders.ts"
import { RateLimiter } from "../../src/auth/RateLimiter.ts"
import type { ServerConfig } from "../../src/ServerConfig.ts"
import { Authentication } from "../../src/scim/Authentication.ts"
import { ScimEndpoints } from "../../src/scim/ScimEndpoint.ts"
import { scimRoutes } from "../../src/scim/ScimRoutes.ts"

const extensionUrn = defaultExtensionUserUrn
const types = makeResourceTypes(extensionUrn)
const token = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0"

const acme: Organization = {
  id: OrganizationId.make("6c1f6f0e-52b5-4d0e-9d1c-6d2f5c3b7a10"),
  subdomain: Subdomain.make("acme"),
  name: "Acme",
  timeZone: "UTC",
  singleSignOn: { enabled: false, signInUrl: null },
  scimEnabled: true,
  csvAllowed: false,
  settings: presets.product,
  customAttributes: [],
  reviewWindows: []
}

const config: ServerConfig = {
  host: "127.0.0.1",
  port: 3000,
  baseDomain: "localhost",
  publicUrl: undefined,
  extensionUrn,
  logLevel: "None",
  shutdownSeconds: 1,
  rateLimits: { organization: undefined, key: undefined },
  drainSeconds: 0
}

/** The endpoints over an organisation that `now` tells as it stands in storage at each moment. */
const serve = (now: () => Organization) => {
  const organizations = Layer.mock(Organizations, {
    findBySubdomain: (subdomain) => Effect.succeed(subdomain === acme.subdomain ? now() : undefined),
    findKeyHolder: () =>
      Effect.succeed({ organization: now(), key: { id: "k1", kind: "scim", label: "test", scopes: [] } }),
    touchKeys: () => Effect.void
  })
  return HttpRouter.toWebHandler(
    scimRoutes(types).pipe(
      Layer.provide(ScimEndpoints.layer(config)),
      Layer.provide(Authentication.layer(config.baseDomain)),
      Layer.provide([KeyHolders.layer, RateLimiter.layer(config.rateLimits)]),
      Layer.provide(layerMemoryRateBuckets),
      Layer.provide([
        organizations,
        Layer.mock(OAuthClients, {}),
        Digest.layerWebCrypto,
        SecureRandom.layerWebCrypto,
        Layer.mock(Directory, {
          submit: (_, { command }) =>
            command._tag === "Refuse"
              ? Effect.succeed({ _tag: "Refused", error: command.error })
              : Effect.die("nothing is written here")
        }),
        Layer.mock(UserProvisioning, {}),
        Layer.mock(GroupProvisioning, {}),
        Layer.mock(ResourceSearch, {}),
        Layer.mock(BulkProvisioning, {})
      ]),
      Layer.provideMerge(Logger.layer([]))
    ),
    { disableLogger: true }
  )
}

const get = (path: string) =>
  new Request(`http://127.0.0.1:3000/scim/v2${path}`, { headers: { authorization: `Bearer ${token}` } })

describe("/Schemas", () => {
  it("refuses a filter, however the parameter's name is spelled (RFC 7644 4, R-SCIM-7)", async () => {
    const { dispose, handler } = serve(() => acme)
    try {
      for (const name of ["filter", "Filter"]) {
        const response = await handler(get(`/Schemas?${name}=name+eq+"User"`))
        assert.strictEqual(response.status, 403)
        assert.include(await response.text(), "cannot be filtered")
      }
    } finally {
      await dispose()
    }
  })

  it("lists a custom attribute at once, also where the caller's organisation is still remembered without it (R-USER-4)", async () => {
    let stored = acme
    const { dispose, handler } = serve(() => stored)
    const read = async (path: string) => {
      const response = await handler(get(path))
      assert.strictEqual(response.status, 200)
      return response.text()
    }
    try {
      assert.notInclude(await read(`/Schemas/${extensionUrn}`), "custom_team")
      stored = { ...acme, customAttributes: [{ name: "custom_team", type: "string", multiValued: false }] }
      assert.include(await read(`/Schemas/${extensionUrn}`), '"name":"custom_team"')
      assert.include(await read("/Schemas"), '"name":"custom_team"')
    } finally {
      await dispose()
    }
  })
})
