import type { CustomAttribute } from "../organization/CustomAttribute.ts"
import type { Settings } from "../organization/Settings.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"

/** What a decision takes into account besides the command and what stands. */
export interface DecideContext {
  readonly resourceTypes: ResourceTypes
  readonly settings: Settings
  readonly customAttributes: ReadonlyArray<CustomAttribute>
  /** Milliseconds since 1970 UTC. */
  readonly now: number
  /** The User ID that a new person gets, or the number of a new group. */
  readonly nextUserNumber: number
  readonly nextGroupNumber: number
}
