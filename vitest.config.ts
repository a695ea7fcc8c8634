import { defineConfig } from "vitest/config"
import LongestFirst from "./scripts/LongestFirst.ts"

export default defineConfig({
  test: {
    reporters: ["default", "./scripts/SummaryReporter.ts"],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/{domain,http,delivery,cli}/test/**/*.test.ts", "apps/*/test/**/*.test.ts"],
          exclude: ["**/node_modules/**"],
          setupFiles: ["./test/support/PropertySeed.ts"],
          // They share no state that would have to be kept apart, and loading everything anew for each took half the time.
          isolate: false,
          maxWorkers: 3,
          // None is judged by its time; on a busy machine the biggest properties take long.
          testTimeout: 60_000
        }
      },
      {
        test: {
          name: "system",
          include: ["packages/sql/test/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["**/node_modules/**", "test/bench/**"],
          setupFiles: ["./test/support/PropertySeed.ts"],
          globalSetup: ["./test/support/PostgresGlobalSetup.ts"],
          // Each file may run servers and databases of its own beside the workers. One more worker than a machine of the
          // gate has processors: a quarter of the time of many files is waiting, see scripts/LongestFirst.ts.
          pool: "forks",
          maxWorkers: 3,
          // The embedded database runs for seconds in each: compiled once and plainly, instead of again and better beside it.
          execArgv: ["--liftoff-only"],
          // None is judged by its time: these end what hangs, and leave room for a machine on which others work, too.
          testTimeout: 120_000,
          hookTimeout: 240_000
        }
      }
    ]
  }
})
