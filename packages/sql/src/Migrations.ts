import { Effect, Schema } from "effect"
import { Migrator, SqlClient } from "effect/sql"
import createDirectory from "./migrations/0001_create_directory.ts"
import addRules from "./migrations/0002_add_rules.ts"
import createOutbox from "./migrations/0003_create_outbox.ts"
import createPassword from "./migrations/0004_create_password.ts"
import createGroupTypes from "./migrations/0005_create_group_types.ts"
import searchLog from "./migrations/0006_search_log.ts"
import findManagers from "./migrations/0007_find_managers.ts"
import addPublicApi from "./migrations/0008_add_public_api.ts"
import publishEvents from "./migrations/0009_publish_events.ts"
import createOAuth from "./migrations/0010_create_oauth.ts"
import createWebhooks from "./migrations/0011_create_webhooks.ts"
import limitRequests from "./migrations/0012_limit_requests.ts"
import createImports from "./migrations/0013_create_imports.ts"
import searchPeople from "./migrations/0014_search_people.ts"
import countForOverview from "./migrations/0015_count_for_overview.ts"
import uploadImports from "./migrations/0016_upload_imports.ts"
import findUploads from "./migrations/0017_find_uploads.ts"
import updateInPlace from "./migrations/0018_update_in_place.ts"
import trustTheGuard from "./migrations/0019_trust_the_guard.ts"
import keepLogAsItIs from "./migrations/0020_keep_log_as_it_is.ts"

/** Every migration, in order, under the name by which databases remember it: never renamed, removed or changed once released. */
export const migrations = {
  "0001_create_directory": createDirectory,
  "0002_add_rules": addRules,
  "0003_create_outbox": createOutbox,
  "0004_create_password": createPassword,
  "0005_create_group_types": createGroupTypes,
  "0006_search_log": searchLog,
  "0007_find_managers": findManagers,
  "0008_add_public_api": addPublicApi,
  "0009_publish_events": publishEvents,
  "0010_create_oauth": createOAuth,
  "0011_create_webhooks": createWebhooks,
  "0012_limit_requests": limitRequests,
  "0013_create_imports": createImports,
  "0014_search_people": searchPeople,
  "0015_count_for_overview": countForOverview,
  "0016_upload_imports": uploadImports,
  "0017_find_uploads": findUploads,
  "0018_update_in_place": updateInPlace,
  "0019_trust_the_guard": trustTheGuard,
  "0020_keep_log_as_it_is": keepLogAsItIs
}

/** The table in which a database remembers what was done to it. */
export const migrationTable = "schema_migration"

/** The migrations that a database of this version lacks, in order. */
export const pendingAfter = (version: number): ReadonlyArray<string> =>
  Object.keys(migrations)
    .filter((name) => Number.parseInt(name, 10) > version)
    .sort()

/** What happened: the migrations that ran just now, and the latest that the database had before or has now. */
export interface Migrated {
  readonly done: ReadonlyArray<string>
  readonly version: number
  /** The database was migrated by a newer release: while servers are being replaced, old and new run side by side. */
  readonly isNewer: boolean
}

const decodeVersion = Schema.decodeUnknownEffect(Schema.Tuple([Schema.Struct({ version: Schema.Int })]))

const latestKnown = Math.max(...Object.keys(migrations).map((name) => Number.parseInt(name, 10)))

const nameOf = ([id, name]: readonly [id: number, name: string]) => `${String(id).padStart(4, "0")}_${name}`

/**
 * Brings the schema up to date, forward only, all in one transaction: a failure or a kill leaves it as it was.
 *
 * Safe when any number of servers start at once on an empty database: each takes the table of migrations exclusively
 * before it looks, so one migrates and the others wait and then find nothing to do.
 */
export const migrate: Effect.Effect<
  Migrated,
  Migrator.MigrationError | Effect.Error<ReturnType<SqlClient.SqlClient["unsafe"]>>,
  SqlClient.SqlClient
> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const done = yield* Migrator.make({})({ loader: Migrator.fromRecord(migrations), table: migrationTable })
  const rows = yield* sql`SELECT max(migration_id) AS version FROM ${sql(migrationTable)}`
  const [{ version }] = yield* Effect.orDie(decodeVersion(rows))
  return { done: done.map(nameOf), version, isNewer: version > latestKnown }
})

/** The latest migration that a database has; 0 where it has none. It is left as it is. */
export const currentVersion: Effect.Effect<
  number,
  Effect.Error<ReturnType<SqlClient.SqlClient["unsafe"]>>,
  SqlClient.SqlClient
> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const found = yield* sql`SELECT (to_regclass(${migrationTable}) IS NOT NULL)::int AS version`
  const [{ version: isThere }] = yield* Effect.orDie(decodeVersion(found))
  if (isThere === 0) return 0
  const rows = yield* sql`SELECT coalesce(max(migration_id), 0) AS version FROM ${sql(migrationTable)}`
  const [{ version }] = yield* Effect.orDie(decodeVersion(rows))
  return version
})
