import { NodeServices } from "@effect/platform-node"
import { type Parts, runCli } from "@rollcall/cli/Cli"
import { Console, Effect } from "effect"

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the program in this process and keeps what it prints; `onPrint` is told of each line of the standard output. */
export const capturedRun =
  (parts: Parts, onPrint: (line: string) => void = () => undefined) =>
  (...args: ReadonlyArray<string>): Effect.Effect<Outcome> =>
    Effect.gen(function* () {
      let [stdout, stderr] = ["", ""]
      const captured: Console.Console = Object.assign(Object.create(console), {
        log: (...texts: ReadonlyArray<unknown>) => {
          stdout += `${texts.join(" ")}\n`
          onPrint(texts.join(" "))
        },
        error: (...texts: ReadonlyArray<unknown>) => {
          stderr += `${texts.join(" ")}\n`
        }
      })
      const code = yield* runCli(parts)(args).pipe(
        Effect.provideService(Console.Console, captured),
        Effect.provide(NodeServices.layer)
      )
      return { code, stdout, stderr }
    })
