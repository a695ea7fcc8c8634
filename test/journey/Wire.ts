import type { Json } from "./Connection.ts"

export const USER = "urn:ietf:params:scim:schemas:core:2.0:User"
export const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
export const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
export const EXTENSION = "urn:ietf:params:scim:schemas:extension:15Five:2.0:User"
export const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
export const LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

export const patch = (...operations: ReadonlyArray<Json>): Json => ({ schemas: [PATCH_OP], Operations: operations })

/** A string literal of the filter grammar: RFC 7644 takes JSON's. */
export const literal = (value: string): string => JSON.stringify(value)

export const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const jsonAt = (value: unknown, key: string): Json => {
  const found = isJson(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return isJson(found) ? found : {}
}

/** Without the keys whose value is undefined. */
export const compact = (value: Json): Json =>
  Object.fromEntries(Object.entries(value).filter(([, element]) => element !== undefined))
