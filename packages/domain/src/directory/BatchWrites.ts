import type { ImportAdvance } from "../csv/ImportStep.ts"
import type { KeptEvent } from "../events/EventPayload.ts"
import type { Group, GroupId } from "../group/Group.ts"
import type { GroupType, GroupTypeId } from "../group/GroupType.ts"
import type { LogEntry } from "../log/LogEntry.ts"
import type { Configuration } from "../organization/Configuration.ts"
import type { CustomAttribute } from "../organization/CustomAttribute.ts"
import type { OAuthChange } from "../organization/OAuthChange.ts"
import type { PasswordHash } from "../user/PasswordHash.ts"
import type { User } from "../user/User.ts"
import type { UserId } from "../user/UserId.ts"
import type { EndpointWrite } from "../webhooks/HeldEndpoint.ts"
import type { KeyChange, MembershipDelta, OwnPasswordChange } from "./Decision.ts"

/** The counters of an organisation, kept on its row and so protected by its lock. */
export interface Counters {
  /** The number of the last event: the order of numbers is the order of commits. */
  readonly eventSequence: number
  readonly logSequence: number
  readonly userSequence: number
  readonly groupSequence: number
  /** How many people and groups live: what an unfiltered list says of the total. */
  readonly userCount: number
  readonly groupCount: number
}

/** What a batch reads of the organisation's row under its lock. */
export interface OrganizationState extends Configuration {
  readonly customAttributes: ReadonlyArray<CustomAttribute>
  readonly counters: Counters
}

/** A log entry with its number, whose case code it carries. */
export interface NumberedEntry {
  readonly sequence: number
  readonly entry: LogEntry
}

/** What a batch writes of group types and admins. */
export interface AdministrationWrites {
  /** All types besides the default one as they stand; undefined where none changed. */
  readonly types: ReadonlyArray<GroupType> | undefined
  /** Groups of these types are of the default type from now on, but for those that the batch writes themselves. */
  readonly deletedTypes: ReadonlyArray<GroupTypeId>
  /** The net change of the admins of each group; groups deleted by the batch are not among them. */
  readonly admins: ReadonlyArray<MembershipDelta>
}

/** A person whom a batch changes. */
export interface UserChange {
  readonly user: User
  /** How they stood before the batch; undefined where they did not live then. */
  readonly before: User | undefined
  /** Nobody of that id was kept before the batch, not even somebody deleted. */
  readonly isNew: boolean
}

/** A person's password from now on. */
export interface PasswordWrite {
  readonly user: UserId
  readonly hash: PasswordHash
  /** What an identity provider sent last; undefined where it sent none in this batch, and what it sent before stays known. */
  readonly synced: PasswordHash | undefined
}

/** Everything that a batch writes: the last state of what changed, and all that happened on the way. */
export interface BatchWrites {
  readonly users: ReadonlyArray<UserChange>
  /** Passwords that came or were set, the last of each person. */
  readonly passwords: ReadonlyArray<PasswordWrite>
  /** Links by which people have set theirs: of each person at most one. */
  readonly usedLinks?: ReadonlyArray<Pick<OwnPasswordChange, "user" | "tokenHash">>
  readonly groups: ReadonlyArray<Group>
  readonly deletedGroups: ReadonlyArray<GroupId>
  /** The net change of each group's membership; groups deleted by the batch are not among them. */
  readonly memberships: ReadonlyArray<MembershipDelta>
  /** What admins made of groups; undefined where nothing. */
  readonly administration?: AdministrationWrites | undefined
  readonly customAttributes: ReadonlyArray<CustomAttribute> | undefined
  /** What is set of the organisation, where that changed. */
  readonly configuration?: Configuration | undefined
  /** Keys made or revoked, each as it stands at the end. */
  readonly keys?: ReadonlyArray<KeyChange>
  /** What becomes of webhook endpoints, each named once. */
  readonly webhooks?: ReadonlyArray<EndpointWrite>
  /** What became of OAuth clients, in its order. */
  readonly oauth?: ReadonlyArray<OAuthChange>
  readonly counters: Counters
  readonly events: ReadonlyArray<KeptEvent>
  readonly log: ReadonlyArray<NumberedEntry>
  /** How far imports have come with this batch; absent where there is none in it. */
  readonly imports?: ReadonlyArray<ImportAdvance>
}
