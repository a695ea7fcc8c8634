import type { ResourceQuery } from "@rollcall/domain/directory/Resources"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Effect } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { compileFilter } from "./FilterSql.ts"
import { ParameterList } from "./filter/ParameterList.ts"
import type { Places } from "./filter/Place.ts"
import { compileSort, type SortPosition, type SortSql } from "./filter/SortSql.ts"

/** A table of resources as lists are made of it; in all texts `$1` is the organisation. */
export interface ResourceList {
  readonly columns: string
  /** `FROM … WHERE …` of all resources that there are. */
  readonly from: string
  /** What `from` calls the table. */
  readonly alias: "u" | "g"
  /** The column of the numbers, by which lists are ordered. */
  readonly number: string
  /** The column of `organization` that counts the resources. */
  readonly counter: "user_count" | "group_count"
  readonly places: (params: ParameterList) => Places
  /** Adds columns to the rows of a page, given the statement that finds them; what is skipped on the way there costs nothing. */
  readonly extend?: (rows: string) => string
}

/** A page of rows. */
export interface FoundRows<Row> {
  readonly totalResults: number
  readonly rows: ReadonlyArray<Row>
  readonly next: string | undefined
}

interface PageRow {
  readonly number: number
  readonly total?: number
  readonly sort_key?: string | null
}

/** Statements with more parameters than this have a text of their own, which is not worth keeping prepared. */
const mostPreparedParameters = 40

/**
 * Finds a page of resources. One statement, but for the count of a filtered list that goes on beyond the page: where
 * the page shows the end of the list there is nothing left to count, and the whole is counted by the organisation's row.
 */
export const searchResources = Effect.fnUntraced(function* <Row extends PageRow>(
  sql: SqlClient.SqlClient,
  list: ResourceList,
  organization: OrganizationId,
  query: Pick<ResourceQuery, "filter" | "sort" | "page" | "uncounted">
): Effect.fn.Return<FoundRows<Row>, SqlError.SqlError> {
  const { page } = query
  if (page.count === 0) {
    return { totalResults: yield* countResources(sql, list, organization, query.filter), rows: [], next: undefined }
  }
  const statement = pageStatement(list, organization, query)
  const rows = statement === undefined ? [] : yield* run<Row>(sql, statement)
  const shown = rows.slice(0, page.count)
  const isEnd = rows.length === shown.length
  const before = page._tag === "Index" ? page.startIndex - 1 : page.after === undefined ? 0 : undefined
  const endsAt = isEnd && before !== undefined && (shown.length > 0 || before === 0) ? before + shown.length : undefined
  const known = shown[0]?.total ?? endsAt ?? (query.uncounted === true ? shown.length : undefined)
  const totalResults = known ?? (yield* countResources(sql, list, organization, query.filter))
  const last = shown.at(-1)
  const next =
    page._tag === "Index" || isEnd || last === undefined
      ? undefined
      : query.sort === undefined
        ? String(last.number)
        : `[${last.sort_key ?? "null"},${last.number}]`
  return { totalResults, rows: shown, next }
})

interface Statement {
  readonly text: string
  readonly params: ReadonlyArray<unknown>
}

const run = <Row extends object>(sql: SqlClient.SqlClient, { params, text }: Statement) => {
  const statement = sql.unsafe<Row>(text, params)
  return params.length > mostPreparedParameters ? statement.unprepared : statement
}

/** The page and one resource more, which tells whether there is a next one. Undefined where a cursor leads nowhere. */
const pageStatement = (
  list: ResourceList,
  organization: OrganizationId,
  { filter, page, sort }: Pick<ResourceQuery, "filter" | "sort" | "page">
): Statement | undefined => {
  const params = new ParameterList(organization)
  const places = list.places(params)
  const order = sort === undefined ? undefined : compileSort(sort, places, list.number, params)
  const columns = [list.columns]
  if (filter === undefined) columns.push(`(${wholeCount(list)}) AS total`)
  if (order !== undefined && page._tag === "Cursor") columns.push(`${order.key} AS sort_key`)
  if (page._tag === "Index" && page.startIndex > 1 && filter === undefined && order === undefined) {
    const text = laterPage(list, columns, params.add(page.count + 1), params.add(page.startIndex - 1))
    return { text: list.extend === undefined ? text : list.extend(text), params: params.values }
  }
  let text = `SELECT ${columns.join(", ")} ${list.from}`
  if (filter !== undefined) text += ` AND ${compileFilter(filter, places, params)}`
  if (page._tag === "Cursor" && page.after !== undefined) {
    const after = afterCursor(list, order, page.after, params)
    if (after === undefined) return undefined
    text += ` AND ${after}`
  }
  const limit = (value: number): string => (filter === undefined ? walked(params.add(value)) : params.add(value))
  text += ` ORDER BY ${order === undefined ? "" : `${order.orderBy}, `}${list.number} LIMIT ${limit(page.count + 1)}`
  if (page._tag === "Index") text += ` OFFSET ${limit(page.startIndex - 1)}`
  return { text: list.extend === undefined ? text : list.extend(text), params: params.values }
}

/**
 * A limit whose value the planner does not look at, so that it expects a tenth of the rows to be asked for: it then
 * walks the index that is in the order of the list. It takes a two-hundredth of the table for an organisation's share
 * (see the first migration); knowing that a page has room for as many, it would read them all and sort them, which is
 * all of the organisation where there are few others.
 */
const walked = (place: string): string => `(SELECT ${place}::bigint)`

/** A page behind others of the whole list: what is before it is passed in the index, and no row of it is looked at. */
const laterPage = (list: ResourceList, columns: ReadonlyArray<string>, limit: string, offset: string): string =>
  `SELECT ${columns.join(", ")} FROM (
     SELECT ${list.number} ${list.from} ORDER BY ${list.number} LIMIT ${walked(limit)} OFFSET ${walked(offset)}
   ) AS page CROSS JOIN LATERAL (
     SELECT ${list.alias}.* ${list.from} AND ${list.number} = page.number OFFSET 0
   ) AS ${list.alias} ORDER BY page.number`

const afterCursor = (
  list: ResourceList,
  order: SortSql | undefined,
  cursor: string,
  params: ParameterList
): string | undefined => {
  if (order !== undefined) {
    const position = readPosition(cursor)
    return position && order.after(position)
  }
  return /^[0-9]{1,15}$/.test(cursor) ? `${list.number} > ${params.add(Number(cursor))}` : undefined
}

/** A position as {@link searchResources} writes it; a forged one finds nothing. */
const readPosition = (cursor: string): SortPosition | undefined => {
  const parsed = parseJson(cursor)
  if (!Array.isArray(parsed) || parsed.length !== 2) return undefined
  const [key, number]: ReadonlyArray<unknown> = parsed
  if (typeof number !== "number" || !Number.isSafeInteger(number)) return undefined
  const isKey = key === null || typeof key === "string" || typeof key === "number" || typeof key === "boolean"
  return isKey ? { key, number } : undefined
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const wholeCount = (list: ResourceList): string =>
  `SELECT o.${list.counter}::float8 AS total FROM organization o WHERE o.organization_id = $1`

const countResources = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  list: ResourceList,
  organization: OrganizationId,
  filter: ResourceQuery["filter"]
): Effect.fn.Return<number, SqlError.SqlError> {
  const params = new ParameterList(organization)
  const text =
    filter === undefined
      ? wholeCount(list)
      : `SELECT count(*)::float8 AS total ${list.from} AND ${compileFilter(filter, list.places(params), params)}`
  const [row] = yield* run<{ readonly total: number }>(sql, { text, params: params.values })
  return row?.total ?? 0
})
