import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Measured, Order, Reply, Run } from "./Load.ts"
import type { Target } from "./Target.ts"

const program = fileURLToPath(new URL("./Load.ts", import.meta.url))

/** The generator's process, seen from the harness; it takes one order at a time. */
export class LoadProcess {
  readonly #child: ChildProcess

  constructor() {
    this.#child = fork(program, { stdio: ["ignore", "inherit", "inherit", "ipc"] })
  }

  async target(name: string, target: Target): Promise<void> {
    await this.#order({ kind: "target", name, target })
  }

  async run(run: Run): Promise<Measured> {
    const reply = await this.#order({ kind: "run", run })
    if (reply.kind !== "measured") throw new Error(`the load generator answered ${reply.kind} to a run`)
    return reply.measured
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect()
  }

  #order(order: Order): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`the load generator ended with ${code}`))
      this.#child.once("exit", onExit)
      this.#child.once("message", (reply: Reply) => {
        this.#child.off("exit", onExit)
        if (reply.kind === "failed") reject(new Error(reply.message))
        else resolve(reply)
      })
      this.#child.send(order)
    })
  }
}
