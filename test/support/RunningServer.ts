import { type ChildProcess, spawn } from "node:child_process"
import { request } from "node:http"
import { setTimeout as delay } from "node:timers/promises"
import { cleanEnvironment, ROOT, terminalEnvironment } from "./Environment.ts"
import { freePort } from "./FreePort.ts"
import { noteStarted } from "./StartedProcesses.ts"

const START_SECONDS = 180
const STOP_SECONDS = 30

export interface ServerOptions {
  /** Settings; with neither `DATABASE_URL` nor `DATA_DIR` the server gets `DATA_DIR=memory:`. */
  readonly env?: Readonly<Record<string, string>>
  /** `readme`: as the README says (`npx -y pnpm@12 start`); `node` (default): the same program without the package manager. */
  readonly command?: "readme" | "node"
  /** Flags for Node, e.g. `["--cpu-prof"]`; with `command: "node"` only. */
  readonly nodeFlags?: ReadonlyArray<string>
}

export interface RunningServer {
  /** `http://127.0.0.1:<port>`, no slash at the end. */
  readonly baseUrl: string
  readonly port: number
  /** The process that was started, leader of its own process group; with `readme` the package runner's. */
  readonly pid: number
  /** Everything written so far to the two outputs. */
  output(): string
  /** Asks the whole process group to end (SIGTERM unless told otherwise) and waits until all of it has. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** The exit code, or null after a signal; resolves when every process of the group has closed its outputs. */
  readonly exited: Promise<number | null>
}

const commandOf = (options: ServerOptions): ReadonlyArray<string> =>
  options.command === "readme"
    ? ["npx", "-y", "pnpm@12", "start"]
    : [process.execPath, ...(options.nodeFlags ?? []), "apps/server/src/main.ts"]

const isReady = (baseUrl: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = request(`${baseUrl}/health/ready`, { agent: false, timeout: 2_000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    probe.on("timeout", () => probe.destroy())
    probe.on("error", () => resolve(false))
    probe.end()
  })

const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal)
  } catch {
    // All of it has ended already.
  }
}

const waitUntilReady = async (baseUrl: string, child: ChildProcess, output: () => string): Promise<void> => {
  const deadline = Date.now() + START_SECONDS * 1_000
  while (!(await isReady(baseUrl))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the server ended with ${child.exitCode ?? child.signalCode} before it was ready:\n${output()}`)
    }
    if (Date.now() > deadline) throw new Error(`the server was not ready in ${START_SECONDS} s:\n${output()}`)
    await delay(25)
  }
}

/** Starts the server on a free port of 127.0.0.1 and waits until it is ready; a failure shows what it printed. */
export const startServer = async (options: ServerOptions = {}): Promise<RunningServer> => {
  const port = await freePort()
  const baseUrl = `http://127.0.0.1:${port}`
  const kept = options.env?.DATABASE_URL ?? options.env?.DATA_DIR
  const settings = {
    ...(kept === undefined ? { DATA_DIR: "memory:" } : {}),
    ...options.env,
    PORT: String(port),
    HOST: "127.0.0.1"
  }
  const [command = "", ...args] = commandOf(options)
  const child = spawn(command, args, {
    cwd: ROOT,
    // A group of its own, so that npx, pnpm, the shell and the server can be told to end together.
    detached: true,
    env: options.command === "readme" ? terminalEnvironment(settings) : cleanEnvironment(settings),
    stdio: ["ignore", "pipe", "pipe"]
  })
  const failed = new Promise<never>((_, reject) => child.once("error", reject))
  let written = ""
  const output = () => written
  child.stdout.on("data", (chunk: Buffer) => {
    written += chunk.toString()
  })
  child.stderr.on("data", (chunk: Buffer) => {
    written += chunk.toString()
  })
  // `close`, not `exit`: it also waits for the grandchildren that hold the outputs, and with them the data directory.
  const exited = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)))
  const pid = child.pid
  if (pid === undefined) return failed
  const killOnExit = () => signalGroup(pid, "SIGKILL")
  process.once("exit", killOnExit)
  const forget = noteStarted(pid)
  void exited.then(() => {
    process.removeListener("exit", killOnExit)
    forget()
  })

  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
    signalGroup(pid, signal)
    const timer = setTimeout(() => {
      written += `\n(not ended ${STOP_SECONDS} s after ${signal}: killed)\n`
      signalGroup(pid, "SIGKILL")
    }, STOP_SECONDS * 1_000)
    const code = await exited
    clearTimeout(timer)
    return code
  }
  try {
    await Promise.race([waitUntilReady(baseUrl, child, output), failed])
  } catch (error) {
    await stop("SIGKILL")
    throw error
  }
  return { baseUrl, port, pid, output, stop, exited }
}
