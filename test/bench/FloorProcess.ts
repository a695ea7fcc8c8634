import { fork } from "node:child_process"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { cleanEnvironment } from "../support/Environment.ts"
import { freePort } from "../support/FreePort.ts"

const program = fileURLToPath(new URL("./Floor.ts", import.meta.url))
const startSeconds = 20

export interface RunningFloor {
  readonly port: number
  readonly pid: number
  /** Ends the process and waits until it has: the database may only go after it. */
  stop(): Promise<void>
}

const isReady = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/health/ready`).then(
    async (response) => {
      await response.text()
      return response.ok
    },
    () => false
  )

/** Starts the floor as a process of its own and waits until it answers. */
export const startFloor = async (databaseUrl: string): Promise<RunningFloor> => {
  const port = await freePort()
  const env = cleanEnvironment({ DATABASE_URL: databaseUrl, PORT: String(port) })
  const child = fork(program, { env, stdio: ["ignore", "inherit", "inherit", "ipc"] })
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  const stop = (): Promise<void> => {
    child.kill("SIGTERM")
    return exited
  }
  const deadline = performance.now() + startSeconds * 1000
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(`the floor ended with ${child.exitCode}`)
    if (performance.now() > deadline) {
      await stop()
      throw new Error(`the floor was not ready in ${startSeconds} s`)
    }
    await delay(25)
  }
  return { port, pid: child.pid ?? 0, stop }
}
