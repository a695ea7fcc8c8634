import type { GroupId } from "../group/Group.ts"
import type { GroupType, GroupTypeId } from "../group/GroupType.ts"
import type { Occasion } from "../mail/Occasion.ts"
import type { UserId } from "../user/UserId.ts"

/** An event about a person; `mail` says what they are written to for, where that follows from it (R-MAIL-3). */
interface OfUser {
  readonly user: UserId
  /** The version that the change made, or left where it is no part of the resource. */
  readonly version: number
  readonly mail?: Occasion
}

/**
 * What happened to people and groups, written in the transaction of the change and numbered in the order of commits.
 * E-mails and webhooks follow from these. `version` is the version that the change made.
 */
export type DomainEvent =
  | (OfUser & { readonly type: "user.created"; readonly revived: boolean })
  | (OfUser & { readonly type: "user.updated"; readonly attributes: ReadonlyArray<string> })
  /** The person may sign in from now on, for the first time (R-START-3, R-START-4). */
  | (OfUser & { readonly type: "user.started" })
  /** The day on which the person starts is another one from now on, an ISO 8601 date (R-START-6). */
  | (OfUser & { readonly type: "user.scheduled"; readonly on: string })
  | (OfUser & { readonly type: "user.deactivated" })
  | (OfUser & { readonly type: "user.reactivated" })
  | (OfUser & { readonly type: "user.deleted" })
  /** The directory's manager of the person is another one; undefined: nobody (R-MGR). */
  | (OfUser & { readonly type: "user.managerChanged"; readonly manager: UserId | undefined })
  /** A password came from the identity provider (R-MAIL-2). */
  | (OfUser & { readonly type: "user.passwordChanged" })
  | { readonly type: "group.created"; readonly group: GroupId; readonly version: number }
  | {
      readonly type: "group.updated"
      readonly group: GroupId
      readonly version: number
      readonly attributes: ReadonlyArray<string>
    }
  | { readonly type: "group.deleted"; readonly group: GroupId; readonly version: number }
  /** An admin moved the group to a type; what SCIM sees of it, and so its version, stays (R-GROUP-3). */
  | { readonly type: "group.moved"; readonly group: GroupId; readonly version: number; readonly groupType: GroupTypeId }
  | {
      readonly type: "group.adminsChanged"
      readonly group: GroupId
      readonly version: number
      readonly added: ReadonlyArray<UserId>
      readonly removed: ReadonlyArray<UserId>
    }
  /** The group types are these from now on; groups of a type that is not there any more are of the first, the default. */
  | { readonly type: "groupTypes.changed"; readonly types: ReadonlyArray<GroupType> }
  | {
      readonly type: "group.membershipChanged"
      readonly group: GroupId
      readonly version: number
      readonly added: ReadonlyArray<UserId>
      readonly removed: ReadonlyArray<UserId>
    }

/** So many people one event names at most: more would make a message that nobody likes to receive. */
export const maxNamed = 1_000

/** An event that names too many people as several in a row, each of {@link maxNamed} at most; any other as it is. */
export const eventParts = (event: DomainEvent): ReadonlyArray<DomainEvent> => {
  if (event.type !== "group.membershipChanged" || event.added.length + event.removed.length <= maxNamed) return [event]
  const steps = [
    ...event.removed.map((user) => ({ user, joins: false })),
    ...event.added.map((user) => ({ user, joins: true }))
  ]
  return Array.from({ length: Math.ceil(steps.length / maxNamed) }, (_, i) => {
    const part = steps.slice(i * maxNamed, (i + 1) * maxNamed)
    const named = (joining: boolean) => part.flatMap(({ joins, user }) => (joins === joining ? user : []))
    return { ...event, added: named(true), removed: named(false) }
  })
}
