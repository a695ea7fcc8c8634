import { layer as suite } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { createDatabase } from "../../../test/support/Postgres.ts"
import { layer as database } from "../src/Database.ts"
import type { ReadSql } from "../src/ReadSql.ts"
import type { WriteSql } from "../src/WriteSql.ts"

const environment = (variables: Record<string, string>) => ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables))

/** An empty, migrated database of its own on the PostgreSQL 15 of this test run. */
export const layerPostgres: Layer.Layer<ReadSql | WriteSql> = Layer.unwrap(
  Effect.map(
    Effect.acquireRelease(Effect.promise(createDatabase), (made) => Effect.promise(made.drop)),
    ({ url }) => Layer.provide(database(), environment({ DATABASE_URL: url }))
  )
).pipe(Layer.orDie)

/** An empty, migrated embedded database in memory. */
export const layerEmbedded: Layer.Layer<ReadSql | WriteSql> = Layer.orDie(
  Layer.provide(database(), environment({ DATA_DIR: "memory:" }))
)

/** Both kinds of database, for contract suites: `[name, layer]`. */
export const databases = [
  ["PostgreSQL 15", layerPostgres],
  ["embedded", layerEmbedded]
] as const

type Suite<R> = Parameters<ReturnType<typeof suite<R, never>>>[1]

/** Runs one suite on PostgreSQL 15 and on the embedded database, each made for it. */
export const onBothDatabases = <R>(
  name: string,
  provide: (database: Layer.Layer<ReadSql | WriteSql>) => Layer.Layer<R>,
  tests: Suite<R>
): void => {
  for (const [kind, layer] of databases) {
    suite(provide(Layer.fresh(layer)), { timeout: "60 seconds" })(`${name} (${kind})`, tests)
  }
}
