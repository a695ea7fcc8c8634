import { createServer, type IncomingHttpHeaders, request } from "node:http"
import { Readable } from "node:stream"
import { NodeHttpServer } from "@effect/platform-node"
import { layerMemoryDirectory, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { AssertionRefused, FederatedIdentities } from "@rollcall/domain/organization/FederatedIdentities"
import { layerMemoryOAuthClients } from "@rollcall/domain/organization/MemoryOAuthClients"
import { layerMemoryOrganizations } from "@rollcall/domain/organization/MemoryOrganizations"
import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import { clientIdText } from "@rollcall/domain/organization/OAuthCredentials"
import { OAuthTokens } from "@rollcall/domain/organization/OAuthTokens"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { KeyHolders } from "@rollcall/http/auth/KeyHolders"
import { fallbackRoute } from "@rollcall/http/FallbackRoute"
import { oauthRoutes } from "@rollcall/http/oauth/OAuthRoutes"
import { routerConfig } from "@rollcall/http/RouterConfig"
import { Clock, Effect, Layer, Logger, Redacted } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { HttpRouter, HttpServer } from "effect/http"
import { administerOAuth } from "../../../domain/test/contract/Operator.ts"
import { resourceTypes } from "../../../domain/test/contract/Tenant.ts"

/** Everything that the server wrote to its log. */
export const written: Array<string> = []

const log = Logger.layer([Logger.make((options) => void written.push(Logger.formatJson.log(options)))])

/** An issuer whose signature is a word before the claims; what real ones do is tested with the library that verifies them. */
const layerIdentities = Layer.succeed(FederatedIdentities, {
  claims: (issuer, assertion) => {
    const text = Redacted.value(assertion)
    return text.startsWith(`${issuer} `)
      ? Effect.sync((): unknown => JSON.parse(text.slice(issuer.length + 1)))
      : Effect.fail(new AssertionRefused({ reason: "not signed by its issuer" }))
  }
})

/** The endpoints of OAuth on a socket of this machine, over storage in memory. */
export const layerScene = HttpRouter.serve(
  Layer.mergeAll(
    oauthRoutes({
      host: "127.0.0.1",
      port: 3000,
      baseDomain: "example.test",
      publicUrl: "https://scim.example.test"
    }),
    fallbackRoute
  ),
  { disableListenLog: true, disableLogger: true, routerConfig }
).pipe(
  Layer.provide(OAuthTokens.layer),
  Layer.provide(layerIdentities),
  Layer.provideMerge(KeyHolders.layer),
  Layer.provideMerge(NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 })),
  Layer.provideMerge(Layer.mergeAll(layerMemoryOAuthClients, OAuthAdministration.layer)),
  Layer.provide(layerMemoryDirectory(resourceTypes)),
  Layer.provideMerge(layerMemoryOrganizations),
  Layer.provide([MemoryStore.layer, SecureRandom.layerWebCrypto, Digest.layerWebCrypto]),
  Layer.provide(log),
  Layer.orDie
)

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

export type Fields = Readonly<Record<string, string>>

export interface Sent {
  readonly method?: "GET" | "POST"
  readonly headers?: Fields
  /** The body, or pieces of one that does not say its length: as many as are taken before there is an answer. */
  readonly body?: string | Iterable<string>
}

/** A request to the server, with a `Host` of its own where one is among the headers. */
export const send = (path: string, { body = "", headers = {}, method = "GET" }: Sent = {}) =>
  Effect.flatMap(HttpServer.HttpServer, ({ address }) =>
    Effect.callback<Answer>((resume) => {
      const port = "port" in address ? address.port : 0
      const sent = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString()
          const { headers, statusCode: status = 0 } = response
          resume(Effect.succeed({ status, headers, text, body: text === "" ? {} : JSON.parse(text) }))
          sent.destroy()
        })
      })
      sent.on("error", (error) => resume(Effect.die(error)))
      if (typeof body === "string") sent.end(body)
      else Readable.from(body).pipe(sent)
    })
  )

/** A form posted to the token endpoint. */
export const post = (form: ConstructorParameters<typeof URLSearchParams>[0], headers: Fields = {}) =>
  send("/oauth/token", {
    method: "POST",
    body: new URLSearchParams(form).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers }
  })

export const basic = (clientId: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString("base64")}`
})

export const identity = { issuer: "https://login.kelp.example/t1/v2.0", subject: "sync-1", audience: "api://kelp" }

/** A client of an organisation of its own, with a secret and a federated identity. */
export const enrolled = Effect.gen(function* () {
  const organizations = yield* Organizations
  const organization = yield* organizations.create({
    subdomain: Subdomain.make(`w${SecureRandom.uuidV4Unsafe().slice(0, 12)}`),
    name: "Kelp",
    timeZone: "UTC",
    scimEnabled: true,
    settings: presets.product
  })
  const hand = yield* administerOAuth(organization)
  const client = yield* hand.create("Entra")
  const { entry, secret } = yield* hand.addSecret(client.id, "2027")
  const federation = yield* hand.federate(client.id, "tenant", identity)
  return {
    organization,
    hand,
    client,
    secretEntry: entry,
    federation,
    clientId: clientIdText({ organization: organization.id, client: client.id }),
    secret: Redacted.value(secret)
  }
}).pipe(Effect.orDie)

/** An assertion of the issuer of {@link identity} with these claims in place of, or beside, those that hold. */
export const assertionOf = (claims: Readonly<Record<string, unknown>> = {}) =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const seconds = Math.floor(now / 1_000)
    const { audience: aud, issuer: iss, subject: sub } = identity
    return `${iss} ${JSON.stringify({ iss, sub, aud, iat: seconds, nbf: seconds, exp: seconds + 3_900, ...claims })}`
  })

/** The form that Entra's provisioning sends for a workload identity. */
export const asEntra = (clientId: string, assertion: string) => ({
  grant_type: "client_credentials",
  client_id: clientId,
  client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  client_assertion: assertion,
  scope: "scim"
})
