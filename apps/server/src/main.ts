import { NodeRuntime } from "@effect/platform-node"
import { readServerConfig } from "@rollcall/http/ServerConfig"
import { Cause, Console, Effect, Exit, Layer, Logger, Option, References, Runtime } from "effect"
import { server } from "./Server.ts"

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
