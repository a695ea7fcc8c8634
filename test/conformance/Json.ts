/** A JSON value as it goes over the wire; fixtures, templates and matchers are all of this type, so they stay data. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | JsonObject

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json }

/** Whether a value is an object with members (neither null nor an array). */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The own member of an object, or undefined: names such as `constructor` are ordinary data here. */
export const member = (value: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(value, key) ? value[key] : undefined

/** JSON text for people, cut after `limit` characters. */
export const show = (value: Json | undefined, limit = 400): string => {
  const text = value === undefined ? "nothing" : JSON.stringify(value)
  return text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)` : text
}
