import type { TestProject } from "vitest/node"
import { startPostgres } from "./Postgres.ts"
import { endLeftOver } from "./StartedProcesses.ts"

/** One PostgreSQL for the whole run; each test makes databases of its own on it with `createDatabase`. What tests leave behind ends with it. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const postgres = await startPostgres()
  project.provide("postgresUrl", postgres.url)
  return async () => {
    const leftOver = endLeftOver(process.pid)
    if (leftOver.length > 0) console.error(`killed what tests have left behind: processes ${leftOver.join(", ")}`)
    await postgres.stop()
  }
}
