import { PgClient } from "@effect/sql-pg"
import { Clock, Context, Effect, Layer, Schema } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient, type SqlError } from "effect/sql"
import { type DatabaseTarget, databaseTarget } from "./DatabaseConfig.ts"
import { DatabaseUnusable, explainMigrationError, explainSqlError } from "./DatabaseUnusable.ts"
import { hasDatabase, makeEmbedded, openEmbedded } from "./EmbeddedDatabase.ts"
import { EmbeddedUpkeep, keepTidy } from "./EmbeddedUpkeep.ts"
import { currentVersion, type Migrated, migrate } from "./Migrations.ts"
import { ReadSql } from "./ReadSql.ts"
import { WriteSql } from "./WriteSql.ts"

export interface DatabaseOptions {
  /** Where this process serves, written down for those whom it keeps out of an embedded database. */
  readonly address?: string | undefined
}

type Server = Extract<DatabaseTarget, { kind: "server" }>

/**
 * Settings of every session, whatever the server, the database or the role have set: what the statements rely on, and
 * limits that end a statement before its caller has given up (times in milliseconds).
 */
const session = {
  application_name: "rollcall",
  client_encoding: "UTF8",
  datestyle: "ISO",
  timezone: "UTC",
  default_transaction_isolation: "read committed",
  lock_timeout: "10000",
  statement_timeout: "30000",
  idle_in_transaction_session_timeout: "30000",
  // What is read is in memory or on a solid-state disk; at the default of 4 a page would be sorted rather than read in
  // the order of its index.
  random_page_cost: "1.1"
}

/**
 * The writers' sessions. Their statements find every row by its key, so one plan is as good as another for any number of
 * keys, and is made once; left to itself PostgreSQL plans some of them anew for each request, at several times the cost
 * of carrying them out.
 */
const writerSession = { ...session, plan_cache_mode: "force_generic_plan" }

const connection = ({ url }: Server) => ({ url, applicationName: "rollcall", keepAlive: "30 seconds" }) as const

/**
 * The clients of a server. Reads share a few connections and may not write; writers have each their own while they
 * write, since a statement that waits for a lock would stall those behind it on a shared one.
 */
const connectServer = Effect.fnUntraced(function* (server: Server) {
  const reads = yield* PgClient.make({
    ...connection(server),
    startupParameters: { ...session, default_transaction_read_only: "on" },
    multiplex: true,
    maxConnections: 4
  })
  const writes = yield* PgClient.make({ ...connection(server), startupParameters: writerSession, maxConnections: 10 })
  return Context.make(ReadSql, reads).pipe(Context.add(WriteSql, writes))
})

const oldestServer = 150_000

const decodeServer = Schema.decodeUnknownEffect(
  Schema.Tuple([Schema.Struct({ version: Schema.Int, encoding: Schema.String })])
)

/** Refuses a server that is older than promised, or stores another encoding than UTF-8. */
const checkServer = Effect.fnUntraced(function* (place: string, sql: SqlClient.SqlClient) {
  const rows = yield* sql`SELECT current_setting('server_version_num')::int AS version,
    current_setting('server_encoding') AS encoding`
  const [{ encoding, version }] = yield* Effect.orDie(decodeServer(rows))
  if (version < oldestServer) {
    return yield* new DatabaseUnusable({
      problem: `The database at ${place} is PostgreSQL ${Math.floor(version / 10_000)}`,
      remedy: "Use PostgreSQL 15 or newer"
    })
  }
  if (encoding !== "UTF8") {
    return yield* new DatabaseUnusable({
      problem: `The database at ${place} has the encoding ${encoding}`,
      remedy: "Create it with ENCODING 'UTF8'"
    })
  }
})

const explained = <A, R>(
  place: string,
  effect: Effect.Effect<A, Effect.Error<typeof migrate> | DatabaseUnusable | SqlError.SqlError, R>
): Effect.Effect<A, DatabaseUnusable, R> =>
  Effect.catchTag(effect, ["SqlError", "MigrationError"], (error) =>
    Effect.fail(error._tag === "SqlError" ? explainSqlError(place, error) : explainMigrationError(place, error))
  )

/**
 * Migrates a server over a connection of its own: a migration may take longer than any other statement, and may have
 * to wait for another server that migrates at this moment.
 */
