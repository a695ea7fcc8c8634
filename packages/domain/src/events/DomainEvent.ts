import type { GroupId } from "../group/Group.ts"
import type { UserId } from "../user/User.ts"

/**
 * What happened to people and groups, written in the transaction of the change and numbered in the order of commits.
 * E-mails and webhooks follow from these. `version` is the version that the change made.
 */
export type DomainEvent =
  | { readonly type: "user.created"; readonly user: UserId; readonly version: number; readonly revived: boolean }
  | {
      readonly type: "user.updated"
      readonly user: UserId
      readonly version: number
      readonly attributes: ReadonlyArray<string>
    }
  | { readonly type: "user.deactivated"; readonly user: UserId; readonly version: number }
  | { readonly type: "user.reactivated"; readonly user: UserId; readonly version: number }
  | { readonly type: "user.deleted"; readonly user: UserId; readonly version: number }
  | { readonly type: "group.created"; readonly group: GroupId; readonly version: number }
  | {
      readonly type: "group.updated"
      readonly group: GroupId
      readonly version: number
      readonly attributes: ReadonlyArray<string>
    }
  | { readonly type: "group.deleted"; readonly group: GroupId; readonly version: number }
  | {
      readonly type: "group.membershipChanged"
      readonly group: GroupId
      readonly version: number
      readonly added: ReadonlyArray<UserId>
      readonly removed: ReadonlyArray<UserId>
    }
