import { NodeHttpClient } from "@effect/platform-node"
import type { KeyScope } from "@rollcall/domain/organization/AccessKey"
import type { Configuration, ConfigurationPatch } from "@rollcall/domain/organization/Configuration"
import type { Organization } from "@rollcall/domain/organization/Organization"
import { OrganizationAdministration, operatorCaller } from "@rollcall/domain/organization/OrganizationAdministration"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { type Preset, presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { PublicApi } from "@rollcall/http/api/PublicApi"
import type { ServerConfig } from "@rollcall/http/ServerConfig"
import { ConfigProvider, Context, Effect, Layer, Logger, Redacted, References } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { server } from "../../apps/server/src/Server.ts"
import { type DatabaseKind, openDatabase, type TestDatabase } from "../support/Databases.ts"
import { freePort } from "../support/FreePort.ts"

/** An organisation of one test, and ways to ask for it. */
export interface ApiTenant {
  readonly organization: Organization
  /** The secret of an API key for everything. */
  readonly apiKey: string
  /** The id of that key. */
  readonly apiKeyId: string
  readonly scimToken: string
  /** The derived client, with a key for everything. */
  readonly client: ApiClient
  /** Changes what is set of the organisation, as the operator. */
  configure(patch: ConfigurationPatch): Effect.Effect<Configuration>
  /** The secret of a new key of these scopes. */
  keyWith(...scopes: ReadonlyArray<KeyScope>): Effect.Effect<string>
  /** Makes a person over SCIM, and answers the SCIM ID. */
  newUser(): Effect.Effect<string>
  /** Makes a group over SCIM, and answers its id. */
  newGroup(): Effect.Effect<string>
  /** The derived client with a new key of these scopes. */
  clientWith(...scopes: ReadonlyArray<KeyScope>): Effect.Effect<ApiClient>
}

export type ApiClient = Effect.Success<ReturnType<typeof makeClient>>

const makeClient = (baseUrl: string, apiKey: string) =>
  HttpApiClient.make(PublicApi, {
    baseUrl,
    transformClient: HttpClient.mapRequest(HttpClientRequest.bearerToken(apiKey))
  })

/** A whole server on a real socket, in this process, on a database of its own. */
export class ApiScene extends Context.Service<
  ApiScene,
  {
    /** `http://127.0.0.1:<port>`. */
    readonly baseUrl: string
    /** What names its database to the server and the command line. */
    readonly database: TestDatabase["env"]
    newTenant(options?: { readonly scim?: boolean; readonly preset?: Preset }): Effect.Effect<ApiTenant>
    /** The derived client with this secret, whatever it is. */
    clientOf(secret: string): Effect.Effect<ApiClient>
  }
>()("@rollcall/test/api/ApiScene") {}

const makeScene = (config: ServerConfig, database: TestDatabase["env"]) =>
  Effect.gen(function* () {
    const organizations = yield* Organizations
    const { configure, issueKey } = yield* OrganizationAdministration
    const http = yield* HttpClient.HttpClient
    const baseUrl = `http://${config.host}:${config.port}`
    const clientOf = (secret: string) => Effect.provideService(makeClient(baseUrl, secret), HttpClient.HttpClient, http)
    const newTenant: (typeof ApiScene)["Service"]["newTenant"] = Effect.fnUntraced(function* (options = {}) {
      const subdomain = Subdomain.make(`t${SecureRandom.uuidV4Unsafe().slice(0, 8)}`)
      const organization = yield* organizations.create({
        subdomain,
        name: "Halden Robotics",
        timeZone: "UTC",
        scimEnabled: options.scim ?? true,
        settings: presets[options.preset ?? "product"]
      })
      const operator = operatorCaller(organization, { line: "test", requestId: "r1", receivedAt: 0 })
      const api = yield* issueKey(operator, { kind: "api", label: "admin" })
      const scim = yield* issueKey(operator, { kind: "scim", label: "IdP" })
      const scimToken = Redacted.value(scim.secret)
      const makeResource = (path: string, name: string, schema: string) =>
        HttpClientRequest.post(`${baseUrl}/scim/v2/${path}`).pipe(
          HttpClientRequest.bearerToken(scimToken),
          HttpClientRequest.bodyJsonUnsafe({
            schemas: [`urn:ietf:params:scim:schemas:core:2.0:${schema}`],
            [name]: `n${SecureRandom.uuidV4Unsafe()}`
          }),
          http.execute,
          Effect.flatMap((response) => response.json),
          Effect.map((json) => String(Reflect.get(Object(json), "id"))),
          Effect.orDie
        )
      const keyWith = (...scopes: ReadonlyArray<KeyScope>) =>
        issueKey(operator, { kind: "api", label: scopes.join("+"), scopes }).pipe(
          Effect.orDie,
          Effect.map(({ secret }) => Redacted.value(secret))
        )
      return {
        organization,
        apiKey: Redacted.value(api.secret),
        apiKeyId: api.key.id,
        scimToken,
        client: yield* clientOf(Redacted.value(api.secret)),
        configure: (patch: ConfigurationPatch) => Effect.orDie(configure(operator, patch)),
        keyWith,
        newUser: () => makeResource("Users", "userName", "User"),
        newGroup: () => makeResource("Groups", "displayName", "Group"),
        clientWith: (...scopes: ReadonlyArray<KeyScope>) => Effect.flatMap(keyWith(...scopes), clientOf)
      }
    }, Effect.orDie)
    return ApiScene.of({ baseUrl, database, newTenant, clientOf })
  })

/** The scene on PostgreSQL 15 or the embedded database; `env` are further variables of the environment. */
export const layerApiScene = (kind: DatabaseKind, env: Readonly<Record<string, string>> = {}) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const database = yield* Effect.acquireRelease(
        Effect.promise(() => openDatabase(kind)),
        (opened) => Effect.promise(() => opened.drop())
      )
      const config: ServerConfig = {
        host: "127.0.0.1",
        port: yield* Effect.promise(freePort),
        baseDomain: "localhost",
        publicUrl: undefined,
        extensionUrn: defaultExtensionUserUrn,
        logLevel: "None",
        shutdownSeconds: 1,
        rateLimits: { organization: undefined, key: undefined },
        drainSeconds: 0
      }
      return Layer.effect(ApiScene, makeScene(config, database.env)).pipe(
        Layer.provideMerge(server(config)),
        Layer.provideMerge(NodeHttpClient.layerUndici),
        Layer.provideMerge(ConfigProvider.layer(ConfigProvider.fromUnknown({ ...database.env, ...env }))),
        Layer.provideMerge(Logger.layer([])),
        Layer.provideMerge(
          Layer.mergeAll(
            Layer.succeed(References.MinimumLogLevel, "None"),
            Layer.succeed(References.TracerEnabled, false)
          )
        )
      )
    })
  ).pipe(Layer.orDie)
