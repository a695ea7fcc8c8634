import type { Attribute } from "./Attribute.ts"
import { findSub, type TargetRef } from "./AttributeTable.ts"
import { comparisonKey } from "./Comparison.ts"
import { parseInstant } from "./DateTimeValue.ts"
import { isJsonArray, isJsonObject, type Json, type JsonObject, ownMember } from "./Json.ts"

/**
 * A value in the form in which it is compared, sorted and indexed: the one place that says so for the evaluator, the
 * search document and the sort key, which therefore agree.
 */
export type ComparedValue = string | number | boolean

/**
 * The compared form of a value of a simple attribute: a string's comparisonKey (itself where caseExact), the instant of
 * a dateTime, a number or boolean as it is. Undefined where nothing is assigned (null, `""`) or the type is another.
 */
export const comparedValue = (attribute: Attribute, value: Json | undefined): ComparedValue | undefined => {
  if (attribute.anyPrimitive === true) {
    if (typeof value === "string") return value === "" ? undefined : comparisonKey(value)
    return typeof value === "number" || typeof value === "boolean" ? value : undefined
  }
  switch (attribute.type) {
    case "boolean":
      return typeof value === "boolean" ? value : undefined
    case "integer":
    case "decimal":
      return typeof value === "number" ? value : undefined
    case "dateTime":
      return typeof value === "string" ? parseInstant(value) : undefined
    case "complex":
      return undefined
    default:
      if (typeof value !== "string" || value === "") return undefined
      return attribute.caseExact ? value : comparisonKey(value)
  }
}

/** Whether a value is assigned: a simple one that compares, a complex one with any assigned sub-attribute. */
export const isAssigned = (attribute: Attribute, value: Json | undefined): boolean => {
  if (value === undefined) return false
  if (isJsonArray(value)) return value.some((item) => !isJsonArray(item) && isAssigned(attribute, item))
  if (attribute.subAttributes === undefined) return comparedValue(attribute, value) !== undefined
  if (!isJsonObject(value)) return false
  return attribute.subAttributes.some((sub) => isAssigned(sub, ownMember(value, sub.name)))
}

/**
 * What a resource holds of an attribute: the elements of a multi-valued one, the single value as a list of one, and
 * nothing for what is absent. Values that are not assigned are left out.
 */
export const elementsOf = (target: TargetRef, resource: JsonObject): ReadonlyArray<Json> => {
  const held = attributeValue(target, resource)
  if (held === undefined) return []
  const elements = isJsonArray(held) ? held : [held]
  return elements.filter((element) => isAssigned(target.attribute, element))
}

/** The sub-attribute of an element, or the element itself where `sub` is undefined. */
export const leafValue = (sub: Attribute | undefined, element: Json): Json | undefined =>
  sub === undefined ? element : isJsonObject(element) ? ownMember(element, sub.name) : undefined

const attributeValue = (target: TargetRef, resource: JsonObject): Json | undefined => {
  const container = target.extension === undefined ? resource : ownMember(resource, target.extension)
  if (container === undefined || !isJsonObject(container)) return undefined
  if (target.attribute.anyPrimitive !== true) return ownMember(container, target.attribute.name)
  // A custom attribute has no canonical spelling but the one in which it was stored.
  const key = target.attribute.name.toLowerCase()
  const stored = Object.keys(container).find((member) => member.toLowerCase() === key)
  return stored === undefined ? undefined : container[stored]
}

/** The attribute that a comparison of a complex attribute itself looks at; the attribute where it is simple. */
export const comparedLeaf = (target: TargetRef): Attribute | undefined => {
  const named = target.sub ?? target.attribute
  return named.type === "complex" ? findSub(named, "value") : named
}