const migrateServer = (server: Server): Effect.Effect<Migrated, DatabaseUnusable> =>
  Effect.gen(function* () {
    const sql = yield* PgClient.makeClient({
      ...connection(server),
      startupParameters: { ...session, lock_timeout: "300000", statement_timeout: "0" }
    })
    yield* checkServer(server.place, sql)
    return yield* Effect.provideService(migrate, SqlClient.SqlClient, sql)
  }).pipe((effect) => explained(server.place, effect), Effect.scoped, Effect.provide(Reactivity.layer))

const systemClock = Context.get(Context.empty(), Clock.Clock)

/** Opens what the environment names, brings its schema up to date, and gives the clients and what was done. */
const openMigrated = Effect.fnUntraced(function* (options: DatabaseOptions) {
  const target = yield* databaseTarget
  if (target.kind === "server") {
    // First alone, over one connection: a wrong address or password is then told once, at the start.
    const migrated = yield* migrateServer(target)
    const clients = yield* explained(target.place, connectServer(target))
    return { clients, migrated, target }
  }
  const directory = target.kind === "directory" ? target.directory : undefined
  const embedded = yield* openEmbedded({ directory, address: options.address })
  const { sql } = embedded
  const migrated = yield* explained(directory ?? "memory", Effect.provideService(migrate, SqlClient.SqlClient, sql))
  // The upkeep of files goes by the clock of the machine, whatever the clock that people's dates are judged by.
  const upkeep = yield* Effect.provideService(keepTidy(sql, embedded), Clock.Clock, systemClock)
  const clients = Context.make(ReadSql, sql).pipe(Context.add(WriteSql, sql), Context.add(EmbeddedUpkeep, upkeep))
  return { clients, migrated, target }
})

const tellNewer = ({ isNewer, version }: Migrated) =>
  isNewer
    ? Effect.logWarning(`The database's schema (${version}) is newer than this program: replace the program soon`)
    : Effect.void

/**
 * The database that the environment names (`DATABASE_URL`, else `DATA_DIR`), migrated when the layer is built.
 *
 * Fails with the one line for the operator when it cannot be reached or used; nothing is retried.
 */
export const layer = (options: DatabaseOptions = {}): Layer.Layer<ReadSql | WriteSql, DatabaseUnusable> =>
  Layer.effectContext(
    openMigrated(options).pipe(
      Effect.tap(({ migrated }) => tellNewer(migrated)),
      Effect.map(({ clients }) => clients)
    )
  ).pipe(Layer.provide(Reactivity.layer))

/** Only migrates, and tells what was done and where (`rollcall db migrate`). */
export const migrateDatabase: Effect.Effect<
  { readonly target: DatabaseTarget; readonly migrated: Migrated },
  DatabaseUnusable
> = openMigrated({}).pipe(
  Effect.map(({ migrated, target }) => ({ migrated, target })),
  Effect.scoped,
  Effect.provide(Reactivity.layer)
)

/** The latest migration that a server's database has, asked over a connection that may not write. */
const serverVersion = (server: Server): Effect.Effect<number, DatabaseUnusable> =>
  Effect.gen(function* () {
    const sql = yield* PgClient.makeClient({
      ...connection(server),
      startupParameters: { ...session, default_transaction_read_only: "on" }
    })
    yield* checkServer(server.place, sql)
    return yield* Effect.provideService(currentVersion, SqlClient.SqlClient, sql)
  }).pipe((effect) => explained(server.place, effect), Effect.scoped, Effect.provide(Reactivity.layer))

/** Only looks: the latest migration that the database has, 0 where there is none; nothing is made or migrated (`rollcall db status`). */
export const databaseVersion: Effect.Effect<
  { readonly target: DatabaseTarget; readonly version: number },
  DatabaseUnusable
> = Effect.gen(function* () {
  const target = yield* databaseTarget
  if (target.kind === "server") return { target, version: yield* serverVersion(target) }
  if (target.kind !== "directory" || !hasDatabase(target.directory)) return { target, version: 0 }
  const sql = yield* makeEmbedded({ directory: target.directory })
  const read = Effect.provideService(currentVersion, SqlClient.SqlClient, sql)
  return { target, version: yield* explained(target.directory, read) }
}).pipe(Effect.scoped, Effect.provide(Reactivity.layer))
