import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Effect } from "effect"
import type { SqlClient, SqlError } from "effect/sql"

/** So many rows one statement takes away: done long before a session ends it, however much a dry run has kept. */
export const rowsAtOnce = 20_000

/** What a dry run that was killed has left is swept by a later one of the organisation, in milliseconds. */
const leftOver = 24 * 60 * 60 * 1_000

/** The rows of a preview from a key on, in the order of the index: of those that are gone already none is looked at again. */
const removeFrom = (table: string, key: string, type: string): string => `
  WITH part AS MATERIALIZED (
    SELECT ctid AS place, ${key} AS key FROM ${table}
    WHERE organization_id = $1 AND preview_id = $2::uuid AND ${key} >= $3::${type} ORDER BY ${key} LIMIT $4::int4),
  gone AS (DELETE FROM ${table} WHERE organization_id = $1 AND ctid = ANY (ARRAY (SELECT place FROM part)))
  SELECT count(*)::int4 AS rows, (SELECT key::text FROM part ORDER BY key DESC LIMIT 1) AS last FROM part`

/** The keys at last: by them a preview is found whose sweeping was broken off. */
const removals = [
  { first: "00000000-0000-0000-0000-000000000000", text: removeFrom("csv_preview_user", "user_id", "uuid") },
  { first: "", text: removeFrom("csv_preview_key", "key", "text") }
]

/** The previews of an organisation, each by one probe of the index, with the age of a row of them. */
const findPreviews = `
  WITH RECURSIVE found (id) AS (
    (SELECT preview_id FROM csv_preview_key WHERE organization_id = $1 ORDER BY preview_id LIMIT 1)
    UNION ALL
    SELECT (SELECT k.preview_id FROM csv_preview_key k WHERE k.organization_id = $1 AND k.preview_id > found.id
      ORDER BY k.preview_id LIMIT 1) FROM found WHERE found.id IS NOT NULL)
  SELECT found.id::text AS id FROM found CROSS JOIN LATERAL (
    SELECT k.made_at FROM csv_preview_key k WHERE k.organization_id = $1 AND k.preview_id = found.id LIMIT 1) AS sample
  WHERE sample.made_at < to_timestamp($2::float8 / 1000)`

/** Not waited for: somebody else at work is reason enough to take away row by row. */
const lockTables = "LOCK TABLE csv_preview_user, csv_preview_key IN ACCESS EXCLUSIVE MODE NOWAIT"

/** Whether there is any preview but this one: the first and the last in the index tell. */
const findOthers = `
  SELECT 1 AS other FROM (
    (SELECT organization_id, preview_id FROM csv_preview_key ORDER BY organization_id, preview_id LIMIT 1)
    UNION ALL
    (SELECT organization_id, preview_id FROM csv_preview_key ORDER BY organization_id DESC, preview_id DESC LIMIT 1)
  ) AS outermost WHERE (organization_id, preview_id) <> ($1::uuid, $2::uuid)`

const removeStepwise = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  organization: OrganizationId,
  preview: string,
  limit: number
): Effect.fn.Return<void, SqlError.SqlError> {
  for (const { first, text } of removals) {
    for (let from: string | undefined = first; from !== undefined; ) {
      const params: ReadonlyArray<unknown> = [organization, preview, from, limit]
      const [part] = yield* sql.unsafe<{ readonly rows: number; readonly last: string | null }>(text, params)
      from = part?.rows === limit ? (part.last ?? undefined) : undefined
    }
  }
})

/** Empties the tables as a whole where nothing else is in them, which takes no time and gives the disk back; tells whether it did. */
const removeAll = (
  sql: SqlClient.SqlClient,
  organization: OrganizationId,
  preview: string
): Effect.Effect<boolean, SqlError.SqlError> =>
  sql.withTransaction(
    Effect.gen(function* () {
      yield* sql.unsafe(lockTables)
      const others = yield* sql.unsafe(findOthers, [organization, preview])
      if (others.length > 0) return false
      yield* sql.unsafe("TRUNCATE csv_preview_user, csv_preview_key")
      return true
    })
  )

/** Takes away what a dry run has kept, and what others of the organisation have left a day ago that were killed. */
export const sweepPreview = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  organization: OrganizationId,
  preview: string,
  { limit = rowsAtOnce, now }: { readonly limit?: number | undefined; readonly now: number }
): Effect.fn.Return<void, SqlError.SqlError> {
  const left = yield* sql.unsafe<{ readonly id: string }>(findPreviews, [organization, now - leftOver])
  for (const { id } of left) if (id !== preview) yield* removeStepwise(sql, organization, id, limit)
  const isEmpty = yield* Effect.catch(removeAll(sql, organization, preview), () => Effect.succeed(false))
  if (!isEmpty) yield* removeStepwise(sql, organization, preview, limit)
})
