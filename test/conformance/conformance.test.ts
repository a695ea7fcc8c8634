import { readFile, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { assert, beforeAll, describe, it } from "vitest"
import { describeOnBothDatabases, type ServerWithOrganizations } from "../support/Databases.ts"
import type { NewOrganization } from "../support/RollcallCli.ts"
import { organizationOf } from "./Case.ts"
import { catalogue } from "./Catalogue.ts"
import { asJson, runCase, type Send } from "./Runner.ts"
import { page, results } from "./Table.ts"

const PAGE = fileURLToPath(new URL("../../docs/conformance.md", import.meta.url))
const run = results()

const organizations: ReadonlyArray<NewOrganization> = [
  ...new Map(
    catalogue.flatMap((suite) =>
      suite.cases.map((one): [string, NewOrganization] => {
        const subdomain = organizationOf(suite, one)
        return [subdomain, { subdomain, preset: one.preset ?? suite.preset }]
      })
    )
  ).values()
]

describeOnBothDatabases("conformance", (database) => {
  let started: ServerWithOrganizations

  beforeAll(async () => {
    started = await database.start({ command: "readme", organizations })
  }, 300_000)

  const sendTo =
    (subdomain: string): Send =>
    async (request) => {
      const { body, headers, status, text } = await started.organization(subdomain).scim.request(request)
      const named = Object.entries(headers).map(([name, value]) => [name, asJson(value)])
      return { status, headers: Object.fromEntries(named), body: asJson(body), text }
    }

  for (const suite of catalogue) {
    describe(suite.title, () => {
      for (const one of suite.cases) {
        it(`${one.name} (${[one.source, ...one.rules].join(", ")})`, { timeout: 300_000 }, async () => {
          const outcome = await runCase(one, `${started.server.baseUrl}/scim/v2`, sendTo(organizationOf(suite, one)))
          run.record(database.kind, suite.name, one.name, outcome)
          if (!outcome.passed) assert.fail(outcome.report)
        })
      }
    })
  }
})

describe("the conformance page", () => {
  it("says what this run found: the cases and their results on both databases", async () => {
    const found = page(catalogue, run)
    // Before writing: a run that was filtered, or whose server did not start, has nothing to say.
    assert.notInclude(found, "not run")
    if (process.env.WRITE_CONFORMANCE === "1") await writeFile(PAGE, found)
    assert.strictEqual(await readFile(PAGE, "utf8"), found)
  })
})
