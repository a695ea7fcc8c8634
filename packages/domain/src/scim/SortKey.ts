import { Result } from "effect"
import type { Attribute } from "./Attribute.ts"
import { clip, locate, parseAttributePath, unknownReason } from "./AttributePath.ts"
import type { AttributeTable, TargetRef } from "./AttributeTable.ts"
import { type ComparedValue, comparedLeaf, comparedValue, elementsOf, leafValue } from "./ComparedValue.ts"
import { compareCodePoints } from "./Comparison.ts"
import { isJsonObject, type JsonObject, ownMember } from "./Json.ts"
import { badRequest, type ScimError } from "./ScimError.ts"

/** What a list is sorted by; `leaf` is `sub ?? attribute` and never complex. */
export interface SortTarget extends TargetRef {
  readonly leaf: Attribute
}

/** Undefined where the resource has no such value. */
export type SortKey = ComparedValue | undefined

/**
 * Looks up `sortBy` (RFC 7644 section 3.4.2.3); a complex attribute is sorted by its `value`. What cannot be sorted by
 * fails with 400 `invalidValue`, the never returned included (ABUSE-15).
 */
export const resolveSort = (table: AttributeTable, text: string): Result.Result<SortTarget, ScimError> => {
  const path = parseAttributePath(text)
  if (Result.isFailure(path)) return refuse(text, path.failure.reason)
  const location = locate(table, path.success)
  if (location._tag === "Unknown") return refuse(text, unknownReason(location))
  if (location._tag === "Schema") return refuse(text, "this names a whole schema, not an attribute")
  const { extension, attribute, sub } = location.target
  if (attribute.returned === "never" || sub?.returned === "never") {
    return refuse(text, "this attribute is never returned, so nothing is sorted by it")
  }
  const leaf = comparedLeaf(location.target)
  if (leaf === undefined) {
    const names = (attribute.subAttributes ?? []).map((one) => `${attribute.name}.${one.name}`)
    return refuse(text, `it has no value of its own; sort by one of its parts: ${names.join(", ")}`)
  }
  return Result.succeed({ extension, attribute, sub: attribute.type === "complex" ? leaf : undefined, leaf })
}

/** What a resource is sorted by: of a multi-valued attribute the primary element, else the first that is assigned. */
export const sortKey = (target: SortTarget, resource: JsonObject): SortKey => {
  const elements = elementsOf(target, resource)
  const primary = elements.find((element) => isJsonObject(element) && ownMember(element, "primary") === true)
  return comparedValue(target.leaf, leafValue(target.sub, primary ?? elements[0] ?? null))
}

/**
 * The ascending order of sort keys; turned round it is the descending one. Missing keys come last when ascending and
 * so first when descending (RFC 7644 section 3.4.2.3). Strings are ordered by code point; where `custom_` values mix
 * types, strings come before numbers and numbers before booleans.
 */
export const compareSortKeys = (left: SortKey, right: SortKey): number => {
  if (typeof left === "string" && typeof right === "string") return compareCodePoints(left, right)
  if (typeof left === typeof right) return Number(left ?? 0) - Number(right ?? 0)
  return rank(left) - rank(right)
}

const rank = (key: SortKey): number =>
  typeof key === "string" ? 0 : typeof key === "number" ? 1 : typeof key === "boolean" ? 2 : 3

const refuse = (text: string, reason: string) =>
  Result.fail(badRequest("invalidValue", `sortBy ${JSON.stringify(clip(text))} is not possible: ${reason}.`))
