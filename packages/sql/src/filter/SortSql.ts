import { textFault } from "@rollcall/domain/scim/Comparison"
import type { SortTarget } from "@rollcall/domain/scim/SortKey"
import type { ParameterList } from "./ParameterList.ts"
import type { Places } from "./Place.ts"
import { numberParameter, type SqlValue } from "./SqlValue.ts"

/** The position of a resource in a list: its sort key (null where it has none) and its number. */
export interface SortPosition {
  readonly key: string | number | boolean | null
  readonly number: number
}

/** The order of a list in SQL: that of the domain's `compareSortKeys`, and of the numbers where keys are equal. */
export interface SortSql {
  readonly orderBy: string
  /** The sort key as JSON text, NULL where there is none. */
  readonly key: string
  /** What lies behind a position; undefined where the position is none of this list. */
  readonly after: (position: SortPosition) => string | undefined
}

/** An expression of one type; NULL where a resource has no key of that type. */
interface Column {
  readonly type: "string" | "number" | "boolean"
  readonly sql: string
}

/** Compiles what a list is sorted by. `number` is the column of the numbers. */
export const compileSort = (
  sort: { readonly target: SortTarget; readonly descending: boolean },
  places: Places,
  number: string,
  params: ParameterList
): SortSql => {
  const { descending, target } = sort
  const value = places(target).sorted(target.sub)
  const direction = descending ? "DESC" : "ASC"
  const beyond = descending ? "<" : ">"
  if (value.kind === "json" && value.mixed) {
    // Strings come before numbers, numbers before booleans, and what has none is last.
    const rank = `array_position(ARRAY['string', 'number', 'boolean', 'none'], COALESCE(jsonb_typeof(${value.json}), 'none'))`
    const columns = [typedColumn(value, "string"), typedColumn(value, "decimal"), typedColumn(value, "boolean")]
    return {
      orderBy: [rank, ...columns.map((column) => column.sql)].map((key) => `${key} ${direction}`).join(", "),
      key: `${value.json}::text`,
      after: (position) => {
        if (position.key === null) {
          const behind = `${number} > ${params.add(position.number)}`
          return descending ? `(${rank} < 4 OR ${behind})` : `(${rank} = 4 AND ${behind})`
        }
        const index = columns.findIndex((column) => column.type === typeof position.key)
        const column = columns[index]
        if (column === undefined) return undefined
        const same = afterKey(column.sql, beyond, { ...position, key: position.key }, number, params)
        return same && `(${rank} ${beyond} ${index + 1} OR (${rank} = ${index + 1} AND ${same}))`
      }
    }
  }
  const column = typedColumn(value, target.leaf.type)
  return {
    // Missing keys come last, and so first when the order is turned round.
    orderBy: `${column.sql} ${descending ? "DESC NULLS FIRST" : "ASC NULLS LAST"}`,
    key: `to_jsonb(${column.sql})::text`,
    after: (position) => {
      if (position.key === null) {
        const behind = `${number} > ${params.add(position.number)}`
        return descending ? `(${column.sql} IS NOT NULL OR ${behind})` : `(${column.sql} IS NULL AND ${behind})`
      }
      if (typeof position.key !== column.type) return undefined
      const later = afterKey(column.sql, beyond, { ...position, key: position.key }, number, params)
      return later === undefined || descending ? later : `(${column.sql} IS NULL OR ${later})`
    }
  }
}

const afterKey = (
  sql: string,
  beyond: "<" | ">",
  position: SortPosition & { readonly key: string | number | boolean },
  number: string,
  params: ParameterList
): string | undefined => {
  const { key } = position
  // A cursor can be forged; what no database could take is no position.
  if (typeof key === "string" && textFault(key) !== undefined) return undefined
  const operand =
    typeof key === "string" ? params.text(key) : typeof key === "number" ? numberParameter(key, params) : String(key)
  return `(${sql} ${beyond} ${operand} OR (${sql} = ${operand} AND ${number} > ${params.add(position.number)}))`
}

const typedColumn = (value: SqlValue, type: SortTarget["leaf"]["type"]): Column => {
  switch (value.kind) {
    case "text":
      return { type: "string", sql: value.sql }
    case "uuid":
      return { type: "string", sql: `(${value.sql}::text COLLATE "C")` }
    case "number":
      return { type: "number", sql: `${value.sql}::numeric` }
    case "instant":
      return { type: "number", sql: `(extract(epoch FROM ${value.sql}) * 1000)` }
    case "json":
      switch (type) {
        case "boolean":
          return { type: "boolean", sql: typed(value.json, "boolean", `${value.json}::boolean`) }
        case "integer":
        case "decimal":
          return { type: "number", sql: typed(value.json, "number", `${value.json}::numeric`) }
        default:
          return {
            type: "string",
            sql: `(${value.mixed ? typed(value.json, "string", value.text) : value.text} COLLATE "C")`
          }
      }
  }
}

const typed = (json: string, type: string, sql: string): string =>
  `(CASE WHEN jsonb_typeof(${json}) = '${type}' THEN ${sql} END)`
