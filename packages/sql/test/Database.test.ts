import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Deferred, Effect, Fiber } from "effect"
import type { SqlClient } from "effect/sql"
import { freePort } from "../../../test/support/FreePort.ts"
import { createDatabase } from "../../../test/support/Postgres.ts"
import { layer, migrateDatabase } from "../src/Database.ts"
import { migrations } from "../src/Migrations.ts"
import { ReadSql } from "../src/ReadSql.ts"
import { WriteSql } from "../src/WriteSql.ts"

const withEnvironment = (variables: Record<string, string>) =>
  Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables)))

const emptyDatabase = Effect.acquireRelease(Effect.promise(createDatabase), (database) => Effect.promise(database.drop))

const settingsOf = (sql: SqlClient.SqlClient) =>
  sql`SELECT current_setting('application_name') AS application, current_setting('lock_timeout') AS lock,
    current_setting('statement_timeout') AS statement, current_setting('idle_in_transaction_session_timeout') AS idle,
    current_setting('default_transaction_isolation') AS isolation, current_setting('TimeZone') AS zone`

describe("the database layer on PostgreSQL 15", () => {
  it.effect("migrates when it is built, and gives sessions with limits whatever the database has set", () =>
    Effect.gen(function* () {
      const { url } = yield* emptyDatabase
      const name = new URL(url).pathname.slice(1)
      const sessions = yield* Effect.gen(function* () {
        const [reads, writes] = [yield* ReadSql, yield* WriteSql]
        yield* writes.unsafe(`ALTER DATABASE ${name} SET default_transaction_isolation = 'serializable'`)
        yield* writes.unsafe(`ALTER DATABASE ${name} SET statement_timeout = '1h'`)
        yield* writes.unsafe(`ALTER DATABASE ${name} SET TimeZone = 'Europe/Copenhagen'`)
        // A transaction keeps its session, so that the next statement needs another one.
        return [...(yield* settingsOf(reads)), ...(yield* writes.withTransaction(settingsOf(writes)))]
      }).pipe(Effect.provide(layer()), withEnvironment({ DATABASE_URL: url }))
      const again = yield* Effect.gen(function* () {
        return [...(yield* settingsOf(yield* ReadSql)), ...(yield* settingsOf(yield* WriteSql))]
      }).pipe(Effect.provide(layer()), withEnvironment({ DATABASE_URL: url }))
      const expected = {
        application: "rollcall",
        lock: "10s",
        statement: "30s",
        idle: "30s",
        isolation: "read committed",
        zone: "UTC"
      }
      assert.deepStrictEqual([...sessions, ...again], [expected, expected, expected, expected])
    })
  )

  it.effect("reads cannot write, and are answered while every writer waits for a lock", () =>
    Effect.gen(function* () {
      const { url } = yield* emptyDatabase
      yield* Effect.gen(function* () {
        const [reads, writes] = [yield* ReadSql, yield* WriteSql]
        const refused = yield* Effect.flip(reads`DELETE FROM event`)
        assert.match(String(refused.reason.cause), /read-only transaction/)
        const [locked, release] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const holder = yield* Effect.forkChild(
          writes.withTransaction(
            Effect.gen(function* () {
              yield* writes`LOCK TABLE event IN ACCESS EXCLUSIVE MODE`
              yield* Deferred.succeed(locked, undefined)
              yield* Deferred.await(release)
            })
          )
        )
        yield* Deferred.await(locked)
        const waiting = yield* Effect.forkChild(
          Effect.all(
            Array.from({ length: 30 }, () => writes`SELECT 1 AS one FROM event`),
            { concurrency: "unbounded" }
          )
        )
        // The pool has ten connections, one of which holds the lock.
        while ((yield* reads`SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'event'::regclass`).length < 9) {
          yield* Effect.yieldNow
        }
        yield* Deferred.succeed(release, undefined)
        yield* Fiber.join(holder)
        assert.strictEqual((yield* Fiber.join(waiting)).length, 30)
      }).pipe(Effect.provide(layer()), withEnvironment({ DATABASE_URL: url }))
    })
  )

  it.effect("db migrate tells what was done, and then nothing", () =>
    Effect.gen(function* () {
      const { url } = yield* emptyDatabase
      const run = withEnvironment({ DATABASE_URL: url })(migrateDatabase)
      const first = yield* run
      assert.deepStrictEqual(first.migrated.done, Object.keys(migrations))
      assert.strictEqual(first.target.kind, "server")
      assert.deepStrictEqual((yield* run).migrated.done, [])
    })
  )
})

