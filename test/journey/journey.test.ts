import pg from "pg"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import {
  openDatabase,
  type ServerWithOrganizations,
  startWithOrganizations,
  type TestOrganization
} from "../support/Databases.ts"
import { type Company, firstDay, foundCompany } from "./Company.ts"
import { compare, type Expectation } from "./Comparison.ts"
import { importDirectory, versionsOf } from "./DirectoryImport.ts"
import { EntraClient, type EntraJob } from "./EntraClient.ts"
import { entraExpectation, oktaExpectation } from "./Expectations.ts"
import { type IdentityProvider, provision, resync } from "./IdentityProvider.ts"
import { playMonth } from "./Month.ts"
import { type OktaApp, OktaClient } from "./OktaClient.ts"

const SEED = 20_270_111
const PEOPLE = 500
const GROUPS = 40

interface Journey {
  readonly organization: string
  readonly company: Company
  expectation(client: TestOrganization["scim"]): Expectation
}

const okta = (app: OktaApp, company: Company): Journey => ({
  organization: "halden-okta",
  company,
  expectation: (client) => oktaExpectation(new OktaClient(app, client))
})

const entra = (job: EntraJob, company: Company): Journey => ({
  organization: "halden-entra",
  company,
  expectation: (client) => entraExpectation(new EntraClient(job, client))
})

interface Traces {
  readonly entries: number
  readonly unchanged: number
  readonly events: number
}

/** What one organisation's writes have left behind, read from the tables: log entries, those that say "no change", and events. */
const countTraces = async (url: string, subdomain: string): Promise<Traces> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const own = "organization_id = (SELECT organization_id FROM organization WHERE subdomain = $1)"
    const { rows } = await client.query<Record<keyof Traces, string>>(
      `SELECT (SELECT count(*) FROM log_entry WHERE ${own}) AS entries,
              (SELECT count(*) FROM log_entry WHERE ${own} AND outcome = 'unchanged') AS unchanged,
              (SELECT count(*) FROM event WHERE ${own}) AS events`,
      [subdomain]
    )
    const [row] = rows
    return { entries: Number(row?.entries), unchanged: Number(row?.unchanged), events: Number(row?.events) }
  } finally {
    await client.end()
  }
}

const seconds = (since: number) => `${((performance.now() - since) / 1_000).toFixed(1)} s`

/** The month of `company`, which is left as it stands at the end of it. */
const live = async (provider: IdentityProvider, company: Company): Promise<void> => {
  await provider.connect()
  await provision(provider, firstDay(company, SEED))
  for (const day of playMonth(company, SEED)) await provision(provider, day)
}

// Both halves of each client, and both databases. Two organisations with the same people share each server.
const runs = [
  { database: "embedded", app: "wizard", job: "legacy" },
  { database: "postgresql", app: "catalogue", job: "compliant" }
] as const

for (const { app, database: kind, job } of runs) {
  describe(`a company's first month on the ${kind} database`, () => {
    let started: ServerWithOrganizations
    let databaseUrl: string | undefined
    let drop: () => Promise<void>

    beforeAll(async () => {
      const database = await openDatabase(kind)
      drop = database.drop
      databaseUrl = database.env.DATABASE_URL
      const organizations = [
        { subdomain: "halden-okta", name: "Halden Robotics", preset: "product" },
        { subdomain: "halden-entra", name: "Halden Robotics", preset: "product" }
      ] as const
      started = await startWithOrganizations({ database, organizations, command: "readme" })
    }, 120_000)

    afterAll(async () => {
      await started?.stop()
      await drop?.()
    }, 60_000)

    const journeys = [
      okta(app, foundCompany(SEED, { people: PEOPLE, groups: GROUPS })),
      entra(job, foundCompany(SEED, { people: PEOPLE, groups: GROUPS }))
    ]

    for (const journey of journeys) {
      const { company, organization } = journey
      const about = organization === "halden-okta" ? `Okta (${app})` : `Entra (${job})`

      describe(about, () => {
        let expectation: Expectation
        const client = () => started.organization(organization).scim

        it("provisions every joiner, mover, renaming, leaver and group, and each of them arrives", async () => {
          expectation = journey.expectation(client())
          const since = performance.now()
          await live(expectation.provider, company)
          console.log(`${about}, ${kind}: month in ${seconds(since)}: ${expectation.provider.connection.summary()}`)
          const content = await importDirectory(client())
          const wrong = compare(expectation, company, content)
          assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} differences`)
        }, 120_000)

        it("changes nothing when everything is sent again (R-USER-12), and logs one entry for each request", async () => {
          const before = versionsOf(await importDirectory(client()))
          const logged = databaseUrl === undefined ? undefined : await countTraces(databaseUrl, organization)
          const since = performance.now()
          const writes = await resync(expectation.provider, company)
          console.log(`${about}, ${kind}: forced sync of ${writes} writes in ${seconds(since)}`)
          const after = versionsOf(await importDirectory(client()))
          assert.strictEqual(after.size, before.size)
          for (const [id, version] of before) {
            assert.match(String(version?.version), /^W\/"/, `meta of ${id}`)
            assert.deepEqual(after.get(id), version, `version and lastModified of ${id}`)
          }
          if (databaseUrl !== undefined && logged !== undefined) {
            const now = await countTraces(databaseUrl, organization)
            assert.strictEqual(now.unchanged - logged.unchanged, writes, "entries that say that nothing changed")
            assert.strictEqual(now.entries - logged.entries, writes, "entries in all")
            assert.strictEqual(now.events - logged.events, 0, "events, and with them e-mails")
          }
        }, 120_000)
      })
    }
  })
}
