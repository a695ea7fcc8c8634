import { isJsonArray, isJsonObject, type Json } from "../scim/Json.ts"

/**
 * Whether a value says "nothing": `null`, `""`, `[]`, or an object that has nothing else inside, such as
 * `{ "value": "" }` (RFC 7643 section 2.5, WIRE F.9, C.2 test 16).
 */
export const isUnassigned = (value: Json): boolean => {
  if (isNothing(value)) return true
  return isJsonObject(value) && Object.keys(value).every((name) => isNothing(value[name] ?? null))
}

const isNothing = (value: Json): boolean => value === null || value === "" || (isJsonArray(value) && value.length === 0)
