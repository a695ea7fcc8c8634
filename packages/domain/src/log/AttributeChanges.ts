import { isJsonObject, type Json, type JsonObject, jsonEquals, ownMember } from "../scim/Json.ts"
import type { AttributeChange } from "./LogEntry.ts"

/**
 * What differs between two states of a resource, by attribute: single-valued complex attributes and extensions are
 * looked into, multi-valued ones are told as a whole.
 */
export const attributeChanges = (before: JsonObject, after: JsonObject): ReadonlyArray<AttributeChange> => {
  const changes: Array<AttributeChange> = []
  if (before !== after) compare(changes, "", before, after)
  return changes
}

/** Adds what differs to `changes`: what was there in its order, then what is new; an absent object has no members. */
const compare = (
  changes: Array<AttributeChange>,
  prefix: string,
  before: JsonObject | undefined,
  after: JsonObject | undefined
): void => {
  for (const name of before === undefined ? [] : Object.keys(before)) {
    compareMember(changes, prefix, name, before?.[name], after === undefined ? undefined : ownMember(after, name))
  }
  for (const name of after === undefined ? [] : Object.keys(after)) {
    if (before !== undefined && Object.hasOwn(before, name)) continue
    compareMember(changes, prefix, name, undefined, after?.[name])
  }
}

const compareMember = (
  changes: Array<AttributeChange>,
  prefix: string,
  name: string,
  left: Json | undefined,
  right: Json | undefined
): void => {
  if (isObject(left) && isObject(right)) {
    if (left !== right) compare(changes, `${prefix}${name}${name.startsWith("urn:") ? ":" : "."}`, left, right)
  } else if (!jsonEquals(left, right)) changes.push({ attribute: prefix + name, before: left, after: right })
}

/** Whether a side of a comparison can be looked into: an object, or nothing at all. */
const isObject = (value: Json | undefined): value is JsonObject | undefined =>
  value === undefined || isJsonObject(value)
