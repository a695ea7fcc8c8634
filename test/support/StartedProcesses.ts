import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/**
 * Processes that tests have started and that have not ended. A file of tests that hangs is killed with its worker, which
 * then ends nothing any more; what it leaves would go on computing beside all that come after it, and hold its ports.
 */
const directoryOf = (run: number): string => join(tmpdir(), `rollcall-started-${run}`)

/** When a process started, by which it differs from a later one with its number; undefined where it does not run. */
const startOf = (pid: number): string | undefined => {
  try {
    // The fields after the name, which may have spaces; the twentieth of them (proc(5): starttime).
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19]
  } catch {
    return undefined
  }
}

/** Notes a process, the leader of a group or not; what it gives is to be called when that has ended. */
export const noteStarted = (pid: number, run: number = process.ppid): (() => void) => {
  const note = join(directoryOf(run), String(pid))
  mkdirSync(directoryOf(run), { recursive: true })
  writeFileSync(note, startOf(pid) ?? "")
  return () => rmSync(note, { force: true })
}

const kill = (pid: number): void => {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, "SIGKILL")
    } catch {
      // No group of that number, or it has ended meanwhile.
    }
  }
}

/** Kills what was noted in that run of the tests and still runs, and tells the process ids. */
export const endLeftOver = (run: number): ReadonlyArray<number> => {
  let notes: ReadonlyArray<string>
  try {
    notes = readdirSync(directoryOf(run))
  } catch {
    // Nothing was started.
    return []
  }
  const leftOver = notes
    .map(Number)
    .filter(
      (pid) => startOf(pid) !== undefined && startOf(pid) === readFileSync(join(directoryOf(run), String(pid)), "utf8")
    )
  for (const pid of leftOver) kill(pid)
  rmSync(directoryOf(run), { recursive: true, force: true })
  return leftOver
}
