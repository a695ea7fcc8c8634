import { NodeRuntime } from "@effect/platform-node"
import { makeTickAll } from "@rollcall/delivery/ClockJob"
import { readServerConfig } from "@rollcall/http/ServerConfig"
import { Clock, Effect, Layer, References } from "effect"
import { server } from "../../apps/server/src/Server.ts"
import { makeTimedClock } from "./TimedClock.ts"

// The production server, with a clock that is ahead of the real one by what the test that started it says: first in
// the environment, then in messages, each of which is answered when it counts. After a move the job of the clock looks
// at once, as it does once a minute by itself.

const isOffset = (message: unknown): message is { readonly offset: number } =>
  typeof message === "object" && message !== null && typeof Reflect.get(message, "offset") === "number"

const layerMoves = (move: (offset: number) => void) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const tickAll = yield* makeTickAll
      const run = Effect.runForkWith(yield* Effect.context<never>())
      process.on("message", (message) => {
        if (!isOffset(message)) return
        move(message.offset)
        process.send?.({ moved: message.offset })
        run(tickAll)
      })
    })
  )

const program = Effect.gen(function* () {
  const { clock, move } = makeTimedClock(yield* Clock.Clock, Number(process.env.MODEL_OFFSET ?? 0))
  const config = yield* readServerConfig
  return yield* Layer.launch(Layer.provide(layerMoves(move), server(config))).pipe(
    Effect.provideService(References.MinimumLogLevel, config.logLevel),
    Effect.provideService(References.TracerEnabled, false),
    Effect.provideService(Clock.Clock, clock)
  )
})

NodeRuntime.runMain(program)
