import { Schema } from "effect"
import { comparisonKey } from "../scim/Comparison.ts"
import type { JsonObject } from "../scim/Json.ts"
import type { Source } from "../user/User.ts"

/** The id of a group: a UUID in lower case. */
export const GroupId = Schema.String.pipe(Schema.brand("GroupId"))
export type GroupId = typeof GroupId.Type

/** The group type in which a new group lands (R-GROUP-3). */
export const defaultGroupType = "Groups"

/**
 * A group without its members, which are never part of it: a change of membership is a delta and does not load them
 * (R-GROUP-5). Times are milliseconds since 1970 UTC.
 */
export interface Group {
  readonly id: GroupId
  /** Counted up in each organisation: the order of lists. */
  readonly number: number
  readonly displayName: string
  readonly externalId: string | undefined
  /** What admins sort groups by; no SCIM request changes it (R-GROUP-3). */
  readonly type: string
  /** How the group was made. */
  readonly origin: Source
  readonly version: number
  readonly createdAt: number
  readonly lastModifiedAt: number
}

/** The key by which group names compare without regard to case (R-GROUP-2). */
export const groupNameKey = (displayName: string): string => comparisonKey(displayName)

/** The SCIM attributes of a group, members apart. */
export const groupAttributes = (group: Group): JsonObject => ({
  ...(group.externalId === undefined ? {} : { externalId: group.externalId }),
  displayName: group.displayName
})
