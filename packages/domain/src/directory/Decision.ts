import type { DomainEvent } from "../events/DomainEvent.ts"
import type { Group, GroupId } from "../group/Group.ts"
import type { AttributeChange, LogNote, Outcome, Subject } from "../log/LogEntry.ts"
import type { CustomAttribute } from "../organization/CustomAttribute.ts"
import type { ScimError } from "../scim/ScimError.ts"
import type { User, UserId } from "../user/User.ts"
import type { Needs } from "./Needs.ts"

/** A change of a group's membership; nobody is in both lists, and only real changes are listed (R-GROUP-5). */
export interface MembershipDelta {
  readonly group: GroupId
  readonly added: ReadonlyArray<UserId>
  readonly removed: ReadonlyArray<UserId>
}

/** What a decision makes of the state. */
export interface Change {
  /** The person as they stand from now on, new or known. */
  readonly user?: User
  /** The groups as they stand from now on. */
  readonly groups?: ReadonlyArray<Group>
  readonly deletedGroup?: GroupId
  readonly memberships?: ReadonlyArray<MembershipDelta>
  /** All custom attributes of the organisation, where a new one came. */
  readonly customAttributes?: ReadonlyArray<CustomAttribute>
}

/** What is answered: the resource as it stands after the change, or nothing (DELETE). */
export type Reply =
  | { readonly _tag: "User"; readonly user: User; readonly created: boolean }
  | { readonly _tag: "Group"; readonly group: Group; readonly created: boolean }
  | { readonly _tag: "Gone" }

/** The command is carried out, perhaps without any change. */
export interface Accepted {
  readonly _tag: "Accepted"
  readonly outcome: Exclude<Outcome, "refused">
  readonly subject: Subject
  readonly change: Change
  readonly events: ReadonlyArray<DomainEvent>
  readonly changes: ReadonlyArray<AttributeChange>
  readonly notes: ReadonlyArray<LogNote>
  readonly reply: Reply
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

export type Decision = Accepted | Refused | Unloaded

export const unloaded = (needs: Needs): Unloaded => ({ _tag: "Unloaded", needs })

export const refused = (
  error: ScimError,
  subject: Subject | undefined,
  notes: ReadonlyArray<LogNote> = []
): Refused => ({ _tag: "Refused", error, subject, notes })
