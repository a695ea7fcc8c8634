import type { Json, JsonObject } from "../scim/Json.ts"

/**
 * The element that a bare text or number stands for: `"members": ["7c9e…"]` means `[{ "value": "7c9e…" }]`
 * (WIRE F.4, C.4). Undefined for every other value.
 */
export const elementOfBareValue = (value: Json): JsonObject | undefined =>
  typeof value === "string" || typeof value === "number" ? { value } : undefined
