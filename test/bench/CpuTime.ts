import { readFileSync } from "node:fs"

/** Linux counts a process' time in hundredths of a second. */
const tick = 1e4

const ofOne = (pid: number): number => {
  // The program's name, in parentheses, may hold anything; the fields after it are numbers.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) * tick
}

/**
 * The CPU time that processes have used, in microseconds: their own and that of their children which still run. NaN
 * where the system does not tell, and where one has ended.
 */
export const cpuTime = (pids: ReadonlyArray<number>): number => {
  try {
    const children = pids.flatMap((pid) =>
      readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number)
    )
    return [...pids, ...children].reduce((sum, pid) => sum + ofOne(pid), 0)
  } catch {
    return Number.NaN
  }
}
