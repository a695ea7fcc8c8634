import { Schema } from "effect"
import { comparisonKey } from "../scim/Comparison.ts"
import type { JsonObject } from "../scim/Json.ts"
import type { Source } from "../user/User.ts"
import type { GroupTypeId } from "./GroupType.ts"

/** The id of a group: a UUID in lower case. */
export const GroupId = Schema.String.pipe(Schema.brand("GroupId"))
export type GroupId = typeof GroupId.Type

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
  readonly type: GroupTypeId
  /** How the group was made. */
  readonly origin: Source
  readonly version: number
  readonly createdAt: number
  readonly lastModifiedAt: number
}

/** The key by which group names compare without regard to case (R-GROUP-2). */
export const groupNameKey = (displayName: string): string => comparisonKey(displayName)

/**
 * The key that names share which people take for the same: besides case, white space, hyphens of any kind and underscores
 * make no difference. It points out near misses and decides nothing (R-GROUP-2).
 */
export const groupNearKey = (displayName: string): string => {
  const key = comparisonKey(displayName)
  let near = ""
  for (const character of key) if (!isFiller(character)) near += character
  return near === "" ? key : near
}

const isFiller = (character: string): boolean =>
  character === "_" || character === "\u200d" || /[\s\p{Dash_Punctuation}]/u.test(character)

/** The SCIM attributes of a group, members apart. */
export const groupAttributes = (group: Group): JsonObject => ({
  ...(group.externalId === undefined ? {} : { externalId: group.externalId }),
  displayName: group.displayName
})
