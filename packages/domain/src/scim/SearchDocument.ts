import type { Attribute } from "./Attribute.ts"
import type { AttributeTable } from "./AttributeTable.ts"
import { comparedValue } from "./ComparedValue.ts"
import { isJsonArray, isJsonObject, type Json, type JsonObject, ownMember } from "./Json.ts"

/**
 * The shadow of a resource that storage compares against, so that SQL folds nothing itself: the same nesting and
 * canonical names (those of `custom_` attributes in lower case), strings replaced by their comparisonKey unless
 * caseExact, dateTimes by their instant, numbers and booleans as they are.
 *
 * It holds only what the schemas know and what is assigned: `pr` is the presence of a member. Attributes that are
 * never returned are left out. A filter matches the shadow exactly when it matches the resource.
 *
 * What storage keeps elsewhere (`elsewhere`: names by the URN of their schema) is left out too; of an extension that has
 * nothing else an empty object stays.
 */
export const searchDocument = (
  table: AttributeTable,
  resource: JsonObject,
  elsewhere: ReadonlyMap<string, ReadonlySet<string>> = nowhere
): JsonObject => {
  const core = table.resourceType.schema.id
  const document: Record<string, Json> = {}
  for (const name of Object.keys(resource)) {
    const value = ownMember(resource, name)
    const extension = table.resourceType.extensions.find((schema) => schema.id === name)
    if (extension === undefined) {
      if (elsewhere.get(core)?.has(name) !== true) put(document, table, core, name, value)
    } else if (value !== undefined && isJsonObject(value)) {
      const inside: Record<string, Json> = {}
      const apart: Record<string, Json> = {}
      const names = elsewhere.get(extension.id)
      for (const member of Object.keys(value)) {
        put(names?.has(member) === true ? apart : inside, table, extension.id, member, ownMember(value, member))
      }
      if (Object.keys(inside).length + Object.keys(apart).length > 0) document[extension.id] = inside
    }
  }
  return document
}

const nowhere: ReadonlyMap<string, ReadonlySet<string>> = new Map()

const put = (
  document: Record<string, Json>,
  table: AttributeTable,
  urn: string,
  member: string,
  value: Json | undefined
): void => {
  const attribute = table.find(urn, member)?.attribute
  if (attribute === undefined || attribute.name !== member || attribute.returned === "never") return
  const name = attribute.anyPrimitive === true ? member.toLowerCase() : member
  if (Object.hasOwn(document, name)) return
  const shadow = shadowOf(attribute, value)
  if (shadow !== undefined) document[name] = shadow
}

/** The shadow of a value; undefined where nothing of it is assigned, in the sense of `isAssigned`. */
const shadowOf = (attribute: Attribute, value: Json | undefined): Json | undefined => {
  if (value === undefined) return undefined
  if (isJsonArray(value)) {
    const shadows: Array<Json> = []
    for (const element of value) {
      const shadow = isJsonArray(element) ? undefined : shadowOf(attribute, element)
      if (shadow !== undefined) shadows.push(shadow)
    }
    return shadows.length === 0 ? undefined : shadows
  }
  const { subAttributes } = attribute
  if (subAttributes === undefined) return comparedValue(attribute, value)
  if (!isJsonObject(value)) return undefined
  const shadow: Record<string, Json> = {}
  let assigned = false
  for (const sub of subAttributes) {
    const inner = shadowOf(sub, ownMember(value, sub.name))
    if (inner === undefined) continue
    // What is never returned is assigned all the same.
    assigned = true
    if (sub.returned !== "never") shadow[sub.name] = inner
  }
  return assigned ? shadow : undefined
}
