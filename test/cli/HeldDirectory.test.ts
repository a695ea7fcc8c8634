import { assert, layer } from "@effect/vitest"
import type { Stores } from "@rollcall/cli/Stores"
import { readServerConfig } from "@rollcall/http/ServerConfig"
import { Config, ConfigProvider, Effect, Layer, Logger, References } from "effect"
import { installation } from "../../apps/cli/src/Composition.ts"
import { http, stores } from "../../apps/cli/src/Storage.ts"
import { capturedRun } from "../../apps/cli/test/CapturedRun.ts"
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

const doctor = capturedRun({
  version: "1",
  http,
  installation,
  stores: Layer.effectContext<Stores, never, never>(Effect.die(new Error("the stores were opened")))
})

layer(held, { timeout: "120 seconds", excludeTestServices: true })(
  "rollcall doctor on a directory that a server holds",
  (it) => {
    it.effect("tells how that server was started, and not how one would be by the environment of whoever asks", () =>
      Effect.gen(function* () {
        const directory = yield* Config.String("DATA_DIR")
        const lookedAt = (variables: Readonly<Record<string, string>>) =>
          Effect.map(
            Effect.provide(
              doctor("doctor", "--json"),
              ConfigProvider.layer(ConfigProvider.fromEnvRecord({ DATA_DIR: directory, ...variables }))
            ),
            ({ code, stdout }) => {
              const [{ found, ok }] = JSON.parse(stdout)
              return { code, ok, found }
            }
          )
        const running = `the running server (process ${process.pid}) listens on 127.0.0.1:${port}, organisations are below localhost`
        assert.deepStrictEqual(yield* lookedAt({ PORT: String(port) }), { code: 0, ok: true, found: running })
        assert.deepStrictEqual(yield* lookedAt({ PORT: "4000", BASE_DOMAIN: "example.com" }), {
          code: 0,
          ok: true,
          found: `${running}; as the environment is here, the next one listens on 127.0.0.1:4000, organisations are below example.com`
        })
        assert.deepInclude(yield* lookedAt({ PORT: "many" }), { code: 1, ok: false })
      })
    )
  }
)
