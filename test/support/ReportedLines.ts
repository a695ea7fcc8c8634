import { readFileSync } from "node:fs"

/** The lines of the imported file that a report in JSON lines tells of, in its order. */
export const reportedLines = (report: string): ReadonlyArray<number> =>
  readFileSync(report, "utf8")
    .trimEnd()
    .split("\n")
    .map((line): number => JSON.parse(line).line)
