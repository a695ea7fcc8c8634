/** A JSON value as `JSON.parse` gives it. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | JsonObject

/** A JSON object; read its members with {@link ownMember}, never by indexing with a name that came from outside. */
export interface JsonObject {
  readonly [name: string]: Json
}

/** Whether a value is a JSON object (neither null nor an array). */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Whether a value is a JSON array. */
export const isJsonArray = (value: Json | undefined): value is ReadonlyArray<Json> => Array.isArray(value)

/** The member of that exact name which the object itself has: inherited names such as `constructor` are absent. */
export const ownMember = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined

/** Structural equality of JSON values; the order of object members does not count, that of array elements does. */
export const jsonEquals = (left: Json | undefined, right: Json | undefined): boolean => {
  if (left === right) return true
  if (left === undefined || right === undefined || left === null || right === null) return false
  if (isJsonArray(left)) {
    return isJsonArray(right) && left.length === right.length && left.every((item, i) => jsonEquals(item, right[i]))
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return false
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && jsonEquals(left[name], right[name]))
  )
}

/**
 * Whether a JSON text nests arrays and objects deeper than `limit`, found in one pass without recursion
 * (ABUSE-30: `JSON.parse` accepts any depth, everything after it that recurses does not).
 */
export const nestsDeeperThan = (text: string, limit: number): boolean => {
  let depth = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (inString) {
      if (code === 0x5c) i++
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x5b || code === 0x7b) {
      depth++
      if (depth > limit) return true
    } else if (code === 0x5d || code === 0x7d) depth--
  }
  return false
}
