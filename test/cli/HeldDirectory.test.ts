import { readServerConfig } from "@rollcall/http/ServerConfig"
import { ConfigProvider, Effect, Layer, Logger, References } from "effect"
import { stores } from "../../apps/cli/src/Storage.ts"
import { commandsContract } from "../../apps/cli/test/CommandsContract.ts"
import { server } from "../../apps/server/src/Server.ts"
import { openDatabase } from "../support/Databases.ts"
import { freePort } from "../support/FreePort.ts"

const port = await freePort()

/** A server in this process that holds a data directory; whatever opens the directory beside it is refused. */
const held = Layer.unwrap(
  Effect.gen(function* () {
    const database = yield* Effect.acquireRelease(
      Effect.promise(() => openDatabase("embedded")),
      (opened) => Effect.promise(() => opened.drop())
    )
    const environment = ConfigProvider.fromUnknown({ ...database.env, PORT: String(port) })
    const config = yield* Effect.provideService(readServerConfig, ConfigProvider.ConfigProvider, environment)
    return server(config).pipe(
      Layer.provide(Logger.layer([])),
      Layer.provide(Layer.succeed(References.MinimumLogLevel, "None")),
      Layer.provideMerge(ConfigProvider.layer(environment))
    )
  })
).pipe(Layer.orDie)

commandsContract("through the server that holds the data directory", Layer.provide(stores, held), Effect.succeed(port))
