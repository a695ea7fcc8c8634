import type { Attribute } from "@rollcall/domain/scim/Attribute"
import type { AttributeRef } from "@rollcall/domain/scim/AttributeTable"
import type { Operand } from "@rollcall/domain/scim/TypedFilter"
import { assignedSql, jsonMember, plainText, type SqlValue } from "./SqlValue.ts"

/** Where an attribute of a resource stands in SQL. */
export interface Place {
  /** The value of a sub-attribute (or of a simple attribute itself) in the element that `any` speaks of. */
  readonly value: (sub: Attribute | undefined) => SqlValue
  /** Whether a condition made of such values holds for any element that is assigned; never NULL. */
  readonly any: (condition: string) => string
  /** Whether the attribute as a whole is assigned; never NULL. */
  readonly present: () => string
  /** The value in the element by which lists are sorted: the primary one, else the first. */
  readonly sorted: (sub: Attribute | undefined) => SqlValue
  /** Where an index finds who has an element with that very value: a condition that is never NULL. */
  readonly lookup?: (sub: Attribute | undefined, operand: Operand) => string | undefined
}

/** Finds the place of each attribute of a resource type. */
export type Places = (ref: AttributeRef) => Place

/** A place with one value, not in an element. */
export const singlePlace = (value: SqlValue): Place => ({
  value: () => value,
  any: (condition) => condition,
  present: () => assignedSql(value),
  sorted: () => value
})

/** A complex attribute that every resource has, with one value for each sub-attribute. */
export const constantPlace = (value: (sub: Attribute | undefined) => SqlValue): Place => ({
  value,
  any: (condition) => condition,
  present: () => "true",
  sorted: value
})

/** A simple attribute that is a member of a JSON object. `name` is a literal or placeholder of type text. */
export const memberPlace = (object: string, name: string): Place => singlePlace(jsonMember(object, name, false))

/** A single-valued complex attribute that is a member of a JSON object. */
export const objectPlace = (object: string, name: string): Place => {
  const json = `(${object} -> ${name})`
  const value = (sub: Attribute | undefined): SqlValue =>
    sub === undefined ? jsonMember(object, name, false) : jsonMember(json, literal(sub.name), false)
  return {
    value,
    any: (condition) => `(${json} IS NOT NULL AND ${condition})`,
    present: () => `${json} IS NOT NULL`,
    sorted: value
  }
}

/** An attribute of several values that is a member of a JSON object; a value that is no array counts as its element. */
export const listPlace = (object: string, name: string, mixed: boolean): Place => {
  const json = `(${object} -> ${name})`
  // Paths are lax by default: an array's elements, anything else itself, nothing of NULL.
  const elements = `jsonb_path_query(${json}, '$[*]')`
  const value = (sub: Attribute | undefined): SqlValue =>
    sub === undefined
      ? { kind: "json", json: "e.v", text: "(e.v #>> '{}')", mixed }
      : jsonMember("e.v", literal(sub.name), mixed)
  const first = (expression: string) =>
    `(SELECT ${expression} FROM ${elements} WITH ORDINALITY AS e (v, i) ` +
    "ORDER BY COALESCE(e.v -> 'primary' = 'true'::jsonb, false) DESC, e.i LIMIT 1)"
  return {
    value,
    any: (condition) => `EXISTS (SELECT 1 FROM ${elements} AS e (v) WHERE ${condition})`,
    present: () => `${json} IS NOT NULL`,
    sorted: (sub) => {
      const element = value(sub)
      if (element.kind !== "json") return element
      return { kind: "json", json: first(element.json), text: first(element.text), mixed }
    }
  }
}

/** `meta` of a resource; `alias` has the columns of its table, `location` is its URI. */
export const metaPlace = (alias: string, resourceType: string, location: string): Place =>
  constantPlace((sub) => {
    switch (sub?.name) {
      case "created":
        return { kind: "instant", sql: `${alias}.created_at` }
      case "lastModified":
        return { kind: "instant", sql: `${alias}.last_modified_at` }
      case "location":
        return plainText(location)
      case "version":
        // The form of `etagOf`.
        return plainText(`('W/"' || ${alias}.version || '"')`)
      default:
        return plainText(`${literal(resourceType)}::text`)
    }
  })

/** A name from the attribute table as a literal of SQL. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
