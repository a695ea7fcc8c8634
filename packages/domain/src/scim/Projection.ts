import { Result } from "effect"
import type { Attribute } from "./Attribute.ts"
import { locate, parseAttributePath } from "./AttributePath.ts"
import type { AttributeRef, AttributeTable } from "./AttributeTable.ts"
import { isJsonArray, isJsonObject, type Json, type JsonObject, ownMember } from "./Json.ts"
import { limits } from "./Limits.ts"

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
 * names select nothing, nor do names beyond `limits.attributeNames`; of both parameters `attributes` counts; an empty list
 * is none.
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
  const sight = ref && sightOf(projection, table, ref)
  if (ref === undefined || sight === undefined) return false
  // Every part of it may be excluded by name, one by one.
  return ref.attribute.subAttributes?.some((sub) => isVisible(sight, sub)) ?? true
}

/**
 * The part of a resource that the projection shows, members in the order `schemas`, `id`, `externalId`, core attributes,
 * extensions, `meta`. Attributes that no schema has and those never returned are left out, those always returned stay;
 * `schemas` names the core schema and the extensions that are left.
 *
 * @param resource canonical attribute names, extension attributes in an object under the URN of their schema
 */
export const project = (table: AttributeTable, projection: Projection, resource: JsonObject): JsonObject => {
  const view = viewOf(table, projection)
  const shown: Record<string, Json> = { schemas: [] }
  const show = (name: string) => {
    const rule = ruleFor(view, undefined, name)
    const value = rule && applyRule(rule, ownMember(resource, name))
    if (rule !== undefined && value !== undefined) shown[rule.name] = value
  }
  show("id")
  show("externalId")
  for (const name of Object.keys(resource)) {
    if (name !== "id" && name !== "externalId" && name !== "schemas" && name !== "meta") show(name)
  }
  const urns = [table.resourceType.schema.id]
  for (const { id } of table.resourceType.extensions) {
    const extension = projectExtension(view, id, ownMember(resource, id))
    if (extension === undefined) continue
    shown[id] = extension
    urns.push(id)
  }
  show("meta")
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

/** What becomes of one attribute. */
interface Rule {
  readonly name: string
  /** The sub-attributes that are left; undefined where the value is shown as it is. */
  readonly subAttributes: ReadonlyArray<Attribute> | undefined
}

/**
 * A projection of one table with the rules found so far, by the URN of the extension (empty for the core) and the name:
 * a list applies the same few to every resource. Undefined is the rule for what is not shown.
 */
interface View {
  readonly table: AttributeTable
  readonly projection: Projection
  readonly rules: Map<string, Map<string, Rule | undefined>>
}

const views = new WeakMap<AttributeTable, WeakMap<Projection, View>>()

const viewOf = (table: AttributeTable, projection: Projection): View => {
  const ofTable = views.get(table)
  const known = ofTable?.get(projection)
  if (known !== undefined) return known
  const view: View = { table, projection, rules: new Map() }
  if (ofTable === undefined) views.set(table, new WeakMap([[projection, view]]))
  else ofTable.set(projection, view)
  return view
}

const ruleFor = (view: View, urn: string | undefined, name: string): Rule | undefined => {
  const place = urn ?? ""
  const rules = view.rules.get(place)
  const known = rules?.get(name)
  if (known !== undefined || rules?.has(name)) return known
  const ref = view.table.find(urn, name)
  // At the top of a resource an attribute of an extension is out of place.
  const rule = ref === undefined || ref.extension !== urn ? undefined : makeRule(view, ref)
  // Only the names of the table are kept: there is no end to the others, custom attributes among them.
  if (ref !== undefined && ref.attribute.name === name && ref.attribute.anyPrimitive !== true) {
    if (rules === undefined) view.rules.set(place, new Map([[name, rule]]))
    else rules.set(name, rule)
  }
  return rule
}

const makeRule = (view: View, ref: AttributeRef): Rule | undefined => {
  const sight = sightOf(view.projection, view.table, ref)
  const { name, subAttributes } = ref.attribute
  if (sight === undefined) return undefined
  if (subAttributes === undefined) return { name, subAttributes }
  const visible = subAttributes.filter((sub) => isVisible(sight, sub))
  return { name, subAttributes: visible.length === subAttributes.length ? undefined : visible }
}

const isVisible = (sight: Sight, sub: Attribute): boolean => {
  if (sub.returned === "never") return false
  if (sub.returned === "always") return true
  const key = sub.name.toLowerCase()
  if (sight._tag === "Subs") return sight.names.has(key)
  return sub.returned !== "request" && !(sight._tag === "Without" && sight.names.has(key))
}

const projectExtension = (view: View, urn: string, value: Json | undefined): JsonObject | undefined => {
  if (!isJsonObject(value)) return undefined
  const shown: Record<string, Json> = {}
  let any = false
  for (const name of Object.keys(value)) {
    const rule = ruleFor(view, urn, name)
    const part = rule && applyRule(rule, ownMember(value, name))
    if (rule === undefined || part === undefined) continue
    shown[rule.name] = part
    any = true
  }
  return any ? shown : undefined
}

const applyRule = ({ subAttributes }: Rule, value: Json | undefined): Json | undefined => {
  if (subAttributes === undefined || value === undefined) return value
  if (!isJsonArray(value)) return isJsonObject(value) ? pick(subAttributes, value) : undefined
  const elements: Array<Json> = []
  for (const element of value) {
    const shown = isJsonObject(element) ? pick(subAttributes, element) : undefined
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
  const names = (typeof list === "string" ? [list] : list).flatMap(splitAtCommas)
  return names.length > limits.attributeNames ? names.slice(0, limits.attributeNames) : names
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
