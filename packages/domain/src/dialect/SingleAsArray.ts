import { isJsonArray, type Json } from "../scim/Json.ts"

/** The list that was meant where one value came for a multi-valued attribute (WIRE F.4: OneLogin's `emails`). */
export const asList = (value: Json): ReadonlyArray<Json> => (isJsonArray(value) ? value : [value])

/**
 * The value that was meant where a list came for a single-valued attribute: its only item, null for an empty list
 * (WIRE B.8: Entra's manager); undefined where there are several to choose from.
 */
export const onlyItem = (list: ReadonlyArray<Json>): Json | undefined =>
  list.length === 0 ? null : list.length === 1 ? list[0] : undefined
