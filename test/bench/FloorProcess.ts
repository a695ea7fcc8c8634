import { fork } from "node:child_process"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { cleanEnvironment } from "../support/Environment.ts"
import { freePort } from "../support/FreePort.ts"

const program = fileURLToPath(new URL("./Floor.ts", import.meta.url))
const startSeconds = 20

export interface RunningFloor {
  readonly port: number
  stop(): void
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
  const stop = (): void => {
    if (child.exitCode === null) child.kill("SIGTERM")
  }
  const deadline = performance.now() + startSeconds * 1000
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(`the floor ended with ${child.exitCode}`)
    if (performance.now() > deadline) {
      stop()
      throw new Error(`the floor was not ready in ${startSeconds} s`)
    }
    await delay(25)
  }
  return { port, stop }
}
