import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe } from "vitest"
import { createDatabase } from "./Postgres.ts"
import type { CreatedOrganization, NewOrganization } from "./RollcallCli.ts"
import { createOrganizations } from "./RollcallHere.ts"
import { type RunningServer, type ServerOptions, startServer } from "./RunningServer.ts"
import { type ScimClient, scim } from "./ScimClient.ts"

export type DatabaseKind = "postgresql" | "embedded"

export interface TestDatabase {
  readonly kind: DatabaseKind
  /** What names it to the server and the command line: `DATABASE_URL`, or `DATA_DIR` of an empty temporary directory. */
  readonly env: Readonly<Record<string, string>>
  drop(): Promise<void>
}

/** An empty database of that kind, on the PostgreSQL 15 of this test run or embedded. */
export const openDatabase = async (kind: DatabaseKind): Promise<TestDatabase> => {
  if (kind === "postgresql") {
    const { drop, url } = await createDatabase()
    return { kind, env: { DATABASE_URL: url }, drop }
  }
  const home = await mkdtemp(join(tmpdir(), "rollcall-data-"))
  // A directory that does not exist yet, as on a fresh machine.
  const env = { DATA_DIR: join(home, "data") }
  return { kind, env, drop: () => rm(home, { recursive: true, force: true }) }
}

export interface TestOrganization extends CreatedOrganization {
  /** A SCIM client with this organisation's token, at the running server's address. */
  readonly scim: ScimClient
}

export interface ServerWithOrganizations {
  readonly server: RunningServer
  readonly database: TestDatabase
  /** In the order asked for. */
  readonly organizations: ReadonlyArray<TestOrganization>
  /** One of them by its subdomain. */
  organization(subdomain: string): TestOrganization
  /** Stops the server and deletes the database, unless the database was handed in. */
  stop(): Promise<void>
}

export interface StartOptions extends ServerOptions {
  readonly database: DatabaseKind | TestDatabase
  readonly organizations: ReadonlyArray<NewOrganization>
}

/**
 * Makes the organisations with the commands of the program, then starts the server on the same database.
 *
 * In this order because the embedded database belongs to one process at a time.
 */
export const startWithOrganizations = async (options: StartOptions): Promise<ServerWithOrganizations> => {
  const { organizations: wanted, database: where, ...serverOptions } = options
  const database = typeof where === "string" ? await openDatabase(where) : where
  const dropOwn = async () => {
    if (typeof where === "string") await database.drop()
  }
  const env = { ...serverOptions.env, ...database.env }
  try {
    const created = await createOrganizations(env, wanted)
    const server = await startServer({ ...serverOptions, env })
    const organizations = created.map((organization) => ({
      ...organization,
      scim: scim(`${server.baseUrl}/scim/v2`, organization.scimToken)
    }))
    return {
      server,
      database,
      organizations,
      organization: (subdomain) => {
        const found = organizations.find((organization) => organization.subdomain === subdomain)
        if (found === undefined) throw new Error(`no organisation ${subdomain} was asked for`)
        return found
      },
      stop: async () => {
        for (const organization of organizations) organization.scim.close()
        await server.stop()
        await dropOwn()
      }
    }
  } catch (error) {
    await dropOwn()
    throw error
  }
}

/** What a suite gets: the kind for its names, and ways to start that end with the suite. */
export interface SuiteDatabase {
  readonly kind: DatabaseKind
  open(): Promise<TestDatabase>
  start(options: Omit<StartOptions, "database">): Promise<ServerWithOrganizations>
}

/** Runs one suite on PostgreSQL 15 and on the embedded database; what it starts or opens through its argument ends with it. */
export const describeOnBothDatabases = (name: string, suite: (database: SuiteDatabase) => void): void => {
  const kinds: ReadonlyArray<DatabaseKind> = ["postgresql", "embedded"]
  for (const kind of kinds) {
    describe(`${name} (${kind === "postgresql" ? "PostgreSQL 15" : "embedded"})`, () => {
      const endings: Array<() => Promise<void>> = []
      afterAll(async () => {
        for (const end of endings.reverse()) await end()
      }, 120_000)
      suite({
        kind,
        open: async () => {
          const database = await openDatabase(kind)
          endings.push(database.drop)
          return database
        },
        start: async (options) => {
          const started = await startWithOrganizations({ ...options, database: kind })
          endings.push(started.stop)
          return started
        }
      })
    })
  }
}
