import { assert } from "@effect/vitest"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Effect, identity } from "effect"
import { sweepPreview } from "../src/PreviewSweep.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { onBothDatabases } from "./BothDatabases.ts"

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`
const acme = OrganizationId.make(id(1))
const other = OrganizationId.make(id(2))
const day = 24 * 60 * 60 * 1_000

/** What a dry run keeps of so many people: half of them wait for one manager, so have one key. */
const keep = Effect.fnUntraced(function* (organization: OrganizationId, preview: string, people: number, at: number) {
  const sql = yield* WriteSql
  const params = [organization, preview, people, at]
  const user = "('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid"
  const row = `$1::uuid, $2::uuid, ${user}`
  const rows = `FROM generate_series(1, $3::int4) AS n`
  yield* sql.unsafe(
    `INSERT INTO csv_preview_user (organization_id, preview_id, user_id, state, made_at)
     SELECT ${row}, '{}', to_timestamp($4::float8 / 1000) ${rows}`,
    params
  )
  yield* sql.unsafe(
    `INSERT INTO csv_preview_key (organization_id, preview_id, user_id, key, made_at)
     SELECT ${row}, CASE WHEN n % 2 = 0 THEN 'wboss@halden.example' ELSE 'e' || n END, to_timestamp($4::float8 / 1000) ${rows}`,
    params
  )
})

/** The previews of which anything is kept, by table. */
const kept = Effect.gen(function* () {
  const sql = yield* WriteSql
  const rows = yield* sql.unsafe<{ readonly kept: string }>(
    `SELECT DISTINCT 'people of ' || preview_id AS kept FROM csv_preview_user
     UNION SELECT DISTINCT 'keys of ' || preview_id FROM csv_preview_key ORDER BY 1`
  )
  return rows.map((row) => row.kept)
})

const all = (...previews: ReadonlyArray<number>) =>
  [...previews.map((n) => `keys of ${id(n)}`), ...previews.map((n) => `people of ${id(n)}`)].toSorted()

onBothDatabases("what dry runs keep", identity, (it) => {
  it.effect("goes in steps where others are at work, whose rows stay, however many share a key (R-CSV-3)", () =>
    Effect.gen(function* () {
      const sql = yield* WriteSql
      const statements: Array<string> = []
      const spied = Object.assign(Object.create(sql), {
        unsafe: (text: string, params?: ReadonlyArray<unknown>) => {
          statements.push(text)
          return sql.unsafe(text, params)
        }
      })
      yield* keep(acme, id(11), 50, day)
      yield* keep(acme, id(12), 5, day)
      yield* keep(other, id(13), 5, day)
      yield* sweepPreview(spied, acme, id(11), { now: day + 1, limit: 10 })
      assert.deepStrictEqual(yield* kept, all(12, 13))
      // Six of each table: no statement had more than ten rows to take away.
      assert.strictEqual(statements.filter((text) => text.includes("DELETE")).length, 12)
      yield* sql.unsafe("TRUNCATE csv_preview_user, csv_preview_key")
    })
  )

  it.effect("goes at once where nothing else is kept, and the disk that it took with it", () =>
    Effect.gen(function* () {
      const sql = yield* WriteSql
      yield* keep(acme, id(21), 500, day)
      yield* sweepPreview(sql, acme, id(21), { now: day + 1 })
      assert.deepStrictEqual(yield* kept, [])
      const [size] = yield* sql.unsafe("SELECT pg_relation_size('csv_preview_key')::int4 AS bytes")
      assert.deepStrictEqual(size, { bytes: 0 })
    })
  )

  it.effect("is swept a day later where a dry run was killed, by the next of its organisation", () =>
    Effect.gen(function* () {
      const sql = yield* WriteSql
      yield* keep(acme, id(31), 5, 0)
      yield* keep(acme, id(32), 5, 2)
      yield* keep(other, id(33), 5, 0)
      yield* keep(acme, id(34), 5, day)
      yield* sweepPreview(sql, acme, id(34), { now: day + 1, limit: 2 })
      assert.deepStrictEqual(yield* kept, all(32, 33))
    })
  )
})
