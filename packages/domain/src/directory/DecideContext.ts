import type { Configuration } from "../organization/Configuration.ts"
import type { CustomAttribute } from "../organization/CustomAttribute.ts"
import type { SingleSignOn } from "../organization/Organization.ts"
import type { ReviewWindow } from "../organization/ReviewWindow.ts"
import type { Settings } from "../organization/Settings.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import type { Source } from "../user/User.ts"

/** What a decision takes into account besides the command and what stands. */
export interface DecideContext {
  readonly resourceTypes: ResourceTypes
  /** Who writes: what was written remembers it (R-USER-11), and some may less than others (R-ORG-7). */
  readonly via: Source
  readonly scimEnabled: boolean
  /** Whether the operator allows CSV imports while SCIM is on (R-ORG-7). */
  readonly csvAllowed: boolean
  readonly settings: Settings
  readonly singleSignOn: SingleSignOn
  readonly reviewWindows: ReadonlyArray<ReviewWindow>
  /** All that is set, the above included. */
  readonly configuration: Configuration
  /** Whether the operator asks, who stands above the organisation. */
  readonly byOperator: boolean
  readonly customAttributes: ReadonlyArray<CustomAttribute>
  /** Milliseconds since 1970 UTC. */
  readonly now: number
  /** The number of the last event at this moment. */
  readonly eventSequence: number
  /** The organisation's today, an ISO 8601 date. */
  readonly today: string
  /** The User IDs that the batch may give out: the first, and the last where every request made somebody. */
  readonly userNumbers: readonly [first: number, last: number]
  /** The User ID that a new person gets, or the number of a new group. */
  readonly nextUserNumber: number
  readonly nextGroupNumber: number
}
