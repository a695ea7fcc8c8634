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
 * Starts something while the row of the organisation is locked, until so many writers wait for it, and then lets go: they
 * have all begun, and none of them has written.
 *
 * Writers that wait and have read before (without the lock) then write from what is outdated, every time.
 */
export const whileLocked = async <A>(
  url: string,
  subdomain: string,
  writers: number,
  start: () => Promise<A>,
  meanwhile: () => Promise<void> = async () => undefined
): Promise<A> => {
  const running = await withDatabase(url, async (client) => {
    await client.query("BEGIN")
    await client.query("SELECT 1 FROM organization WHERE subdomain = $1 FOR UPDATE", [subdomain])
    const started = start()
    // Its failure is told below; until then nobody looks.
    started.catch(() => undefined)
    await waitForWaiters(client, writers)
    await meanwhile()
    await client.query("COMMIT")
    // Not to be awaited in here.
    return { started }
  })
  return running.started
}
