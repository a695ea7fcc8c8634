import { readFileSync } from "node:fs"

/** Linux counts a process' time in hundredths of a second. */
const tick = 1e4

const ofOne = (pid: number, ended: boolean): number => {
  // The program's name, in parentheses, may hold anything; the fields after it are numbers.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const counted = ended ? fields.slice(11, 15) : fields.slice(11, 13)
  return counted.reduce((sum, field) => sum + Number(field), 0) * tick
}

/**
 * The CPU time that processes have used, in microseconds: their own and that of their children, whether these still
 * run or have ended. NaN where the system does not tell, and where one of the processes has ended.
 */
export const cpuTime = (pids: ReadonlyArray<number>): number => {
  try {
    const children = pids.flatMap((pid) =>
      readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number)
    )
    const own = pids.reduce((sum, pid) => sum + ofOne(pid, true), 0)
    return children.reduce((sum, pid) => sum + ofOne(pid, false), own)
  } catch {
    return Number.NaN
  }
}
