import { createServer } from "node:http"
import { NodeHttpClient, NodeHttpServer } from "@effect/platform-node"
import { DirectoryExport } from "@rollcall/domain/csv/DirectoryExport"
import { GroupTypeImport } from "@rollcall/domain/csv/GroupTypeImport"
import { Imports } from "@rollcall/domain/csv/Imports"
import { RosterComparison } from "@rollcall/domain/csv/RosterComparison"
import { UserImport } from "@rollcall/domain/csv/UserImport"
import { DirectoryPreview } from "@rollcall/domain/directory/DirectoryPreview"
import { layerMemoryGroups, layerMemoryUsers } from "@rollcall/domain/directory/MemoryReads"
import { layerMemoryDirectory, layerMemoryPeopleLookup, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { GroupTypes } from "@rollcall/domain/group/GroupTypes"
import { LogReading } from "@rollcall/domain/log/LogReading"
import { OutboxAdministration } from "@rollcall/domain/mail/OutboxAdministration"
import { layerMemoryOAuthClients } from "@rollcall/domain/organization/MemoryOAuthClients"
import { layerMemoryOrganizations } from "@rollcall/domain/organization/MemoryOrganizations"
import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { PeopleReading } from "@rollcall/domain/user/PeopleReading"
import { remoteExport } from "@rollcall/http/operator/ExportRpcs"
import { remoteGroupTypeImport, remoteUserImport } from "@rollcall/http/operator/ImportRpcs"
import { OperatorAccess } from "@rollcall/http/operator/OperatorAccess"
import { OperatorClient, remoteStores } from "@rollcall/http/operator/OperatorClient"
import { operatorRoute } from "@rollcall/http/operator/OperatorRoute"
import { RunningServer, type ServerFacts } from "@rollcall/http/operator/OperatorRpcs"
import { Context, Effect, Layer, Redacted } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { HttpRouter, HttpServer } from "effect/http"
import { DirectoryProbe } from "../../../domain/test/contract/DirectoryProbe.ts"
import { type FileServices, useFiles } from "../../../domain/test/contract/ImportScene.ts"
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
  Layer.provideMerge(
    Layer.mergeAll(layerMemoryOrganizations, OrganizationAdministration.layer, OAuthAdministration.layer, useFiles)
  ),
  Layer.provide(layerMemoryAdapters),
  Layer.provideMerge(MemoryStore.layer),
  Layer.provide([SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
)

/** What the server says of itself. */
export const serverFacts: ServerFacts = {
  pid: 4711,
  version: 9,
  address: { baseDomain: "localhost", publicUrl: undefined, host: "127.0.0.1", port: 4711 }
}

/** A server on a socket of this machine, over whatever stores there are, that the operator with {@link operatorKey} gets into. */
const layerListening = HttpRouter.serve(operatorRoute, { disableListenLog: true, disableLogger: true }).pipe(
  Layer.provideMerge(NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 })),
  Layer.provide(
    Layer.mergeAll(
      Layer.succeed(OperatorAccess, { key: Redacted.make(operatorKey), host: "127.0.0.1" }),
      // What these do through a server is in test/cli/HeldDirectory.test.ts.
      Layer.mock(PeopleReading, {}),
      Layer.mock(LogReading, {}),
      Layer.mock(OutboxAdministration, {}),
      Layer.succeed(RunningServer, { facts: Effect.succeed(serverFacts) }),
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

/** What the command line does with files through a server on a socket, over the adapters that the server has. */
export const layerRemoteFiles: Layer.Layer<FileServices, never, FileServices> = RosterComparison.layer.pipe(
  Layer.provideMerge(
    Layer.effectContext(
      Effect.map(OperatorClient, ({ calls }) =>
        Context.make(UserImport, remoteUserImport(calls)).pipe(
          Context.add(GroupTypeImport, remoteGroupTypeImport(calls)),
          Context.add(DirectoryExport, remoteExport(calls))
        )
      )
    )
  ),
  Layer.provide(layerClient),
  Layer.provide(layerListening),
  Layer.provide(
    layerMemoryOAuthClients.pipe(
      Layer.provideMerge(
        Layer.mergeAll(layerMemoryOrganizations, OrganizationAdministration.layer, OAuthAdministration.layer)
      ),
      Layer.provide(layerMemoryDirectory(resourceTypes)),
      Layer.provide([MemoryStore.layer, SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
    )
  )
)
