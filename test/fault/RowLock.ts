import type pg from "pg"
import { withDatabase } from "./Ledger.ts"

const waiting = `SELECT count(*)::int AS count FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'`

const WAIT_SECONDS = 25

const waitForWaiters = async (client: pg.Client, writers: number): Promise<void> => {
  const deadline = Date.now() + WAIT_SECONDS * 1_000
  for (;;) {
    // Within a transaction the view stands still otherwise.
    await client.query("SELECT pg_stat_clear_snapshot()")
    const { rows } = await client.query<{ count: number }>(waiting)
    if ((rows[0]?.count ?? 0) >= writers) return
    if (Date.now() > deadline) throw new Error(`no ${writers} writers came to wait for the organisation's row`)
  }
}

/**
 * Holds the lock on the organisation's row while `start` runs, and then waits for what it has started. So that all of it
 * has begun and none of it is written, `start` waits until so many writers wait for the row.
 *
 * Whoever has read before that, and then writes without another look, writes from what is outdated: every time.
 */
export const whileLocked = async <A>(
  url: string,
  subdomain: string,
  start: (untilWaiting: (writers: number) => Promise<void>) => Promise<ReadonlyArray<Promise<A>>>
): Promise<ReadonlyArray<A>> => {
  const { started } = await withDatabase(url, async (client) => {
    await client.query("BEGIN")
    await client.query("SELECT 1 FROM organization WHERE subdomain = $1 FOR UPDATE", [subdomain])
    const started = await start((writers) => waitForWaiters(client, writers))
    await client.query("COMMIT")
    // Wrapped: it is not to be awaited before the lock is gone.
    return { started }
  })
  return Promise.all(started)
}
