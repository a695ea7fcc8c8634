import { Result } from "effect"
import { type AttributeTable, findSub, type TargetRef } from "./AttributeTable.ts"
import { nearestName } from "./NearestName.ts"
import type { SchemaDefinition } from "./Schema.ts"

/**
 * What the text of an attribute path names (`attrPath` of RFC 7644 section 3.4.2.2), not yet looked up.
 *
 * Where there is a URN the text is split at its last colon and then at the first dot, which is right for
 * `urn:…:User:name.givenName` and only a guess for `urn:…:2.0:User.department` and for the URN of a schema alone:
 * {@link locate} joins the parts and looks for the schemas of the table. So `sub` may hold further dots there.
 */
export interface AttributePath {
  readonly urn: string | undefined
  readonly name: string
  readonly sub: string | undefined
}

/** Why a text is no attribute path. `offset` counts UTF-16 units from 0. */
export interface AttributePathFault {
  readonly offset: number
  readonly reason: string
}

/** What a path names in a table. */
export type Location =
  | { readonly _tag: "Attribute"; readonly target: TargetRef }
  /** The URN of a whole schema, without an attribute. */
  | { readonly _tag: "Schema"; readonly schema: SchemaDefinition }
  /** `name` is the part that is not there, `within` what was searched, and `among` the names that it does have. */
  | {
      readonly _tag: "Unknown"
      readonly kind: "schema" | "attribute" | "sub-attribute"
      readonly name: string
      readonly within: string
      readonly among: ReadonlyArray<string>
    }

/** White space that is tolerated between tokens, and in a path around `:` and at the ends: ASCII and the no-break space. */
export const isSpace = (code: number): boolean =>
  code === 0x20 || code === 0xa0 || code === 0x09 || code === 0x0a || code === 0x0d

/** Whether a text is a name of RFC 7643 section 2.1 (`$ref` among them), here also beginning with `_`. */
export const isAttributeName = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const letter = (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f
    const digit = (code >= 0x30 && code <= 0x39) || code === 0x2d
    if (!(letter || (code === 0x24 && i === 0) || (digit && i > 0))) return false
  }
  return text.length > 0 && text !== "$"
}

/** Reads a path. Linear; white space around `:` and at the ends is dropped (WIRE E.12). */
export const parseAttributePath = (text: string): Result.Result<AttributePath, AttributePathFault> => {
  const tidy = dropSpaceAroundColons(text)
  const fault = (part: string, reason: string) =>
    Result.fail({ offset: Math.max(0, part === "" ? text.length : text.indexOf(part)), reason })
  const colon = tidy.lastIndexOf(":")
  const last = tidy.slice(colon + 1)
  const dot = last.indexOf(".")
  const name = dot < 0 ? last : last.slice(0, dot)
  const sub = dot < 0 ? undefined : last.slice(dot + 1)
  if (tidy === "") return fault("", "a name of an attribute is missing")
  if (colon >= 0) {
    const urn = tidy.slice(0, colon)
    const space = firstSpace(tidy)
    if (space !== undefined) return fault(tidy.charAt(space), "white space inside a name")
    if (urn === "" || name === "" || sub === "") return fault("", "a name of an attribute is missing after the URN")
    return Result.succeed({ urn, name, sub })
  }
  if (name === "" || sub === "") return fault(".", "a dot stands between an attribute and its sub-attribute")
  if (!isAttributeName(name)) return fault(name, `"${clip(name)}" is not a name of an attribute`)
  if (sub !== undefined && !isAttributeName(sub)) {
    return fault(sub, `"${clip(sub)}" is not a name of a sub-attribute`)
  }
  return Result.succeed({ urn: undefined, name, sub })
}

/** The path as text; {@link parseAttributePath} reads it back. */
export const printAttributePath = (path: AttributePath): string =>
  `${path.urn === undefined ? "" : `${path.urn}:`}${path.name}${path.sub === undefined ? "" : `.${path.sub}`}`

/** Looks a path up. Of several schemas whose URN begins the path the longest counts, without regard to case. */
export const locate = (table: AttributeTable, path: AttributePath): Location => {
  if (path.urn === undefined) return locateName(table, undefined, path.name, path.sub)
  const text = printAttributePath(path)
  const folded = text.toLowerCase()
  let best: SchemaDefinition | undefined
  for (const schema of table.schemas) {
    if (best !== undefined && best.id.length >= schema.id.length) continue
    if (!folded.startsWith(schema.id.toLowerCase())) continue
    const after = text.charAt(schema.id.length)
    if (after === "" || after === ":" || after === ".") best = schema
  }
  if (best === undefined) {
    const among = table.schemas.map((schema) => schema.id)
    return { _tag: "Unknown", kind: "schema", name: path.urn, within: table.resourceType.name, among }
  }
  const rest = text.slice(best.id.length + 1)
  if (rest === "") return { _tag: "Schema", schema: best }
  const dot = rest.indexOf(".")
  return dot < 0
    ? locateName(table, best.id, rest, undefined)
    : locateName(table, best.id, rest.slice(0, dot), rest.slice(dot + 1))
}

/** The attribute that a text names; undefined where it is malformed, unknown or a whole schema. */
export const findTarget = (table: AttributeTable, text: string): TargetRef | undefined => {
  const path = parseAttributePath(text)
  if (Result.isFailure(path)) return undefined
  const location = locate(table, path.success)
  return location._tag === "Attribute" ? location.target : undefined
}

const locateName = (
  table: AttributeTable,
  urn: string | undefined,
  name: string,
  sub: string | undefined
): Location => {
  const ref = table.find(urn, name)
  if (ref === undefined) {
    const known = urn === undefined ? table.all.map((one) => one.attribute) : (table.schema(urn)?.attributes ?? [])
    const among = known.map((attribute) => attribute.name)
    return { _tag: "Unknown", kind: "attribute", name, within: urn ?? table.resourceType.name, among }
  }
  if (sub === undefined) return { _tag: "Attribute", target: { ...ref, sub: undefined } }
  const found = findSub(ref.attribute, sub)
  if (found !== undefined) return { _tag: "Attribute", target: { ...ref, sub: found } }
  const among = (ref.attribute.subAttributes ?? []).map((known) => known.name)
  return { _tag: "Unknown", kind: "sub-attribute", name: sub, within: ref.attribute.name, among }
}

/** Says what is not there, and what was probably meant or what there is. */
export const unknownReason = (unknown: Extract<Location, { readonly _tag: "Unknown" }>): string => {
  const missing = `${unknown.within} has no ${unknown.kind} "${clip(unknown.name)}"`
  const nearest = nearestName(unknown.name, unknown.among)
  if (nearest !== undefined) return `${missing} (did you mean "${nearest}"?)`
  const few = unknown.among.length > 0 && unknown.among.length <= 12
  return few ? `${missing}; it has ${unknown.among.join(", ")}` : missing
}

/** A text short enough to be quoted in an error. */
export const clip = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text).toWellFormed()

const firstSpace = (text: string): number | undefined => {
  for (let i = 0; i < text.length; i++) if (isSpace(text.charCodeAt(i))) return i
  return undefined
}

const dropSpaceAroundColons = (text: string): string => {
  const parts: Array<string> = []
  let start = 0
  for (let colon = text.indexOf(":"); colon >= 0; colon = text.indexOf(":", start)) {
    parts.push(trimSpace(text, start, colon))
    start = colon + 1
  }
  parts.push(trimSpace(text, start, text.length))
  return parts.join(":")
}

const trimSpace = (text: string, from: number, to: number): string => {
  let start = from
  let end = to
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (start < end && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}
