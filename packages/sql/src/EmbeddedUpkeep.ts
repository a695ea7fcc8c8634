import { open, readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { Clock, Context, Effect, Schema, type Scope } from "effect"
import type { SqlClient, SqlError } from "effect/sql"

/**
 * What PostgreSQL's background processes do elsewhere, and nobody in the embedded database: it has none. Dead rows would stay for
 * ever, and so would the write-ahead log of all that was written since it was opened.
 */
export interface Upkeep {
  /** Frees now what can be freed; for those who have the session to themselves for long. */
  readonly tidy: Effect.Effect<void>
}

/** The upkeep of the database that is open here; undefined where a server looks after itself. */
export const EmbeddedUpkeep = Context.Reference<Upkeep | undefined>("@rollcall/sql/EmbeddedUpkeep", {
  defaultValue: () => undefined
})

/** Bounds of the log that is kept, in megabytes: what may have been written since the last checkpoint, and what is kept for reuse. */
export const logSize = { sinceCheckpoint: 128, kept: 256 }

/**
 * A table is vacuumed when more of its rows are dead than 1,000 and a fifth of those that live, or than 50,000: as autovacuum does,
 * with a bound, since everybody waits meanwhile. 100,000 dead rows in a table of as many took 0.4 s, 20,000 took 0.08 s. It is
 * analyzed, if it is ours, when as many have changed, or when what was known of it is lost, as it is
 * whenever the database is closed.
 */
const findChores = `WITH held AS (
    SELECT format('%I.%I', stat.schemaname, stat.relname) AS name, stat.n_dead_tup AS dead, stat.n_mod_since_analyze AS changed,
      stat.schemaname = 'public' AS is_ours,
      least(1000 + 0.2 * stat.n_live_tup, 50000) AS bound, stat.n_live_tup = 0 AND class.reltuples > 1000 AS unknown
    FROM pg_stat_all_tables AS stat JOIN pg_class AS class ON class.oid = stat.relid
    WHERE stat.schemaname <> 'pg_toast' AND class.relpersistence <> 't')
  SELECT statement, urgency > 0 AS frees FROM (
    SELECT CASE WHEN dead > bound THEN dead / bound ELSE 0 END AS urgency, CASE
      WHEN dead > bound AND changed > bound THEN 'VACUUM (ANALYZE) ' || name
      WHEN dead > bound THEN 'VACUUM ' || name
      ELSE 'ANALYZE ' || name END AS statement
    FROM held WHERE dead > bound OR (is_ours AND (changed > bound OR unknown))
    UNION ALL
    SELECT 0.5, 'CHECKPOINT' FROM pg_control_checkpoint()
    WHERE pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn) > $1::float8 * 1024 * 1024) AS chore
  ORDER BY urgency DESC, statement`

/** A statement that is to be run alone, outside of a transaction. */
const Chore = Schema.Struct({
  statement: Schema.String,
  /** Whether it frees space, and not only tells the planner. */
  frees: Schema.Boolean
})
export type Chore = typeof Chore.Type

const decodeChores = Schema.decodeUnknownEffect(Schema.Array(Chore))

/** What is due, the most urgent first; the log, in megabytes, may be so long since the last checkpoint. */
export const dueChores = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  sinceCheckpoint = logSize.sinceCheckpoint
): Effect.fn.Return<ReadonlyArray<Chore>, SqlError.SqlError> {
  // What was counted is told within a second at best, and to whoever asks for it at once.
  yield* sql.unsafe("SELECT pg_stat_force_next_flush()")
  return yield* Effect.orDie(decodeChores(yield* sql.unsafe(findChores, [sinceCheckpoint])))
})

/** Of a checkpoint's files so many are written through at a time. */
const flushed = 4

/**
 * Has the system write through what a checkpoint has written: the database itself does not, and the log from before is not kept.
 * Without it a power cut could break files that no log can mend; it takes place beside the requests.
 */
const flushFiles = Effect.fnUntraced(function* (directory: string, since: number) {
  const names = yield* Effect.promise(() => readdir(directory, { recursive: true }))
  const sync = async (name: string): Promise<void> => {
    const path = join(directory, name)
    const { mtimeMs } = await stat(path)
    if (mtimeMs < since) return
    const file = await open(path, "r")
    await file.sync().finally(() => file.close())
  }
  yield* Effect.forEach(
    names,
    // A file that is gone meanwhile need not be kept.
    (name) => Effect.ignore(Effect.tryPromise(() => sync(name))),
    { concurrency: flushed, discard: true }
  )
})

export interface UpkeepOptions {
  /** Where the database has its files; undefined: in memory. */
  readonly files: string | undefined
  /** Grows with every use of the session. */
  readonly uses: () => number
  /** How long the log may be since the last checkpoint, in megabytes. */
  readonly sinceCheckpoint?: number
}

/** Between two looks at what is due; a look takes some milliseconds. */
const pause = "1 minute"

/** Nobody has asked for anything for so long: it is quiet. */
const quiet = "250 millis"

/** So often a quiet moment is waited for; then it is done anyway, 30 seconds after it was found due. */
const patience = 120

/**
 * Keeps the embedded database tidy until the scope ends: once a minute it looks for what is due, and does that, table by table,
 * each at a quiet moment if there is one. There is one session, so requests wait for the chore that is being done, and go before
 * the next one.
 */
export const keepTidy = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  { files, sinceCheckpoint, uses }: UpkeepOptions
): Effect.fn.Return<Upkeep, never, Scope.Scope> {
  let flushedAt = 0
  const perform = Effect.fnUntraced(function* ({ statement }: Chore) {
    yield* sql.unsafe(statement)
    if (statement !== "CHECKPOINT" || files === undefined) return
    const since = flushedAt
    flushedAt = yield* Clock.currentTimeMillis
    yield* flushFiles(files, since)
  })
  const untilQuiet = Effect.gen(function* () {
    for (let waited = 0; waited < patience; waited++) {
      const before = uses()
      yield* Effect.sleep(quiet)
      if (uses() === before) return
    }
  })
  const logged = Effect.catchCause((cause) =>
    Effect.logWarning("The database could not be tidied; the next time it is tried again", cause)
  )
  const round = Effect.gen(function* () {
    for (const chore of yield* dueChores(sql, sinceCheckpoint)) {
      yield* untilQuiet
      yield* perform(chore)
    }
  }).pipe(logged)
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(pause), round)))
  const tidy = Effect.flatMap(dueChores(sql, sinceCheckpoint), (due) =>
    Effect.forEach(
      due.filter(({ frees }) => frees),
      perform,
      { discard: true }
    )
  )
  return { tidy: logged(tidy) }
})
