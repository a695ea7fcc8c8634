import { BaseSequencer, type TestSpecification } from "vitest/node"

/**
 * Files that take longest, mostly because they wait: for the clock, which looks once a minute, and for servers to start and
 * to end. Started last, one of them would keep the run for minutes after everything else is done.
 */
const longest = [
  "test/conformance/conformance",
  "test/journey/hiring",
  "test/model/postgres",
  "test/fault/shutdown",
  "test/journey/journey",
  "test/api/PublicApi",
  "test/property/badInput",
  "test/fault/mail",
  "test/cli/Program",
  "packages/sql/test/SqlDirectory",
  "test/fault/outage",
  "test/fault/password",
  "test/fault/clock-killed",
  "test/fault/overload",
  "test/fault/slow-http",
  "packages/sql/test/FilterPlans",
  "test/fault/races",
  "test/fault/replicas"
]

const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = longest.findIndex((file) => moduleId.endsWith(`/${file}.test.ts`))
  return rank === -1 ? longest.length : rank
}

/** The files that take longest first, in the order of the list; the others as vitest has them. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    return (await super.sort(files)).sort((a, b) => rankOf(a) - rankOf(b))
  }
}
