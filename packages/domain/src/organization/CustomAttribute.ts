import { Schema } from "effect"
import { isJsonArray, type Json, type JsonObject } from "../scim/Json.ts"

/** A `custom_` attribute that people of the organisation carry (R-USER-4), as `/Schemas` publishes it. */
export const CustomAttribute = Schema.Struct({
  /** As the identity provider first spelled it; compared without regard to case. */
  name: Schema.String,
  type: Schema.Literals(["string", "decimal", "boolean"]),
  multiValued: Schema.Boolean
})
export type CustomAttribute = typeof CustomAttribute.Type

/** So many different names an organisation may have; further ones are ignored and logged. */
export const maxCustomAttributes = 100

/** The type under which a value's attribute is published when it first appears. */
const typeOf = (value: Json): CustomAttribute["type"] =>
  typeof value === "boolean" ? "boolean" : typeof value === "number" ? "decimal" : "string"

/** An extension object whose custom names are spelled as the organisation first did, and what was learned. */
export interface Registered {
  readonly extension: JsonObject
  /** All custom attributes, the new ones last; the very array given where there are none. */
  readonly customAttributes: ReadonlyArray<CustomAttribute>
  /** Names beyond {@link maxCustomAttributes}, left out. */
  readonly refused: ReadonlyArray<string>
}

/**
 * Gives the custom attributes of an extension object their first spelling and notes the new ones. The type is that of
 * the first value seen: later values of another type are kept, since identity providers decide what they send.
 */
export const registerCustomAttributes = (
  known: ReadonlyArray<CustomAttribute>,
  prefix: string,
  extension: JsonObject
): Registered => {
  const names = Object.keys(extension).filter((name) => name.toLowerCase().startsWith(prefix))
  if (names.length === 0) return { extension, customAttributes: known, refused: [] }
  const spelling = new Map(known.map((attribute) => [attribute.name.toLowerCase(), attribute.name] as const))
  const added: Array<CustomAttribute> = []
  const refused: Array<string> = []
  const entries: Array<readonly [string, Json]> = []
  for (const [name, value] of Object.entries(extension)) {
    if (!name.toLowerCase().startsWith(prefix)) {
      entries.push([name, value])
      continue
    }
    const first = spelling.get(name.toLowerCase())
    if (first !== undefined) {
      entries.push([first, value])
    } else if (known.length + added.length < maxCustomAttributes) {
      spelling.set(name.toLowerCase(), name)
      const multiValued = isJsonArray(value)
      added.push({ name, type: typeOf(multiValued ? (value[0] ?? "") : value), multiValued })
      entries.push([name, value])
    } else refused.push(name)
  }
  return {
    extension: Object.fromEntries(entries),
    customAttributes: added.length === 0 ? known : [...known, ...added],
    refused
  }
}
