import { randomUUID } from "node:crypto"
import pg from "pg"
import { idOf } from "./Company.ts"
import { userName } from "./Person.ts"
import type { Sent } from "./SentStatements.ts"

/**
 * The floor of the start day: the same tables changed by hand, with nothing looked up and nothing decided. Who is due is
 * known, each batch is one statement and so one durable transaction.
 */

const statement = `
  WITH state AS (
    UPDATE user_account SET standing = $3, starts_on = NULL WHERE organization_id = $1 AND id = ANY ($2::uuid[])
  ), log AS (
    INSERT INTO log_entry (organization_id, sequence, at, outcome, subject_id, entry)
    SELECT $1, $4::bigint + n, now(), 'updated', id, entry
    FROM unnest($2::uuid[], $5::text[]) WITH ORDINALITY AS line (id, entry, n)
  )
  INSERT INTO event (organization_id, sequence, at, type, data)
  SELECT $1, $4::bigint + n, now(), 'user.started', data FROM unnest($6::text[]) WITH ORDINALITY AS line (data, n)`

const at = 1_804_723_200_000

const logEntry = (id: string, n: number): string =>
  JSON.stringify({
    at,
    requestId: randomUUID(),
    actor: { keyId: "clock", keyLabel: "clock", client: "clock" },
    request: "clock",
    outcome: "updated",
    subject: { type: "User", id, name: userName("starters", n) },
    mails: ["startDay"]
  })

/** Connects, and gives what starts everybody. */
export const startByHand = async (
  connectionString: string,
  organization: string,
  people: number,
  batch: number
): Promise<{ readonly run: () => Promise<ReadonlyArray<Sent>>; readonly end: () => Promise<void> }> => {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const run = async () => {
    const sent: Array<Sent> = []
    for (let from = 0; from < people; from += batch) {
      const ids = Array.from({ length: Math.min(batch, people - from) }, (_, i) => idOf(from + i))
      const values = [
        organization,
        ids,
        JSON.stringify({ startedAt: at }),
        1_000_000 + from,
        ids.map((id, i) => logEntry(id, from + i)),
        ids.map((id) => JSON.stringify({ user: id, version: 1, mail: "startDay" }))
      ]
      await client.query({ name: "start", text: statement, values })
      sent.push({ text: statement, params: values })
    }
    return sent
  }
  return { run, end: () => client.end() }
}
