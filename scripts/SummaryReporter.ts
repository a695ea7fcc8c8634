import type { Reporter, TestModule } from "vitest/node"

/**
 * Ends the run's output with one plain line, `N passed, N failed`.
 *
 * A file that cannot be loaded, a suite whose hook failed and an error outside of any test each count as one failure: what
 * did not run must not look like a success.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<unknown>): void {
    let passed = 0
    let failed = unhandledErrors.length
    for (const module of modules) {
      failed += module.errors().length
      for (const suite of module.children.allSuites()) failed += suite.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === "passed") passed += 1
        if (state === "failed") failed += 1
      }
    }
    // After what the other reporters print at this same moment.
    process.once("exit", () => process.stdout.write(`${passed} passed, ${failed} failed\n`))
  }
}
