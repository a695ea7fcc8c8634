import { Schema } from "effect"

/** The SCIM ID of a person: a UUID in lower case (R-USER-1). */
export const UserId = Schema.String.pipe(Schema.brand("UserId"))
export type UserId = typeof UserId.Type

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The id that a text stands for: UUIDs compare without regard to case; undefined where it cannot be one (R-MATCH-2). */
export const parseUuid = (text: string): string | undefined => {
  const lower = text.toLowerCase()
  return lower.length === 36 && uuid.test(lower) ? lower : undefined
}
