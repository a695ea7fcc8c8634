import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { cleanEnvironment, ROOT } from "../support/Environment.ts"
import { cpuTime } from "./CpuTime.ts"

/** How far a run of the program had come, when it told so. */
export interface ProgramMark {
  /** Rows of the file that were done. */
  readonly rows: number
  /** Milliseconds since the program was started. */
  readonly at: number
  /** The largest resident set that its process had had by then, in bytes. */
  readonly peak: number
}

/** A run of the `rollcall` program, as a process of its own. */
export interface ProgramRun {
  readonly ms: number
  /** CPU time of its process, in microseconds. */
  readonly cpu: number
  /** The largest resident set that its process ever had, in bytes. */
  readonly peak: number
  /** One for each batch of an import. */
  readonly marks: ReadonlyArray<ProgramMark>
  /** The last that it printed: what it came to. */
  readonly answer: Readonly<Record<string, unknown>>
}

const highWater = (pid: number): number => {
  try {
    const [, kilobytes] = /^VmHWM:\s+([0-9]+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? []
    return Number(kilobytes) * 1_024
  } catch {
    return Number.NaN
  }
}

const record = (line: string): Readonly<Record<string, unknown>> => {
  const value: unknown = JSON.parse(line)
  return typeof value === "object" && value !== null ? { ...value } : {}
}

/** Runs the program with `--json` to its end, and looks at its process meanwhile (on Linux; figures are NaN elsewhere). */
export const runProgram = async (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>,
  options: { readonly onMark?: (mark: ProgramMark) => void } = {}
): Promise<ProgramRun> => {
  const begun = performance.now()
  const child = spawn(process.execPath, ["apps/cli/src/main.ts", ...args, "--json"], {
    cwd: ROOT,
    env: cleanEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"]
  })
  const pid = child.pid ?? 0
  let peak = Number.NaN
  let cpu = Number.NaN
  const look = () => {
    // A process that has ended tells nothing any more: then what was seen last counts.
    const seen = highWater(pid)
    if (!Number.isNaN(seen)) peak = seen
    const used = cpuTime([pid])
    if (!Number.isNaN(used)) cpu = used
  }
  const timer = setInterval(look, 50)
  const marks: Array<ProgramMark> = []
  let answer: Readonly<Record<string, unknown>> = {}
  let complaints = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-10_000)
  })
  createInterface({ input: child.stdout }).on("line", (line) => {
    const told = record(line)
    if (told.event !== "progress") answer = told
    else {
      look()
      const mark = { rows: Number(told.rows), at: performance.now() - begun, peak }
      marks.push(mark)
      options.onMark?.(mark)
    }
  })
  const kill = () => child.kill("SIGKILL")
  process.once("exit", kill)
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject)
      child.once("close", resolve)
    })
    if (code !== 0) throw new Error(`rollcall ${args.join(" ")} ended with ${code}:\n${complaints}`)
    return { ms: performance.now() - begun, cpu, peak, marks, answer }
  } finally {
    process.removeListener("exit", kill)
    clearInterval(timer)
  }
}
