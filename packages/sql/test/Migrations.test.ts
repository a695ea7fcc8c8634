import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient } from "effect/sql"
import { createDatabase } from "../../../test/support/Postgres.ts"
import { makeEmbedded } from "../src/EmbeddedDatabase.ts"
import { migrate, migrations } from "../src/Migrations.ts"

const names = Object.keys(migrations)

const emptyDatabase = Effect.map(
  Effect.acquireRelease(Effect.promise(createDatabase), (database) => Effect.promise(database.drop)),
  ({ url }) => Redacted.make(url)
)
const connect = (url: Redacted.Redacted<string>) => PgClient.makeClient({ url }).pipe(Effect.provide(Reactivity.layer))
const migrateWith = (sql: SqlClient.SqlClient) => Effect.provideService(migrate, SqlClient.SqlClient, sql)

// One of them makes an embedded database, which takes seconds of computing.
describe("migrations", { timeout: 120_000 }, () => {
  it("have numbers without gaps, in the order of their names", () => {
    assert.deepStrictEqual(
      names.map((name) => Number(name.slice(0, 4))),
      names.map((_, index) => index + 1)
    )
    for (const name of names) assert.match(name, /^\d{4}_[a-z_]+$/)
  })

  it.effect(
    "eight servers that start at once on an empty database migrate it once, and a later one finds nothing",
    () =>
      Effect.gen(function* () {
        const url = yield* emptyDatabase
        const clients = yield* Effect.all(Array.from({ length: 8 }, () => connect(url)))
        const all = yield* Effect.all(clients.map(migrateWith), { concurrency: "unbounded" })
        assert.deepStrictEqual(
          all.flatMap(({ done }) => done),
          names
        )
        assert.isTrue(all.every(({ isNewer, version }) => version === names.length && !isNewer))
        const later = yield* Effect.flatMap(connect(url), migrateWith)
        assert.deepStrictEqual(later.done, [])
      })
  )

  it.effect("a server that finds the migration under way waits until it is done, without an advisory lock", () =>
    Effect.gen(function* () {
      const url = yield* emptyDatabase
      const [first, second] = [yield* connect(url), yield* connect(url)]
      const watcher = yield* connect(url)
      yield* migrateWith(first)
      const [locked, release] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const migrating = yield* Effect.forkChild(
        first.withTransaction(
          Effect.gen(function* () {
            yield* first`LOCK TABLE schema_migration IN ACCESS EXCLUSIVE MODE`
            yield* Deferred.succeed(locked, undefined)
            yield* Deferred.await(release)
          })
        )
      )
      yield* Deferred.await(locked)
      const late = yield* Effect.forkChild(migrateWith(second))
      while ((yield* watcher`SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'relation'`).length === 0) {
        yield* Effect.yieldNow
      }
      assert.isUndefined(late.pollUnsafe())
      yield* Deferred.succeed(release, undefined)
      yield* Fiber.join(migrating)
      assert.deepStrictEqual((yield* Fiber.join(late)).done, [])
      assert.deepStrictEqual(yield* watcher`SELECT 1 FROM pg_locks WHERE locktype = 'advisory'`, [])
    })
  )

  it.effect("a migration that fails leaves nothing behind", () =>
    Effect.gen(function* () {
      const sql = yield* Effect.flatMap(emptyDatabase, connect)
      // A table that a late statement of the first migration makes.
      yield* sql`CREATE TABLE event (other text)`
      const failure = yield* Effect.flip(migrateWith(sql))
      assert.strictEqual(failure._tag, "MigrationError")
      const tables = yield* sql`SELECT table_name AS name FROM information_schema.tables
        WHERE table_schema = 'public' ORDER BY table_name`
      assert.deepStrictEqual(
        tables.map(({ name }) => name),
        ["event", "schema_migration"]
      )
      assert.deepStrictEqual(yield* sql`SELECT * FROM schema_migration`, [])
    })
  )

  it.effect("a database that a newer release has migrated is recognised", () =>
    Effect.gen(function* () {
      const sql = yield* Effect.flatMap(emptyDatabase, connect)
      yield* migrateWith(sql)
      yield* sql`INSERT INTO schema_migration (migration_id, name) VALUES (9999, 'of_the_future')`
      assert.deepStrictEqual(yield* migrateWith(sql), { done: [], version: 9999, isNewer: true })
    })
  )

  it.effect("PostgreSQL 15 and the embedded database get the same tables, columns and indexes", () =>
    Effect.gen(function* () {
      const server = yield* Effect.flatMap(emptyDatabase, connect)
      const embedded = yield* Effect.provide(makeEmbedded({ directory: undefined }), Reactivity.layer)
      const shape = (sql: SqlClient.SqlClient) =>
        Effect.gen(function* () {
          yield* migrateWith(sql)
          const columns = yield* sql`
            SELECT table_name::text, column_name::text, data_type::text, is_nullable::text, collation_name::text
            FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name::text COLLATE "C", ordinal_position`
          const indexes = yield* sql`
            SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname::text COLLATE "C"`
          return { columns, indexes }
        })
      const { columns, indexes } = yield* shape(server)
      assert.isAbove(columns.length, 50)
      assert.deepStrictEqual(yield* shape(embedded), { columns, indexes })
    })
  )

  it.effect(
    "every unique key begins with the organisation, but for look-up tables and what is of the installation",
    () =>
      Effect.gen(function* () {
        const sql = yield* Effect.flatMap(emptyDatabase, connect)
        yield* migrateWith(sql)
        const others = yield* sql`
        SELECT i.indrelid::regclass::text AS name FROM pg_index i
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace
        WHERE i.indisunique AND a.attname <> 'organization_id' ORDER BY 1`
        assert.deepStrictEqual(
          others.map(({ name }) => name),
          ["access_key_hash", "installation_secret", "organization_host", "schema_migration"]
        )
      })
  )
})
