import { PgTypes } from "@effect/sql-pg"
import { comparisonKey } from "@rollcall/domain/scim/Comparison"
import type { Operand, TypedOperator } from "@rollcall/domain/scim/TypedFilter"
import { parseUuid } from "@rollcall/domain/user/UserId"
import type { ParameterList } from "./ParameterList.ts"

/**
 * A value of a resource as SQL finds it, in its compared form (`comparedValue` of the domain).
 * - text: under the collation "C"; `indexed` where an index begins with it, behind the organisation.
 * - uuid, number, instant: never NULL; an instant is a timestamptz.
 * - json: a member of a search document or of an element of it, NULL where nothing is assigned; `text` is the same as
 *   text. `mixed` where values of several types occur (custom attributes).
 */
export type SqlValue =
  | { readonly kind: "text"; readonly sql: string; readonly nullable: boolean; readonly indexed: boolean }
  | { readonly kind: "uuid"; readonly sql: string }
  | { readonly kind: "number"; readonly sql: string }
  | { readonly kind: "instant"; readonly sql: string }
  | { readonly kind: "json"; readonly json: string; readonly text: string; readonly mixed: boolean }

/** A column of type text COLLATE "C" on which an index stands. */
export const indexedText = (sql: string, nullable: boolean): SqlValue => ({
  kind: "text",
  sql,
  nullable,
  indexed: true
})

/** An expression of type text that is never NULL, whatever its collation. */
export const plainText = (sql: string): SqlValue => ({
  kind: "text",
  sql: `(${sql} COLLATE "C")`,
  nullable: false,
  indexed: false
})

/** A member of a JSON object; `name` is a literal or placeholder of type text. */
export const jsonMember = (object: string, name: string, mixed: boolean): SqlValue => ({
  kind: "json",
  json: `(${object} -> ${name})`,
  text: `(${object} ->> ${name})`,
  mixed
})

/** The UUID as text. */
const uuidText = (sql: string): string => `(${sql}::text COLLATE "C")`

/** Whether the value is assigned: SQL that is never NULL. */
export const assignedSql = (value: SqlValue): string => {
  if (value.kind === "json") return `${value.json} IS NOT NULL`
  return value.kind === "text" && value.nullable ? `${value.sql} IS NOT NULL` : "true"
}

/**
 * Whether the value compares: SQL that is never NULL, so that `NOT` of it is right, and that leaves an index on a
 * column in reach.
 */
export const compareSql = (
  value: SqlValue,
  operator: TypedOperator,
  operand: Operand,
  params: ParameterList
): string => {
  switch (operand.type) {
    case "string":
      return compareText(value, operator, operand.key, params)
    case "dateTime":
      return value.kind === "instant"
        ? order(value.sql, operator, params.add(PgTypes.timestamptz(Date.parse(operand.instant))))
        : compareText(value, operator, operand.instant, params)
    case "number":
      return compareNumber(value, operator, operand.value, params)
    case "boolean":
      return compareBoolean(value, operand.value)
    case "any":
      if (typeof operand.literal === "number") return compareNumber(value, operator, operand.literal, params)
      if (typeof operand.literal === "boolean") return compareBoolean(value, operand.literal)
      return compareText(value, operator, comparisonKey(operand.literal), params)
  }
}

const compareText = (value: SqlValue, operator: TypedOperator, key: string, params: ParameterList): string => {
  switch (value.kind) {
    case "text": {
      const test = textTest(value.sql, operator, key, params, value.indexed)
      return value.nullable ? `(${value.sql} IS NOT NULL AND ${test})` : test
    }
    case "uuid": {
      if (operator !== "eq") return textTest(uuidText(value.sql), operator, key, params, false)
      // Ids are case-exact: only the text in which a UUID is printed equals one.
      return parseUuid(key) === key ? `${value.sql} = ${params.add(PgTypes.uuid(key))}` : "false"
    }
    case "json": {
      const test = textTest(`(${value.text} COLLATE "C")`, operator, key, params, false)
      return value.mixed
        ? `CASE WHEN jsonb_typeof(${value.json}) = 'string' THEN ${test} ELSE false END`
        : `COALESCE(${test}, false)`
    }
    default:
      return "false"
  }
}

const textTest = (
  sql: string,
  operator: TypedOperator,
  key: string,
  params: ParameterList,
  indexed: boolean
): string => {
  switch (operator) {
    case "co":
      return `strpos(${sql}, ${params.text(key)}) > 0`
    case "sw": {
      if (!indexed) return `starts_with(${sql}, ${params.text(key)})`
      const end = prefixEnd(key)
      const from = `${sql} >= ${params.text(key)}`
      return end === undefined ? from : `(${from} AND ${sql} < ${params.text(end)})`
    }
    case "ew": {
      const text = params.text(key)
      return `right(${sql}, char_length(${text})) = ${text}`
    }
    default:
      return order(sql, operator, params.text(key))
  }
}

const order = (sql: string, operator: TypedOperator, operand: string): string => {
  switch (operator) {
    case "gt":
      return `${sql} > ${operand}`
    case "ge":
      return `${sql} >= ${operand}`
    case "lt":
      return `${sql} < ${operand}`
    case "le":
      return `${sql} <= ${operand}`
    default:
      return `${sql} = ${operand}`
  }
}

/** A number's shortest decimal text is exact where JSON's is: both become the same `numeric`. */
export const numberParameter = (value: number, params: ParameterList): string =>
  params.add(PgTypes.numeric(String(value)))

const compareNumber = (value: SqlValue, operator: TypedOperator, number: number, params: ParameterList): string => {
  const operand = numberParameter(number, params)
  if (value.kind === "number") return order(value.sql, operator, operand)
  if (value.kind !== "json") return "false"
  // CASE, so that nothing but a number is ever cast.
  return `CASE WHEN jsonb_typeof(${value.json}) = 'number' THEN ${order(`${value.json}::numeric`, operator, operand)} ELSE false END`
}

const compareBoolean = (value: SqlValue, wanted: boolean): string =>
  value.kind === "json" ? `COALESCE(${value.json} = '${wanted}'::jsonb, false)` : "false"

/**
 * The first text by code point that lies behind every text which begins with `prefix`; undefined where there is none.
 * The prefix is well-formed.
 */
export const prefixEnd = (prefix: string): string | undefined => {
  let end = prefix.length
  while (end > 0) {
    const start = isLowSurrogate(prefix.charCodeAt(end - 1)) ? end - 2 : end - 1
    const last = prefix.codePointAt(start) ?? 0
    // The surrogates between U+D7FF and U+E000 are no characters.
    if (last !== 0x10ffff) return prefix.slice(0, start) + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1)
    end = start
  }
  return undefined
}

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff
