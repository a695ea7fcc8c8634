import type { MigrationReport, MigrationStatus } from "@rollcall/cli/Installation"
import { Refused } from "@rollcall/cli/Refused"
import { describeTarget } from "@rollcall/sql/DatabaseConfig"
import type { DatabaseUnusable } from "@rollcall/sql/DatabaseUnusable"
import { Effect } from "effect"
import { holdingServer, loadClient, loadDatabase } from "./Storage.ts"

const loadMigrations = Effect.promise(() => import("@rollcall/sql/Migrations"))

/** How far the database is of the server that holds the data directory, as it says itself. */
const throughServer = (error: DatabaseUnusable): Effect.Effect<MigrationStatus & { readonly pid: number }, Refused> =>
  Effect.gen(function* () {
    const [{ OperatorClient }, { pendingAfter }] = yield* Effect.all([loadClient, loadMigrations])
    const { facts } = yield* Effect.provide(OperatorClient, holdingServer(error))
    return {
      database: `The data directory, held by the server of process ${facts.pid}`,
      version: facts.version,
      pending: pendingAfter(facts.version),
      pid: facts.pid
    }
  })

/** `rollcall db migrate`; a server that holds the directory has done it when it started. */
export const migrate: Effect.Effect<MigrationReport, Refused> = loadDatabase.pipe(
  Effect.flatMap(({ migrateDatabase }) => migrateDatabase),
  Effect.map(({ migrated: { done, version }, target }) => ({ database: describeTarget(target), done, version })),
  Effect.catchTag("DatabaseUnusable", (error) =>
    Effect.flatMap(throughServer(error), ({ database, pending, pid, version }) =>
      pending.length === 0
        ? Effect.succeed({ database, done: [], version })
        : Effect.fail(
            new Refused({
              problem: `The server of process ${pid} holds the data directory and is of an older release: it lacks ${pending.join(", ")}`,
              remedy: "Start the server anew with this release: it migrates when it starts"
            })
          )
    )
  )
)

/** `rollcall db status`. */
export const migrationStatus: Effect.Effect<MigrationStatus, Refused> = Effect.all([loadDatabase, loadMigrations]).pipe(
  Effect.flatMap(([{ databaseVersion }, { pendingAfter }]) =>
    Effect.map(databaseVersion, ({ target, version }) => ({
      database: describeTarget(target),
      version,
      pending: pendingAfter(version)
    }))
  ),
  Effect.catchTag("DatabaseUnusable", (error) =>
    Effect.map(throughServer(error), ({ database, pending, version }) => ({ database, version, pending }))
  )
)
