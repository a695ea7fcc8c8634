import { spawn } from "node:child_process"
import { request } from "node:http"
import { setTimeout as delay } from "node:timers/promises"
import { cleanEnvironment, ROOT } from "../support/Environment.ts"
import { freePort } from "../support/FreePort.ts"
import { type ScimClient, scim } from "../support/ScimClient.ts"
import { noteStarted } from "../support/StartedProcesses.ts"

/** A server in a process of its own that can be killed and started again, at the same address. */
export interface ServerProcess {
  /** A client with that token; its connections are its own. */
  client(token: string): ScimClient
  /** Starts it with the time ahead by so many milliseconds, and waits until it is ready. */
  start(offset: number): Promise<void>
  /** Moves the time of the running server; resolves when it counts. */
  move(offset: number): Promise<void>
  /** Ends it at once, in the middle of whatever it does. */
  kill(): Promise<void>
  isRunning(): boolean
  /** What all of its processes have printed. */
  output(): string
}

const isReady = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = request(
      { port, host: "127.0.0.1", path: "/health/ready", agent: false, timeout: 2_000 },
      (response) => {
        response.resume()
        resolve(response.statusCode === 200)
      }
    )
    probe.on("timeout", () => probe.destroy())
    probe.on("error", () => resolve(false))
    probe.end()
  })

/** Prepares a server with these settings; it is started by `start`. */
export const prepareServer = async (env: Readonly<Record<string, string>>): Promise<ServerProcess> => {
  const port = await freePort()
  let running: ReturnType<typeof launch> | undefined
  let written = ""

  const launch = (offset: number) => {
    const child = spawn(process.execPath, ["test/model/TimedServer.ts"], {
      cwd: ROOT,
      env: {
        ...cleanEnvironment(env),
        HOST: "127.0.0.1",
        PORT: String(port),
        MODEL_OFFSET: String(offset)
      },
      stdio: ["ignore", "pipe", "pipe", "ipc"]
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        written += chunk.toString()
      })
    }
    const killOnExit = () => child.kill("SIGKILL")
    process.once("exit", killOnExit)
    const forget = child.pid === undefined ? () => undefined : noteStarted(child.pid)
    const exited = new Promise<void>((resolve) =>
      child.once("exit", () => {
        process.removeListener("exit", killOnExit)
        forget()
        resolve()
      })
    )
    return { child, exited }
  }

  return {
    client: (token) => scim(`http://127.0.0.1:${port}/scim/v2`, token),
    start: async (offset) => {
      running = launch(offset)
      const deadline = Date.now() + 180_000
      while (!(await isReady(port))) {
        if (running.child.exitCode !== null) throw new Error(`the server ended before it was ready:\n${written}`)
        if (Date.now() > deadline) throw new Error(`the server was not ready in time:\n${written}`)
        await delay(25)
      }
    },
    move: async (offset) => {
      const { child, exited } = running ?? launch(offset)
      const counts = new Promise<void>((resolve) => child.once("message", () => resolve()))
      child.send({ offset })
      await Promise.race([counts, exited])
    },
    kill: async () => {
      const ending = running
      running = undefined
      ending?.child.kill("SIGKILL")
      await ending?.exited
    },
    isRunning: () => running !== undefined,
    output: () => written
  }
}
