import pg from "pg"

/** An e-mail that an organisation owed, as the outbox shows it. */
export interface OwedMail {
  readonly occasion: string
  readonly state: string
  readonly recipient: string | null
}

/** What one organisation's outbox holds, read from the tables, and how many events nobody has looked at for e-mails yet. */
export const readOutbox = async (
  url: string,
  subdomain: string
): Promise<{ readonly mails: ReadonlyArray<OwedMail>; readonly unread: number }> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const own = "organization_id = (SELECT organization_id FROM organization WHERE subdomain = $1)"
    const { rows: mails } = await client.query<OwedMail>(
      `SELECT occasion, state, recipient FROM outbox_mail WHERE ${own} ORDER BY owed_at, key`,
      [subdomain]
    )
    const { rows } = await client.query<{ readonly unread: string }>(
      `SELECT event_sequence - COALESCE((SELECT max(position) FROM event_consumer WHERE ${own}), 0) AS unread
       FROM organization WHERE subdomain = $1`,
      [subdomain]
    )
    return { mails, unread: Number(rows[0]?.unread) }
  } finally {
    await client.end()
  }
}
