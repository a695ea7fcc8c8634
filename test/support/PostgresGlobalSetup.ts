import type { TestProject } from "vitest/node"
import { startPostgres } from "./Postgres.ts"

/** One PostgreSQL for the whole run; each test makes databases of its own on it with `createDatabase`. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const postgres = await startPostgres()
  project.provide("postgresUrl", postgres.url)
  return postgres.stop
}
