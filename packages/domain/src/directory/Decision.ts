import type { ImportedLine } from "../csv/ImportedLines.ts"
import type { DomainEvent } from "../events/DomainEvent.ts"
import type { Group, GroupId } from "../group/Group.ts"
import type { GroupType, GroupTypeId } from "../group/GroupType.ts"
import type { AttributeChange, LogNote, MatchedReference, Outcome, Subject } from "../log/LogEntry.ts"
import type { AccessKey } from "../organization/AccessKey.ts"
import type { Configuration } from "../organization/Configuration.ts"
import type { CustomAttribute } from "../organization/CustomAttribute.ts"
import type { OAuthChange } from "../organization/OAuthChange.ts"
import type { OAuthClient } from "../organization/OAuthClient.ts"
import type { ReviewWindow } from "../organization/ReviewWindow.ts"
import type { ScimError } from "../scim/ScimError.ts"
import type { MatchingRule } from "../user/MatchingRule.ts"
import type { PasswordHash } from "../user/PasswordHash.ts"
import type { User } from "../user/User.ts"
import type { UserId } from "../user/UserId.ts"
import type { EndpointStep, HeldEndpoint } from "../webhooks/HeldEndpoint.ts"
import type { Needs } from "./Needs.ts"
import type { ResolvedManager } from "./ResolvedManager.ts"

/** A change of a group's membership; nobody is in both lists, and only real changes are listed (R-GROUP-5). */
export interface MembershipDelta {
  readonly group: GroupId
  readonly added: ReadonlyArray<UserId>
  readonly removed: ReadonlyArray<UserId>
}

/** A key as it stands from now on; `secretHash` is there for a new one. */
export interface KeyChange {
  readonly key: AccessKey
  readonly secretHash: string | undefined
}

/** A password that a person has set by a link: it is used, and their other links are void. */
export interface OwnPasswordChange {
  readonly user: UserId
  readonly hash: PasswordHash
  /** The hash of the link's token. */
  readonly tokenHash: string
}

/** What a decision makes of the state. */
export interface Change {
  /** The person as they stand from now on, new or known. */
  readonly user?: User
  /** Others whose manager is another one because of that. */
  readonly otherUsers?: ReadonlyArray<User>
  /** The hash of the person's password from now on. */
  readonly passwordHash?: PasswordHash
  /** The groups as they stand from now on. */
  readonly groups?: ReadonlyArray<Group>
  readonly deletedGroup?: GroupId
  readonly memberships?: ReadonlyArray<MembershipDelta>
  /** The group types besides the default one, in their order, where one of them changed. */
  readonly groupTypes?: ReadonlyArray<GroupType>
  /** The groups of this type are of the default type from now on. */
  readonly deletedGroupType?: GroupTypeId
  /** Changes of the admins of groups. */
  readonly admins?: ReadonlyArray<MembershipDelta>
  /** All custom attributes of the organisation, where a new one came. */
  readonly customAttributes?: ReadonlyArray<CustomAttribute>
  /** The line of a file that was about the person. */
  readonly imported?: ImportedLine
  /** What is set of the organisation from now on, as far as it changed. */
  readonly configuration?: Partial<Configuration>
  readonly key?: KeyChange
  readonly oauth?: OAuthChange
  readonly webhook?: EndpointStep
  readonly ownPassword?: OwnPasswordChange
}

/** A change of somebody else that follows from a decision, with a log entry of its own. */
export interface Consequence {
  readonly subject: Subject
  readonly changes: ReadonlyArray<AttributeChange>
  readonly notes: ReadonlyArray<LogNote>
  readonly matched: ReadonlyArray<MatchedReference>
}

/** What is answered: the resource as it stands after the change, or nothing (DELETE). */
export type Reply =
  | {
      readonly _tag: "User"
      readonly user: User
      readonly created: boolean
      /** Who the person's manager is, where the decision knows it; otherwise it is read (R-MGR-1). */
      readonly manager?: ResolvedManager | undefined
    }
  | { readonly _tag: "Group"; readonly group: Group; readonly created: boolean }
  | { readonly _tag: "GroupTypes"; readonly types: ReadonlyArray<GroupType>; readonly created: boolean }
  | { readonly _tag: "Configuration"; readonly configuration: Configuration; readonly created: boolean }
  /** The windows that the command was about. */
  | { readonly _tag: "ReviewWindows"; readonly windows: ReadonlyArray<ReviewWindow>; readonly created: boolean }
  | { readonly _tag: "AccessKey"; readonly key: AccessKey; readonly created: boolean }
  /** The client with what is live of it, and what the command was about. */
  | { readonly _tag: "OAuthClient"; readonly client: OAuthClient; readonly created: boolean }
  | { readonly _tag: "Webhook"; readonly held: HeldEndpoint; readonly created: boolean }
  | { readonly _tag: "Gone" }
  /** What a row of a file came to. */
  | {
      readonly _tag: "Imported"
      readonly user: User
      readonly created: boolean
      readonly rule: MatchingRule | undefined
      readonly changes: ReadonlyArray<AttributeChange>
      readonly notes: ReadonlyArray<LogNote>
    }

/** The command is carried out, perhaps without any change. */
export interface Accepted {
  readonly _tag: "Accepted"
  readonly outcome: Exclude<Outcome, "refused">
  readonly subject: Subject
  readonly change: Change
  readonly events: ReadonlyArray<DomainEvent>
  readonly changes: ReadonlyArray<AttributeChange>
  readonly notes: ReadonlyArray<LogNote>
  readonly matched?: ReadonlyArray<MatchedReference>
  readonly consequences?: ReadonlyArray<Consequence>
  readonly reply: Reply
}

/** Nothing was to be done, and nothing is to be told: a look at the clock that came too early or too late. */
export interface Idle {
  readonly _tag: "Idle"
}

/** The command is refused; nothing changes but the log. */
export interface Refused {
  readonly _tag: "Refused"
  readonly error: ScimError
  readonly subject: Subject | undefined
  readonly notes: ReadonlyArray<LogNote>
}

/** The decision cannot be taken before this is known. */
export interface Unloaded {
  readonly _tag: "Unloaded"
  readonly needs: Needs
}

export type Decision = Accepted | Refused | Unloaded | Idle

export const unloaded = (needs: Needs): Unloaded => ({ _tag: "Unloaded", needs })

export const refused = (
  error: ScimError,
  subject: Subject | undefined,
  notes: ReadonlyArray<LogNote> = []
): Refused => ({ _tag: "Refused", error, subject, notes })
