import type { Suite } from "./Case.ts"
import type { Outcome } from "./Runner.ts"

/** Databases that every case runs on, in the order of the table's columns. */
export const databases = ["postgresql", "embedded"] as const

/** One of `databases`. */
export type Database = (typeof databases)[number]

/** How the cases of a run ended, by database, suite and case. */
export type Results = {
  readonly record: (database: Database, suite: string, name: string, outcome: Outcome) => void
  readonly of: (database: Database, suite: string, name: string) => "pass" | "FAIL" | "not run"
}

/** An empty record of a run. */
export const results = (): Results => {
  const ended = new Map<string, Outcome>()
  const key = (database: Database, suite: string, name: string) => `${database} ${suite} ${name}`
  return {
    record: (database, suite, name, outcome) => {
      ended.set(key(database, suite, name), outcome)
    },
    of: (database, suite, name) => {
      const outcome = ended.get(key(database, suite, name))
      return outcome === undefined ? "not run" : outcome.passed ? "pass" : "FAIL"
    }
  }
}

const row = (...cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const totals = (suites: ReadonlyArray<Suite>, run: Results): ReadonlyArray<string> =>
  databases.map((database) => {
    const all = suites.flatMap((suite) => suite.cases.map((one) => run.of(database, suite.name, one.name)))
    const passed = all.filter((result) => result === "pass").length
    return row(database === "postgresql" ? "PostgreSQL 15" : "embedded", String(passed), String(all.length))
  })

/**
 * The page `docs/conformance.md`: totals, every case with its result on both databases, and what is not covered.
 *
 * It holds nothing that changes from run to run, so that a test can compare it with what was committed.
 */
export const page = (suites: ReadonlyArray<Suite>, run: Results): string => {
  const notCovered = suites.flatMap((suite) =>
    suite.notCovered.map(({ name, reason, source }) => row(suite.title, name, source, reason))
  )
  return [
    "# Conformance",
    "",
    "What identity providers send, and what the vendors' conformance tools ask for, run against a server started by the README's",
    "command on both databases. Written by the run itself (`WRITE_CONFORMANCE=1 vitest run test/conformance`); a run whose results",
    "differ from this page fails.",
    "",
    row("database", "passed", "cases"),
    row("---", "---:", "---:"),
    ...totals(suites, run),
    "",
    ...suites.flatMap((suite) => [
      `## ${suite.title}`,
      "",
      row("suite", "case", "source", "PostgreSQL 15", "embedded"),
      row("---", "---", "---", "---", "---"),
      ...suite.cases.map((one) =>
        row(suite.name, one.name, one.source, ...databases.map((database) => run.of(database, suite.name, one.name)))
      ),
      ""
    ]),
    "## Not covered here",
    "",
    row("suite", "what", "source", "why"),
    row("---", "---", "---", "---"),
    ...notCovered,
    ""
  ].join("\n")
}
