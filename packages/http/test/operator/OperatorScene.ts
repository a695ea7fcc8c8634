import { createServer } from "node:http"
import { NodeHttpClient, NodeHttpServer } from "@effect/platform-node"
import { layerMemoryDirectory, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { layerMemoryOAuthClients } from "@rollcall/domain/organization/MemoryOAuthClients"
import { layerMemoryOrganizations } from "@rollcall/domain/organization/MemoryOrganizations"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { OperatorAccess } from "@rollcall/http/operator/OperatorAccess"
import { OperatorClient, remoteStores } from "@rollcall/http/operator/OperatorClient"
import { operatorRoute } from "@rollcall/http/operator/OperatorRoute"
import { RunningServer } from "@rollcall/http/operator/OperatorRpcs"
import { Effect, Layer, Redacted } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { HttpRouter, HttpServer } from "effect/http"

export const operatorKey = "6b".repeat(32)

/** The stores in memory of the server. */
export const layerMemoryStores = layerMemoryOAuthClients.pipe(
  Layer.provideMerge(Layer.merge(layerMemoryOrganizations, OrganizationAdministration.layer)),
  Layer.provide(layerMemoryDirectory(makeResourceTypes(defaultExtensionUserUrn))),
  Layer.provideMerge(MemoryStore.layer),
  Layer.provide([SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
)

/** A server on a socket of this machine that the operator of `key` gets into; `host` is where it says that it listens. */
export const layerServer = (key: string | undefined = operatorKey, host = "127.0.0.1") =>
  HttpRouter.serve(operatorRoute, { disableListenLog: true, disableLogger: true }).pipe(
    Layer.provideMerge(NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 })),
    Layer.provide(
      Layer.mergeAll(
        Layer.succeed(OperatorAccess, { key: key === undefined ? undefined : Redacted.make(key), host }),
        Layer.succeed(RunningServer, { facts: Effect.succeed({ pid: 4711, version: 9 }) })
      )
    ),
    Layer.provide(layerMemoryStores),
    Layer.orDie
  )

export const addressOf = Effect.map(HttpServer.HttpServer, ({ address }) =>
  "port" in address ? `http://127.0.0.1:${address.port}` : ""
)

/** The stores in memory of a server on a socket, as the command line has them. */
export const layerRemoteStores = remoteStores.pipe(
  Layer.provide(
    Layer.unwrap(
      Effect.map(addressOf, (address) => OperatorClient.layer({ address, key: Redacted.make(operatorKey) }))
    ).pipe(Layer.provide(layerServer()), Layer.provide(NodeHttpClient.layerUndici))
  ),
  Layer.orDie
)
