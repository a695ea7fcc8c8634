import { isJsonArray, isJsonObject, type Json, type JsonObject } from "./Json.ts"

/** What a string begins with where it stands for the id of a resource that the same bulk request creates. */
export const bulkIdPrefix = "bulkId:"

/** The bulkId that a text refers to; undefined where it is no reference. The whole text counts, as in RFC 7644 section 3.7.2. */
export const bulkIdOf = (text: string): string | undefined =>
  text.startsWith(bulkIdPrefix) && text.length > bulkIdPrefix.length ? text.slice(bulkIdPrefix.length) : undefined

/**
 * The bulkIds that the strings of a body refer to, at any depth; names of members are not looked at. One pass, recursive:
 * for bodies within `limits.jsonDepth`, like everything in this file.
 */
export const bulkReferences = (data: Json | undefined): ReadonlySet<string> => {
  const found = new Set<string>()
  const visit = (value: Json): void => {
    if (typeof value === "string") {
      const bulkId = bulkIdOf(value)
      if (bulkId !== undefined) found.add(bulkId)
    } else if (isJsonArray(value)) value.forEach(visit)
    else if (isJsonObject(value)) for (const name of Object.keys(value)) visit(memberOf(value, name))
  }
  if (data !== undefined) visit(data)
  return found
}

/**
 * The body with every reference replaced by the id that its bulkId was given; references to others stay as they are.
 * What holds none is shared with the body given.
 */
export const resolveBulkIds = (data: Json, ids: ReadonlyMap<string, string>): Json =>
  rewrite(data, (bulkId) => ids.get(bulkId))

/**
 * The body without its references to the bulkIds given: an object that holds such a reference directly (an element of
 * `members`, a `manager`) goes as a whole, and so does a member or an element that is one. Undefined where nothing is left.
 */
export const withoutReferences = (data: Json, bulkIds: ReadonlySet<string>): Json | undefined => {
  const refers = (value: Json): boolean => {
    const bulkId = typeof value === "string" ? bulkIdOf(value) : undefined
    return bulkId !== undefined && bulkIds.has(bulkId)
  }
  const strip = (value: Json, top: boolean): Json | undefined => {
    if (refers(value)) return undefined
    if (isJsonArray(value)) return value.map((item) => strip(item, false)).filter((item) => item !== undefined)
    if (!isJsonObject(value)) return value
    const names = Object.keys(value)
    if (!top && names.some((name) => refers(memberOf(value, name)))) return undefined
    const kept: Array<readonly [string, Json]> = []
    for (const name of names) {
      const member = strip(memberOf(value, name), false)
      if (member !== undefined) kept.push([name, member])
    }
    return Object.fromEntries(kept)
  }
  return strip(data, true)
}

const rewrite = (value: Json, replacement: (bulkId: string) => string | undefined): Json => {
  if (typeof value === "string") {
    const bulkId = bulkIdOf(value)
    return (bulkId === undefined ? undefined : replacement(bulkId)) ?? value
  }
  if (isJsonArray(value)) {
    let changed = false
    const items = value.map((item) => {
      const next = rewrite(item, replacement)
      if (next !== item) changed = true
      return next
    })
    return changed ? items : value
  }
  if (!isJsonObject(value)) return value
  let changed = false
  const members = Object.keys(value).map((name) => {
    const member = memberOf(value, name)
    const next = rewrite(member, replacement)
    if (next !== member) changed = true
    return [name, next] as const
  })
  // fromEntries defines own members, so that one named __proto__ stays a member (ABUSE-29).
  return changed ? Object.fromEntries(members) : value
}

/** A member of that very object, whose name came from `Object.keys`. */
const memberOf = (object: JsonObject, name: string): Json => object[name] ?? null
