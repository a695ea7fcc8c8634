import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { BulkProvisioning } from "@rollcall/domain/directory/BulkProvisioning"
import { ResourceSearch } from "@rollcall/domain/directory/ResourceSearch"
import { GroupProvisioning } from "@rollcall/domain/group/GroupProvisioning"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { UserProvisioning } from "@rollcall/domain/user/UserProvisioning"
import { fallbackRoute } from "@rollcall/http/FallbackRoute"
import { healthRoutes } from "@rollcall/http/Health"
import { routerConfig } from "@rollcall/http/RouterConfig"
import { readServerConfig, type ServerConfig } from "@rollcall/http/ServerConfig"
import { Authentication } from "@rollcall/http/scim/Authentication"
import { ScimEndpoints } from "@rollcall/http/scim/ScimEndpoint"
import { scimRoutes } from "@rollcall/http/scim/ScimRoutes"
import * as Database from "@rollcall/sql/Database"
import { adviceOn, databaseTarget, describeTarget } from "@rollcall/sql/DatabaseConfig"
import * as GroupStore from "@rollcall/sql/GroupStore"
import * as OrganizationStore from "@rollcall/sql/OrganizationStore"
import { layerSqlDirectory } from "@rollcall/sql/SqlDirectory"
import * as UserStore from "@rollcall/sql/UserStore"
import { Cause, Console, Effect, Exit, Layer, Logger, Option, References, Runtime } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { HttpRouter } from "effect/http"
import { makeDemonstration } from "./Demonstration.ts"
import { makeListener } from "./HttpListener.ts"
import { layerDrain, layerReadiness, Stopping } from "./Shutdown.ts"

/** The layers from the database up to the open port, in the order in which they depend on each other. */
const server = (config: ServerConfig) => {
  const types = makeResourceTypes(config.extensionUrn)
  const storage = Layer.mergeAll(
    UserStore.layer(types),
    GroupStore.layer,
    OrganizationStore.layer,
    layerSqlDirectory(types)
  )
  const useCases = BulkProvisioning.layer(types).pipe(
    Layer.provideMerge(
      Layer.mergeAll(UserProvisioning.layer(types), GroupProvisioning.layer(types), ResourceSearch.layer(types))
    ),
    Layer.provideMerge(storage)
  )
  const routes = Layer.mergeAll(scimRoutes(types), healthRoutes, fallbackRoute).pipe(
    Layer.provide(ScimEndpoints.layer(config)),
    Layer.provide(Authentication.layer(config.baseDomain)),
    Layer.provide(layerReadiness)
  )
  const listener = HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true, routerConfig }).pipe(
    Layer.provide(layerListener(config))
  )
  return layerDrain(config.drainSeconds).pipe(
    Layer.provideMerge(Layer.effectDiscard(announce(config))),
    Layer.provideMerge(listener),
    Layer.provideMerge(useCases),
    Layer.provideMerge(Database.layer({ address: `http://${config.host}:${config.port}` })),
    Layer.provideMerge(Layer.mergeAll(Stopping.layer, Digest.layerWebCrypto, SecureRandom.layerWebCrypto))
  )
}

const layerListener = (config: ServerConfig) =>
  Layer.unwrap(
    Effect.map(Stopping, ({ signal }) =>
      NodeHttpServer.layer(() => makeListener(signal), {
        host: config.host,
        port: config.port,
        gracefulShutdownTimeout: `${config.shutdownSeconds} seconds`
      })
    )
  )

const announce = Effect.fnUntraced(function* (config: ServerConfig) {
  const target = yield* databaseTarget
  // Whoever has a PostgreSQL server makes organisations by the command line.
  if (target.kind !== "server") yield* makeDemonstration(config)
  yield* Effect.logInfo(
    `Rollcall serves on http://${config.host}:${config.port}, on ${describeTarget(target)} (${adviceOn(target)})`
  )
})

const program = Effect.gen(function* () {
  const config = yield* readServerConfig
  const logger = Logger.layer([process.stdout.isTTY ? Logger.consolePretty() : Logger.consoleJson])
  return yield* Layer.launch(server(config)).pipe(
    Effect.provideService(References.MinimumLogLevel, config.logLevel),
    // Nobody collects spans yet, and making them costs a tenth of a read.
    Effect.provideService(References.TracerEnabled, false),
    Effect.provide(logger)
  )
})

// What keeps the server from starting is told in one line for the operator; a defect with all that is known of it.
const told = Effect.tapCause(program, (cause) => {
  const error = Cause.findErrorOption(cause)
  return Cause.hasInterruptsOnly(cause)
    ? Effect.void
    : Console.error(Option.isSome(error) ? `rollcall: ${error.value.message}` : Cause.pretty(cause))
})

// Whoever tells a server to stop, and gets what it asked for, is not told of a failure.
const teardown: Runtime.Teardown = (exit, onExit) =>
  Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)

NodeRuntime.runMain(told, { disableErrorReporting: true, teardown })
