import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    reporters: ["default", "./scripts/SummaryReporter.ts"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/{domain,http,delivery,cli}/test/**/*.test.ts", "apps/*/test/**/*.test.ts"],
          exclude: ["**/node_modules/**"],
          setupFiles: ["./test/support/PropertySeed.ts"],
          // They share no state that would have to be kept apart, and loading everything anew for each took half the time.
          isolate: false,
          maxWorkers: 2,
          // None is judged by its time; on a busy machine the biggest properties take long.
          testTimeout: 30_000
        }
      },
      {
        test: {
          name: "system",
          include: ["packages/sql/test/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["**/node_modules/**", "test/bench/**"],
          setupFiles: ["./test/support/PropertySeed.ts"],
          globalSetup: ["./test/support/PostgresGlobalSetup.ts"],
          // Each file may run servers and databases of its own beside the workers.
          pool: "forks",
          maxWorkers: 2,
          testTimeout: 30_000,
          hookTimeout: 120_000
        }
      }
    ]
  }
})
