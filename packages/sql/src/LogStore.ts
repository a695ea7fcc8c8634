import { casePeriod, caseSequence } from "@rollcall/domain/log/CaseCode"
import type { LogEntry } from "@rollcall/domain/log/LogEntry"
import {
  jsonText,
  type LoggedEntry,
  type LogPage,
  type LogSearch,
  ProvisioningLog
} from "@rollcall/domain/log/ProvisioningLog"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Effect, Layer } from "effect"
import type { SqlError } from "effect/sql"
import { ParameterList } from "./filter/ParameterList.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

interface EntryRow {
  readonly number: number
  readonly entry: string
}

interface SequenceRow {
  readonly number: number
}

// The rows were written by this package.
const toLogged = ({ entry, number }: EntryRow): LoggedEntry => ({
  sequence: number,
  entry: JSON.parse(entry) as LogEntry
})

// In an ORDER BY the name of a result would come before that of a column, and no index has the order of the result.
const columns = "sequence::float8 AS number, entry"

/** Codes come round every 2^30 entries: all numbers of that code, as far as the log reaches, the latest first. */
const findEntry = `SELECT found.number, found.entry
  FROM generate_series(0, (
    SELECT sequence FROM log_entry WHERE organization_id = $1 ORDER BY sequence DESC LIMIT 1
  ) / ${casePeriod}) AS round
  CROSS JOIN LATERAL (
    SELECT ${columns} FROM log_entry WHERE organization_id = $1 AND sequence = $2::bigint + round * ${casePeriod} LIMIT 1
  ) AS found
  ORDER BY round DESC LIMIT 1`

const storyOf = `SELECT ${columns} FROM log_entry
  WHERE organization_id = $1 AND subject_id = $2 AND sequence > $3::bigint ORDER BY sequence LIMIT $4::bigint`

/**
 * The number of the first entry that is not older than a time, found by halving: entries are in the order of time, but
 * for the clocks of servers. One more than the last where all are older; no row where there are none.
 */
const firstSince = `WITH RECURSIVE search AS (
    SELECT (SELECT sequence FROM log_entry WHERE organization_id = $1 ORDER BY sequence LIMIT 1) AS first,
      (SELECT sequence FROM log_entry WHERE organization_id = $1 ORDER BY sequence DESC LIMIT 1) + 1 AS past
    UNION ALL
    SELECT CASE WHEN older THEN middle + 1 ELSE first END, CASE WHEN older THEN past ELSE middle END
    FROM (SELECT first, past, (first + past) / 2 AS middle FROM search WHERE first < past) AS range
    CROSS JOIN LATERAL (
      SELECT at < to_timestamp($2::float8 / 1000) AS older FROM log_entry
      WHERE organization_id = $1 AND sequence <= middle ORDER BY sequence DESC LIMIT 1
    ) AS found
  )
  SELECT first::float8 AS number FROM search WHERE first = past`

/** By how much the clocks of servers may differ, in milliseconds. */
const clockDifference = 10 * 60 * 1000

/**
 * The first entries alone are looked at, so that nothing is read in vain where nothing is old. The rows are skipped that
 * somebody else removes at this moment.
 */
const removeEntries = `WITH old AS (
    SELECT sequence, at FROM log_entry
    WHERE organization_id = $1 AND at < to_timestamp($2::float8 / 1000) AND sequence < $3::bigint + (
      SELECT sequence FROM log_entry WHERE organization_id = $1 ORDER BY sequence LIMIT 1
    )
    ORDER BY sequence LIMIT $3::bigint FOR UPDATE SKIP LOCKED
  ), removed AS (
    DELETE FROM log_entry e USING old WHERE e.organization_id = $1 AND e.sequence = old.sequence AND e.at = old.at
    RETURNING 1
  )
  SELECT count(*)::float8 AS removed FROM removed`

/** So many entries one page looks at where a condition has no index: some tens of milliseconds, at worst for an empty page. */
const defaultWindow = 5_000

/**
 * The provisioning log in PostgreSQL, a server's or the embedded one. `window` is how many entries a page looks at for
 * conditions that no index serves.
 */
