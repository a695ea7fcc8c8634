import { createServer } from "node:http"
import { NodeHttpClient, NodeHttpServer } from "@effect/platform-node"
import { Imports } from "@rollcall/domain/csv/Imports"
import { UserImport } from "@rollcall/domain/csv/UserImport"
import { DirectoryPreview } from "@rollcall/domain/directory/DirectoryPreview"
import { layerMemoryGroups, layerMemoryUsers } from "@rollcall/domain/directory/MemoryReads"
import { layerMemoryDirectory, layerMemoryPeopleLookup, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { GroupTypes } from "@rollcall/domain/group/GroupTypes"
import { layerMemoryOAuthClients } from "@rollcall/domain/organization/MemoryOAuthClients"
import { layerMemoryOrganizations } from "@rollcall/domain/organization/MemoryOrganizations"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { remoteUserImport } from "@rollcall/http/operator/ImportRpcs"
import { OperatorAccess } from "@rollcall/http/operator/OperatorAccess"
import { OperatorClient, remoteStores } from "@rollcall/http/operator/OperatorClient"
import { operatorRoute } from "@rollcall/http/operator/OperatorRoute"
import { RunningServer } from "@rollcall/http/operator/OperatorRpcs"
import { Effect, Layer, Redacted } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { HttpRouter, HttpServer } from "effect/http"
import { DirectoryProbe } from "../../../domain/test/contract/DirectoryProbe.ts"
import { useFiles } from "../../../domain/test/contract/ImportScene.ts"
import { resourceTypes } from "../../../domain/test/contract/Tenant.ts"

export const operatorKey = "6b".repeat(32)

/** What an import works on, in memory. */
export const layerMemoryAdapters = Layer.mergeAll(
  layerMemoryDirectory(resourceTypes),
  layerMemoryUsers(resourceTypes),
  layerMemoryGroups,
  GroupTypes.layerMemory,
  layerMemoryPeopleLookup,
  DirectoryPreview.layerMemory(resourceTypes),
  Imports.layerMemory,
  DirectoryProbe.layerMemory
)

/** The stores in memory of the server. */
const layerMemoryStores = layerMemoryOAuthClients.pipe(
  Layer.provideMerge(Layer.mergeAll(layerMemoryOrganizations, OrganizationAdministration.layer, useFiles)),
  Layer.provide(layerMemoryAdapters),
  Layer.provideMerge(MemoryStore.layer),
  Layer.provide([SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
)

/** A server on a socket of this machine, over whatever stores there are, that the operator with {@link operatorKey} gets into. */
const layerListening = HttpRouter.serve(operatorRoute, { disableListenLog: true, disableLogger: true }).pipe(
  Layer.provideMerge(NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 })),
  Layer.provide(
    Layer.mergeAll(
      Layer.succeed(OperatorAccess, { key: Redacted.make(operatorKey), host: "127.0.0.1" }),
      Layer.succeed(RunningServer, { facts: Effect.succeed({ pid: 4711, version: 9 }) }),
      SecureRandom.layerWebCrypto
    )
  ),
  Layer.orDie
)

/** A server over stores in memory. */
export const layerServer = Layer.provide(layerListening, layerMemoryStores)

export const addressOf = Effect.map(HttpServer.HttpServer, ({ address }) =>
  "port" in address ? `http://127.0.0.1:${address.port}` : ""
)

const layerClient = Layer.unwrap(
  Effect.map(addressOf, (address) => OperatorClient.layer({ address, key: Redacted.make(operatorKey) }))
).pipe(Layer.provide(NodeHttpClient.layerUndici), Layer.orDie)

/** The stores in memory of a server on a socket, as the command line has them. */
export const layerRemoteStores = remoteStores.pipe(Layer.provide(layerClient), Layer.provide(layerServer))

/** The import of a server on a socket, as the command line has it, over the adapters that the server has. */
export const layerRemoteImport: Layer.Layer<UserImport, never, UserImport> = Layer.effect(
  UserImport,
  Effect.map(OperatorClient, ({ calls }) => remoteUserImport(calls))
).pipe(
  Layer.provide(layerClient),
  Layer.provide(layerListening),
  Layer.provide(
    layerMemoryOAuthClients.pipe(
      Layer.provideMerge(Layer.merge(layerMemoryOrganizations, OrganizationAdministration.layer)),
      Layer.provide(layerMemoryDirectory(resourceTypes)),
      Layer.provide([MemoryStore.layer, SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
    )
  )
)
