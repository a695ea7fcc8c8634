import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Effect, Schema } from "effect"
import { migrationTable } from "./Migrations.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"

/** Whether storage answers just now: one statement that reads nothing. */
export const probeStore: Effect.Effect<void, StoreUnavailable, ReadSql> = Effect.flatMap(ReadSql, (sql) =>
  storeFailures("probe", Effect.asVoid(sql.unsafe("SELECT 1")))
)

const decodeLatest = Schema.decodeUnknownEffect(Schema.Tuple([Schema.Struct({ version: Schema.Int })]))

/** The number of the latest migration that the database has. */
export const latestMigration: Effect.Effect<number, StoreUnavailable, ReadSql> = Effect.flatMap(ReadSql, (sql) =>
  storeFailures(
    "read",
    Effect.flatMap(sql`SELECT max(migration_id) AS version FROM ${sql(migrationTable)}`, (rows) =>
      Effect.map(Effect.orDie(decodeLatest(rows)), ([{ version }]) => version)
    )
  )
)

const decodeTime = Schema.decodeUnknownEffect(Schema.Tuple([Schema.Struct({ now: Schema.Number })]))

/** What the clock of the database shows, in milliseconds since 1970 UTC. */
export const databaseTime: Effect.Effect<number, StoreUnavailable, ReadSql> = Effect.flatMap(ReadSql, (sql) =>
  storeFailures(
    "read",
    Effect.flatMap(sql`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`, (rows) =>
      Effect.map(Effect.orDie(decodeTime(rows)), ([{ now }]) => now)
    )
  )
)