describe("a database that cannot be used is told in one line without a secret", () => {
  const told = (url: string) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.scoped(withEnvironment({ DATABASE_URL: url })(migrateDatabase)))
      assert.notInclude(error.message, "hunter2")
      assert.notInclude(error.message, "\n")
      return error.message
    })
  const changed = (url: string, change: (url: URL) => void) => {
    const other = new URL(url)
    change(other)
    return other.href
  }

  it.effect("nobody listens", () =>
    Effect.gen(function* () {
      const port = yield* Effect.promise(freePort)
      assert.strictEqual(
        yield* told(`postgresql://rollcall:hunter2@127.0.0.1:${port}/rollcall`),
        `The database at 127.0.0.1:${port}/rollcall refused the connection. Check DATABASE_URL, and that the database is running and can be reached from here.`
      )
    })
  )
  it.effect("a wrong password", () =>
    Effect.gen(function* () {
      const { url } = yield* emptyDatabase
      const line = yield* told(changed(url, (it) => (it.password = "hunter2")))
      assert.match(line, /^The database at 127\.0\.0\.1:\d+\/test_\w+ refused the password\. Check the user/)
    })
  )
  it.effect("no such database", () =>
    Effect.gen(function* () {
      const { url } = yield* emptyDatabase
      assert.match(
        yield* told(changed(url, (it) => (it.pathname = "/nowhere"))),
        /\/nowhere does not exist\. Create it/
      )
    })
  )
  it.effect("no URL at all, or one of another kind, or one cut short by a character of the password", () =>
    Effect.gen(function* () {
      for (const url of ["hunter2", "mysql://root:hunter2@localhost/x", "postgresql://u:hunter2/3@h/x"]) {
        assert.match(yield* told(url), /^DATABASE_URL is no PostgreSQL URL\./)
      }
    })
  )
  it.effect("an unknown sslmode, and a server without TLS", () =>
    Effect.gen(function* () {
      const { url } = yield* emptyDatabase
      assert.match(yield* told(`${url}?sslmode=hunter`), /sslmode/)
      assert.match(yield* told(`${url}?sslmode=require`), /over TLS/)
    })
  )
  it.effect("another program's tables", () =>
    Effect.gen(function* () {
      const { url } = yield* emptyDatabase
      const run = withEnvironment({ DATABASE_URL: url })
      yield* run(migrateDatabase)
      yield* Effect.gen(function* () {
        yield* (yield* WriteSql)`DELETE FROM schema_migration`
      }).pipe(Effect.provide(layer()), run)
      assert.match(yield* told(url), /was not migrated.*already exists\. Use a database of its own/)
    })
  )
  it.effect("an encoding that is not UTF-8", () =>
    Effect.gen(function* () {
      const { url } = yield* emptyDatabase
      const admin = { DATABASE_URL: url }
      yield* Effect.gen(function* () {
        yield* (yield* WriteSql).unsafe(
          "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0"
        )
      }).pipe(Effect.provide(layer()), withEnvironment(admin))
      assert.match(yield* told(changed(url, (it) => (it.pathname = "/latin"))), /has the encoding LATIN1\. Create it/)
      yield* Effect.gen(function* () {
        yield* (yield* WriteSql).unsafe("DROP DATABASE latin")
      }).pipe(Effect.provide(layer()), withEnvironment(admin))
    })
  )
})
