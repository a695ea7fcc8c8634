import { Result } from "effect"
import type { Attribute } from "./Attribute.ts"
import { locate, parseAttributePath } from "./AttributePath.ts"
import type { AttributeRef, AttributeTable } from "./AttributeTable.ts"
import { isJsonArray, isJsonObject, type Json, type JsonObject, ownMember } from "./Json.ts"

/**
 * Which attributes a request wants to see (RFC 7644 section 3.9): those returned by default, only those of a list, or
 * the default ones except those of a list.
 */
export type Projection =
  | { readonly _tag: "All" }
  | { readonly _tag: "Only"; readonly selection: Selection }
  | { readonly _tag: "Except"; readonly selection: Selection }

/** What a list of names selects. All keys are lower-case. */
export interface Selection {
  /** URNs of schemas named as a whole. */
  readonly schemas: ReadonlySet<string>
  /** By {@link attributeKey}: the whole attribute, or the names of the sub-attributes. */
  readonly attributes: ReadonlyMap<string, Branch>
}

type Branch = "whole" | ReadonlySet<string>

/** `attributes` or `excludedAttributes` as it arrives: one comma-separated text, or several. */
export type AttributeList = string | ReadonlyArray<string> | undefined

/** What is returned unless the request asks for something else. */
export const allAttributes: Projection = { _tag: "All" }

/**
 * Reads the two parameters. Names compare without regard to case, with or without the URN of their schema, sub-attributes
 * and whole schemas included; a filter in brackets is passed over (`emails[type eq "work"]` is `emails`, WIRE C.4). Unknown
 * names select nothing; of both parameters `attributes` counts; an empty list is none.
 */
export const parseProjection = (
  table: AttributeTable,
  attributes: AttributeList,
  excludedAttributes: AttributeList
): Projection => {
  const only = splitNames(attributes)
  if (only.length > 0) return { _tag: "Only", selection: select(table, only) }
  const except = splitNames(excludedAttributes)
  if (except.length > 0) return { _tag: "Except", selection: select(table, except) }
  return allAttributes
}

/**
 * Whether the projection returns anything of the attribute of that name: what need not be loaded (`members` of a group,
 * `groups` of a user) is asked here before it is read (R-GROUP-5).
 */
export const asksFor = (projection: Projection, table: AttributeTable, name: string): boolean => {
  const ref = table.find(undefined, name)
  return ref !== undefined && sightOf(projection, table, ref) !== undefined
}

/**
 * The part of a resource that the projection shows, members in the order `schemas`, `id`, `externalId`, core attributes,
 * extensions, `meta`. Attributes that no schema has and those never returned are left out, those always returned stay;
 * `schemas` names the core schema and the extensions that are left.
 *
 * @param resource canonical attribute names, extension attributes in an object under the URN of their schema
 */
export const project = (table: AttributeTable, projection: Projection, resource: JsonObject): JsonObject => {
  const shown: Record<string, Json> = { schemas: [] }
  const core: Record<string, Json> = {}
  for (const name of Object.keys(resource)) {
    const ref = coreAttribute(table, name)
    if (ref === undefined || ref.attribute.name === "schemas") continue
    const value = projectValue(sightOf(projection, table, ref), ref.attribute, resource[name])
    if (value !== undefined) core[ref.attribute.name] = value
  }
  const { meta, id, externalId, ...rest } = core
  if (id !== undefined) shown.id = id
  if (externalId !== undefined) shown.externalId = externalId
  Object.assign(shown, rest)
  const urns = [table.resourceType.schema.id]
  for (const schema of table.resourceType.extensions) {
    const extension = projectExtension(table, projection, schema.id, ownMember(resource, schema.id))
    if (extension === undefined) continue
    shown[schema.id] = extension
    urns.push(schema.id)
  }
  if (meta !== undefined) shown.meta = meta
  shown.schemas = urns
  return shown
}

/** How much of an attribute is shown; undefined where nothing is. */
type Sight =
  | { readonly _tag: "Default" }
  | { readonly _tag: "Subs"; readonly names: ReadonlySet<string> }
  | { readonly _tag: "Without"; readonly names: ReadonlySet<string> }

const byDefault: Sight = { _tag: "Default" }

const sightOf = (projection: Projection, table: AttributeTable, ref: AttributeRef): Sight | undefined => {
  const { returned } = ref.attribute
  if (returned === "never") return undefined
  if (projection._tag === "All") return returned === "request" ? undefined : byDefault
  const branch = branchOf(projection.selection, table, ref)
  if (projection._tag === "Only") {
    if (branch === "whole") return byDefault
    if (branch !== undefined) return { _tag: "Subs", names: branch }
    return returned === "always" ? byDefault : undefined
  }
  if (returned === "request") return undefined
  if (branch === undefined || returned === "always") return byDefault
  return branch === "whole" ? undefined : { _tag: "Without", names: branch }
}

