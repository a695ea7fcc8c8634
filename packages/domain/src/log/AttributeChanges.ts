import { isJsonObject, type Json, type JsonObject, jsonEquals, ownMember } from "../scim/Json.ts"
import type { AttributeChange } from "./LogEntry.ts"

/**
 * What differs between two states of a resource, by attribute: single-valued complex attributes and extensions are
 * looked into, multi-valued ones are told as a whole.
 */
export const attributeChanges = (before: JsonObject, after: JsonObject): ReadonlyArray<AttributeChange> =>
  before === after ? [] : compare("", before, after)

const compare = (prefix: string, before: JsonObject, after: JsonObject): ReadonlyArray<AttributeChange> => {
  const changes: Array<AttributeChange> = []
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const left = ownMember(before, name)
    const right = ownMember(after, name)
    if (jsonEquals(left, right)) continue
    const path = prefix + name
    if (isObject(left) && isObject(right) && (left !== undefined || right !== undefined)) {
      changes.push(...compare(name.startsWith("urn:") ? `${path}:` : `${path}.`, left ?? {}, right ?? {}))
    } else changes.push({ attribute: path, before: left, after: right })
  }
  return changes
}

/** Whether a side of a comparison can be looked into: an object, or nothing at all. */
const isObject = (value: Json | undefined): value is JsonObject | undefined =>
  value === undefined || isJsonObject(value)
