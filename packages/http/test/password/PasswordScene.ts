import { createServer } from "node:http"
import { NodeCrypto, NodeHttpServer } from "@effect/platform-node"
import type { DirectoryBusy } from "@rollcall/domain/directory/Directory"
import { layerMemoryDirectory, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { layerMemoryOrganizations } from "@rollcall/domain/organization/MemoryOrganizations"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { layerMemoryPasswordLinks, layerMemoryPasswords } from "@rollcall/domain/user/MemoryPasswords"
import { OwnPassword } from "@rollcall/domain/user/OwnPassword"
import { PasswordHasher } from "@rollcall/domain/user/PasswordHasher"
import { type PasswordLink, type PasswordLinkPurpose, PasswordLinks } from "@rollcall/domain/user/PasswordLinks"
import { Passwords } from "@rollcall/domain/user/Passwords"
import type { User } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"
import { fallbackRoute } from "@rollcall/http/FallbackRoute"
import { passwordRoutes } from "@rollcall/http/password/PasswordRoutes"
import { routerConfig } from "@rollcall/http/RouterConfig"
import { Effect, Layer, Logger, Redacted } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { HttpRouter, HttpServer } from "effect/http"
import { PasswordProbe, personOf } from "../../../domain/test/contract/PasswordProbe.ts"

/** Everything that the server wrote to its log. */
export const written: Array<string> = []

const log = Logger.layer([
  Logger.make((options) => void written.push(Logger.formatJson.log(options) + JSON.stringify(options.message)))
])

const cheapHasher = PasswordHasher.layer(2, { memory: 8, passes: 1, parallelism: 1 })

const layerPages = HttpRouter.serve(
  Layer.mergeAll(passwordRoutes({ baseDomain: "example.test", productName: "Rollcall" }), fallbackRoute),
  { disableListenLog: true, routerConfig }
).pipe(Layer.provideMerge(NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 })))

const layerCrypto = Layer.mergeAll(SecureRandom.layerWebCrypto, Digest.layerWebCrypto, NodeCrypto.layerKdf)

/** The pages over links of which every question, and every use, comes to this. */
export const layerBrokenScene = (
  look: Effect.Effect<PasswordLink, StoreUnavailable>,
  set: Effect.Effect<never, DirectoryBusy> = Effect.die(new Error("A password was set"))
) =>
  layerPages.pipe(
    Layer.provide(
      Layer.mergeAll(
        Layer.mock(PasswordLinks, { look: () => look }),
        Layer.mock(OwnPassword, { set: () => set }),
        cheapHasher
      )
    ),
    Layer.provide(layerCrypto),
    Layer.provide(log),
    Layer.orDie
  )

/** The pages on a socket of this machine, over storage in memory; hashes cost next to nothing. */
export const layerScene = layerPages.pipe(
  Layer.provideMerge(
    Layer.mergeAll(
      layerMemoryPasswords,
      layerMemoryPasswordLinks,
      PasswordProbe.layerMemory,
      cheapHasher,
      OwnPassword.layer
    )
  ),
  Layer.provideMerge(Layer.mergeAll(layerMemoryOrganizations, OrganizationAdministration.layer)),
  Layer.provide(layerMemoryDirectory(makeResourceTypes(defaultExtensionUserUrn))),
  Layer.provideMerge(MemoryStore.layer),
  Layer.provide(layerCrypto),
  Layer.provide(log),
  Layer.orDie
)

export const origin = Effect.map(HttpServer.HttpServer, ({ address }) =>
  "port" in address ? `http://127.0.0.1:${address.port}` : ""
)

export interface Page {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** A request as a browser sends it; redirects are not followed. */
export const request = (path: string, init: RequestInit = {}) =>
  Effect.flatMap(origin, (base) =>
    Effect.promise(async (): Promise<Page> => {
      const response = await fetch(`${base}${path}`, { redirect: "manual", ...init })
      return { status: response.status, headers: response.headers, text: await response.text() }
    })
  )

/** Posts the form with this password. */
export const post = (path: string, password: string, more: RequestInit = {}) =>
  request(path, { method: "POST", body: new URLSearchParams({ username: "somebody", password }), ...more })

/** Somebody in an organisation of their own, with a link. */
export const invited = Effect.fnUntraced(function* (
  options: { readonly purpose?: PasswordLinkPurpose; readonly name?: string; readonly attributes?: JsonObject } = {}
) {
  const organizations = yield* Organizations
  const probe = yield* PasswordProbe
  const links = yield* PasswordLinks
  const organization = yield* Effect.orDie(
    organizations.create({
      subdomain: Subdomain.make(`w${SecureRandom.uuidV4Unsafe().slice(0, 12)}`),
      name: options.name ?? "Vértes & Co",
      timeZone: "UTC",
      scimEnabled: true,
      settings: presets.product
    })
  )
  const base = personOf(UserId.make(SecureRandom.uuidV4Unsafe()), "imre.sallai@vertes.example", 1)
  const user: User = { ...base, attributes: { ...base.attributes, ...options.attributes } }
  yield* probe.put(organization.id, user)
  const issued = yield* Effect.orDie(
    links.issue(organization.id, user.id, options.purpose ?? "set", "imre.sallai@vertes.example")
  )
  const token = Redacted.value(issued.token)
  return { organization, user, token, path: `/password/${token}` }
})

/** Whether that is the password of the person. */
export const isPassword = Effect.fnUntraced(function* (
  organization: Parameters<Passwords["Service"]["find"]>[0],
  user: User,
  password: string
) {
  const held = yield* Effect.orDie(Effect.flatMap(Passwords, (passwords) => passwords.find(organization, user.id)))
  return yield* Effect.flatMap(PasswordHasher, (hasher) => hasher.verify(Redacted.make(password), held?.current))
})
