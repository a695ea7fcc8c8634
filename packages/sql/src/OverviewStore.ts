import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { mostCounted, Overview, type OverviewFigures } from "@rollcall/domain/organization/Overview"
import { Effect, Layer, Schema } from "effect"
import type { SqlError } from "effect/sql"
import { doubles } from "./directory/ColumnArrays.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"

/** Counts by an index of those alone that are counted, and no further than is shown. */
const counted = (condition: string): string =>
  `(SELECT count(*) FROM (SELECT FROM user_account u WHERE u.organization_id = $1 AND u.living AND ${condition}
    LIMIT ${mostCounted}) AS found)::float8`

const figuresOfPeople = `
  SELECT o.user_count::float8 AS people, ${counted("u.starts_on IS NOT NULL")} AS scheduled,
    ${counted("u.deactivated")} AS deactivated,
    ${counted("u.manager_pending = 'unmatched'")} AS unmatched,
    ${counted("u.manager_pending = 'ambiguous'")} AS ambiguous,
    ${counted("u.manager_pending = 'reviewWindow'")} AS held
  FROM organization o WHERE o.organization_id = $1`

const PeopleRow = Schema.Struct({
  people: Schema.Number,
  scheduled: Schema.Number,
  deactivated: Schema.Number,
  unmatched: Schema.Number,
  ambiguous: Schema.Number,
  held: Schema.Number
})
const decodePeople = Schema.decodeUnknownEffect(Schema.Array(PeopleRow))

/**
 * The number of the first entry at each edge, found by halving (see `LogStore.ts`); entries are numbered without gaps but for
 * those that time removed from the beginning, so the difference of two numbers is how many entries lie between.
 */
const numbersAtEdges = `
  SELECT (WITH RECURSIVE search AS (
      SELECT (SELECT sequence FROM log_entry WHERE organization_id = $1 ORDER BY sequence LIMIT 1) AS first,
        (SELECT sequence FROM log_entry WHERE organization_id = $1 ORDER BY sequence DESC LIMIT 1) + 1 AS past
      UNION ALL
      SELECT CASE WHEN older THEN middle + 1 ELSE first END, CASE WHEN older THEN past ELSE middle END
      FROM (SELECT first, past, (first + past) / 2 AS middle FROM search WHERE first < past) AS range
      CROSS JOIN LATERAL (
        SELECT at < to_timestamp(edge.at / 1000) AS older FROM log_entry
        WHERE organization_id = $1 AND sequence <= middle ORDER BY sequence DESC LIMIT 1
      ) AS found
    ) SELECT first::float8 FROM search WHERE first = past) AS number
  FROM unnest($2::float8[]) WITH ORDINALITY AS edge (at, place) ORDER BY edge.place`

const refusedBetween = `
  SELECT (SELECT count(*) FROM (
      SELECT FROM log_entry WHERE organization_id = $1 AND outcome = 'refused'
        AND sequence >= span.first::bigint AND sequence < span.past::bigint LIMIT ${mostCounted}) AS found)::float8 AS refused
  FROM unnest($2::float8[], $3::float8[]) WITH ORDINALITY AS span (first, past, place) ORDER BY span.place`

/** Figures of an organisation from PostgreSQL, a server's or the embedded one. */
export const layer: Layer.Layer<Overview, never, ReadSql> = Layer.effect(
  Overview,
  Effect.gen(function* () {
    const sql = yield* ReadSql

    const callsBetween = Effect.fnUntraced(function* (organization: OrganizationId, edges: ReadonlyArray<number>) {
      const found = yield* sql.unsafe<{ readonly number: number | null }>(numbersAtEdges, [
        organization,
        doubles(edges)
      ])
      // Of an empty log no edge has a number.
      const numbers = found.map(({ number }) => number ?? 0)
      const [firsts, pasts] = [numbers.slice(0, -1), numbers.slice(1)]
      const refused = yield* sql.unsafe<{ readonly refused: number }>(refusedBetween, [
        organization,
        doubles(firsts),
        doubles(pasts)
      ])
      return firsts.map((first, i) => ({
        from: edges[i] ?? 0,
        to: edges[i + 1] ?? 0,
        calls: Math.max(0, (pasts[i] ?? first) - first),
        refused: refused[i]?.refused ?? 0
      }))
    })

    const figures = Effect.fnUntraced(function* (
      organization: OrganizationId,
      edges: ReadonlyArray<number>
    ): Effect.fn.Return<OverviewFigures, SqlError.SqlError> {
      const [row] = yield* Effect.orDie(decodePeople(yield* sql.unsafe(figuresOfPeople, [organization])))
      const { ambiguous, deactivated, held, people, scheduled, unmatched } = row ?? nobody
      return {
        people: { started: people - scheduled - deactivated, scheduled, deactivated },
        managers: { unmatched, ambiguous, held },
        calls: yield* callsBetween(organization, edges)
      }
    })

    return Overview.of({
      figures: (organization, edges) => storeFailures("look at figures", figures(organization, edges))
    })
  })
)

const nobody: typeof PeopleRow.Type = {
  people: 0,
  scheduled: 0,
  deactivated: 0,
  unmatched: 0,
  ambiguous: 0,
  held: 0
}