export const layer = (
  options: { readonly window?: number } = {}
): Layer.Layer<ProvisioningLog, never, ReadSql | WriteSql> =>
  Layer.effect(
    ProvisioningLog,
    Effect.gen(function* () {
      const reading = yield* ReadSql
      const writing = yield* WriteSql
      const window = options.window ?? defaultWindow

      const edge = (organization: OrganizationId, at: number | undefined) =>
        at === undefined
          ? Effect.succeed(undefined)
          : Effect.map(reading.unsafe<SequenceRow>(firstSince, [organization, at]), ([row]) => row?.number)

      const find = Effect.fnUntraced(function* (organization: OrganizationId, code: string) {
        const sequence = caseSequence(code)
        if (sequence === undefined) return undefined
        const [row] = yield* reading.unsafe<EntryRow>(findEntry, [organization, sequence])
        return row === undefined ? undefined : toLogged(row)
      })

      /** Where a page that looks for what no index serves ends at the latest. */
      const windowEnd = Effect.fnUntraced(function* (organization: OrganizationId, wanted: Indexed) {
        const params = new ParameterList(organization)
        const text = `SELECT sequence::float8 AS number FROM log_entry WHERE ${indexedConditions(wanted, params)}
          ORDER BY sequence DESC OFFSET ${params.add(window - 1)}::bigint LIMIT 1`
        const [row] = yield* reading.unsafe<SequenceRow>(text, params.values)
        return row?.number
      })

      const search = Effect.fnUntraced(function* (
        organization: OrganizationId,
        wanted: LogSearch
      ): Effect.fn.Return<LogPage, SqlError.SqlError> {
        const { after, from, limit, outcome, subject, to } = wanted
        if (![wanted.subject, wanted.key].every(isStorable)) return { entries: [], next: undefined }
        const first = yield* edge(organization, from === undefined ? undefined : from - clockDifference)
        const past = yield* edge(organization, to === undefined ? undefined : to + clockDifference)
        const indexed: Indexed = { subject, refused: outcome === "refused", after, first, past }
        const params = new ParameterList(organization)
        const conditions = [indexedConditions(indexed, params)]
        const others = otherConditions(wanted, params)
        const end = others.length === 0 ? undefined : yield* windowEnd(organization, indexed)
        if (end !== undefined) conditions.push(`sequence >= ${params.add(end)}::bigint`)
        const text = `SELECT ${columns} FROM log_entry WHERE ${[...conditions, ...others].join(" AND ")}
          ORDER BY sequence DESC LIMIT ${params.add(limit)}::bigint`
        const entries = (yield* reading.unsafe<EntryRow>(text, params.values)).map(toLogged)
        return { entries, next: entries.length < limit ? end : entries.at(-1)?.sequence }
      })

      const story = Effect.fnUntraced(function* (
        organization: OrganizationId,
        subject: string,
        page: { readonly after?: number; readonly limit: number }
      ): Effect.fn.Return<LogPage, SqlError.SqlError> {
        if (!isStorable(subject)) return { entries: [], next: undefined }
        const params = [organization, subject, page.after ?? 0, page.limit]
        const entries = (yield* reading.unsafe<EntryRow>(storyOf, params)).map(toLogged)
        return { entries, next: entries.length < page.limit ? undefined : entries.at(-1)?.sequence }
      })

      const remove = (organization: OrganizationId, before: number, limit: number) =>
        Effect.map(
          writing.unsafe<{ readonly removed: number }>(removeEntries, [organization, before, limit]),
          ([row]) => row?.removed ?? 0
        )

      return {
        find: (organization, code) => storeFailures("open log entry", find(organization, code)),
        search: (organization, wanted) => storeFailures("search log", search(organization, wanted)),
        story: (organization, subject, page) => storeFailures("read story", story(organization, subject, page)),
        remove: (organization, before, limit) => storeFailures("shorten log", remove(organization, before, limit))
      }
    })
  )

/** Whether PostgreSQL can hold the text; what it cannot is in no entry. */
const isStorable = (text: string | undefined): boolean =>
  text === undefined || (text.isWellFormed() && !text.includes("\0"))

/** What is found without looking at the entries themselves. */
interface Indexed {
  readonly subject: string | undefined
  readonly refused: boolean
  readonly after: number | undefined
  readonly first: number | undefined
  readonly past: number | undefined
}

const indexedConditions = ({ after, first, past, refused, subject }: Indexed, params: ParameterList): string =>
  [
    "organization_id = $1",
    ...(subject === undefined ? [] : [`subject_id = ${params.text(subject)}`]),
    ...(refused ? ["outcome = 'refused'"] : []),
    ...(after === undefined ? [] : [`sequence < ${params.add(after)}::bigint`]),
    ...(first === undefined ? [] : [`sequence >= ${params.add(first)}::bigint`]),
    ...(past === undefined ? [] : [`sequence < ${params.add(past)}::bigint`])
  ].join(" AND ")

/** What every entry is looked at for. ASCII alone is folded, so that all databases and the memory agree. */
const otherConditions = ({ from, key, outcome, text, to }: LogSearch, params: ParameterList): ReadonlyArray<string> => [
  ...(outcome === undefined || outcome === "refused" ? [] : [`outcome = ${params.text(outcome)}`]),
  ...(from === undefined ? [] : [`at >= to_timestamp(${params.add(from)}::float8 / 1000)`]),
  ...(to === undefined ? [] : [`at < to_timestamp(${params.add(to)}::float8 / 1000)`]),
  // No attribute has that name, and in a text its quotes would be escaped: it stands in the actor alone.
  ...(key === undefined ? [] : [`entry LIKE ${params.text(containing(`"keyId":${JSON.stringify(key)}`))}`]),
  ...(text === undefined ? [] : [`entry COLLATE "C" ILIKE ${params.text(containing(jsonText(text)))}`])
]

const containing = (text: string): string => `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`
