// By module: the whole platform takes half a second to load.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { runCli } from "@rollcall/cli/Cli"
import { Effect } from "effect"
import { installation } from "./Composition.ts"
import { endWithoutReader } from "./endWithoutReader.ts"
import { http, stores } from "./Storage.ts"

endWithoutReader()

runCli({ version: "0.1.0", installation, http, stores })(process.argv.slice(2)).pipe(
  Effect.tap((code) =>
    Effect.sync(() => {
      process.exitCode = code
    })
  ),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain
)
