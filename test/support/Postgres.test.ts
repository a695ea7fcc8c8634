import pg from "pg"
import { assert, describe, it } from "vitest"
import { createDatabase } from "./Postgres.ts"

const firstRow = async (url: string, text: string): Promise<ReadonlyArray<unknown> | undefined> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Array<unknown>>({ text, rowMode: "array" })
    return rows[0]
  } finally {
    await client.end()
  }
}

describe("PostgreSQL for tests", () => {
  it("is PostgreSQL 15 with a language's collation and room for 200 connections", async () => {
    const { drop, url } = await createDatabase()
    const settings =
      "current_setting('server_version_num')::int / 10000, current_setting('max_connections')::int >= 200"
    assert.deepStrictEqual(await firstRow(url, `SELECT ${settings}, 'a' < 'B'`), [15, true, true])
    await drop()
  })

  it("keeps databases apart, and dropping one ends its connections", async () => {
    const [one, two] = [await createDatabase(), await createDatabase()]
    const client = new pg.Client({ connectionString: one.url })
    const ended = new Promise((resolve) => client.on("error", resolve))
    await client.connect()
    await client.query("CREATE TABLE only_here (id int)")
    assert.deepStrictEqual(await firstRow(two.url, "SELECT to_regclass('only_here')"), [null])
    await one.drop()
    await ended
    await two.drop()
  })
})