/** A schema named as a whole stands for its attributes, except those that are returned only on request by name. */
const branchOf = (selection: Selection, table: AttributeTable, ref: AttributeRef): Branch | undefined => {
  const branch = selection.attributes.get(attributeKey(ref))
  if (branch === "whole" || selection.schemas.size === 0 || ref.attribute.returned === "request") return branch
  const urn = ref.extension ?? (isCommon(ref) ? undefined : table.resourceType.schema.id)
  return urn !== undefined && selection.schemas.has(urn.toLowerCase()) ? "whole" : branch
}

const projectExtension = (
  table: AttributeTable,
  projection: Projection,
  urn: string,
  value: Json | undefined
): JsonObject | undefined => {
  if (!isJsonObject(value)) return undefined
  const shown: Record<string, Json> = {}
  let any = false
  for (const name of Object.keys(value)) {
    const ref = table.find(urn, name)
    if (ref === undefined) continue
    const part = projectValue(sightOf(projection, table, ref), ref.attribute, value[name])
    if (part === undefined) continue
    shown[ref.attribute.name] = part
    any = true
  }
  return any ? shown : undefined
}

const projectValue = (sight: Sight | undefined, attribute: Attribute, value: Json | undefined): Json | undefined => {
  if (sight === undefined || value === undefined) return undefined
  const subAttributes = attribute.subAttributes
  if (subAttributes === undefined) return value
  const shows = (sub: Attribute): boolean => {
    if (sub.returned === "never") return false
    if (sub.returned === "always") return true
    const key = sub.name.toLowerCase()
    if (sight._tag === "Subs") return sight.names.has(key)
    return sub.returned !== "request" && !(sight._tag === "Without" && sight.names.has(key))
  }
  // The usual case, everything of an attribute with nothing special about it, copies nothing.
  if (
    sight._tag === "Default" &&
    subAttributes.every((sub) => sub.returned === "default" || sub.returned === "always")
  ) {
    return value
  }
  const visible = subAttributes.filter(shows)
  if (!isJsonArray(value)) return isJsonObject(value) ? pick(visible, value) : undefined
  const elements: Array<Json> = []
  for (const element of value) {
    const shown = isJsonObject(element) ? pick(visible, element) : undefined
    if (shown !== undefined) elements.push(shown)
  }
  return elements.length === 0 && value.length > 0 ? undefined : elements
}

const pick = (attributes: ReadonlyArray<Attribute>, value: JsonObject): JsonObject | undefined => {
  const shown: Record<string, Json> = {}
  let any = false
  for (const { name } of attributes) {
    const member = ownMember(value, name)
    if (member === undefined) continue
    shown[name] = member
    any = true
  }
  return any ? shown : undefined
}

/** The common or core attribute of that name: an extension's attribute has no place at the top of a resource. */
const coreAttribute = (table: AttributeTable, name: string): AttributeRef | undefined => {
  const ref = table.find(undefined, name)
  return ref === undefined || ref.extension !== undefined ? undefined : ref
}

const commonNames: ReadonlySet<string> = new Set(["id", "externalid", "schemas", "meta"])

const isCommon = (ref: AttributeRef): boolean => commonNames.has(ref.attribute.name.toLowerCase())

/** One key for an attribute and its place. */
const attributeKey = (ref: AttributeRef): string =>
  ref.extension === undefined
    ? ref.attribute.name.toLowerCase()
    : `${ref.extension.toLowerCase()}:${ref.attribute.name.toLowerCase()}`

const select = (table: AttributeTable, names: ReadonlyArray<string>): Selection => {
  const schemas = new Set<string>()
  const attributes = new Map<string, "whole" | Set<string>>()
  for (const name of names) {
    const path = parseAttributePath(name)
    if (Result.isFailure(path)) continue
    const location = locate(table, path.success)
    if (location._tag === "Schema") schemas.add(location.schema.id.toLowerCase())
    if (location._tag !== "Attribute") continue
    const { target } = location
    const key = attributeKey(target)
    const known = attributes.get(key)
    if (known === "whole") continue
    if (target.sub === undefined) attributes.set(key, "whole")
    else if (known === undefined) attributes.set(key, new Set([target.sub.name.toLowerCase()]))
    else known.add(target.sub.name.toLowerCase())
  }
  return { schemas, attributes }
}

const splitNames = (list: AttributeList): ReadonlyArray<string> => {
  if (list === undefined) return []
  return (typeof list === "string" ? [list] : list).flatMap(splitAtCommas)
}

/** The names between the commas, what stands in brackets left out: a filter there may hold commas, too. */
const splitAtCommas = (text: string): ReadonlyArray<string> => {
  const names: Array<string> = []
  let name = ""
  let start = 0
  let bracketed = false
  let quoted = false
  const take = (end: number) => {
    if (!bracketed) name += text.slice(start, end)
  }
  const finish = () => {
    const trimmed = name.trim()
    if (trimmed !== "") names.push(trimmed)
    name = ""
  }
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (quoted) {
      if (character === "\\") i++
      else if (character === '"') quoted = false
    } else if (bracketed) {
      if (character === '"') quoted = true
      else if (character === "]") {
        bracketed = false
        start = i + 1
      }
    } else if (character === "[") {
      take(i)
      bracketed = true
    } else if (character === ",") {
      take(i)
      finish()
      start = i + 1
    }
  }
  take(text.length)
  finish()
  return names
}
