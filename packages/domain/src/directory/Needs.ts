import type { Group, GroupId } from "../group/Group.ts"
import type { User, UserId } from "../user/User.ts"

/** What a decision must know before it can be taken; an adapter loads it for a whole batch at once. */
export interface Needs {
  /** People by id, deleted ones included. */
  readonly users?: ReadonlyArray<UserId>
  /** Who holds a userName, by comparison key. */
  readonly userNames?: ReadonlyArray<string>
  /** Who holds an e-mail as *the email*, by comparison key; also the deleted people who last held it. */
  readonly emails?: ReadonlyArray<string>
  /** Whether people live, without the rest of them. */
  readonly people?: ReadonlyArray<UserId>
  readonly groups?: ReadonlyArray<GroupId>
  /** The groups of that very name. */
  readonly groupNames?: ReadonlyArray<string>
  /** The groups whose name has that comparison key. */
  readonly groupNameKeys?: ReadonlyArray<string>
  /** Whether people are members of a group. */
  readonly memberships?: ReadonlyArray<readonly [GroupId, ReadonlyArray<UserId>]>
  /** All members of groups. */
  readonly members?: ReadonlyArray<GroupId>
  /** The groups that people are members of, as groups. */
  readonly groupsOf?: ReadonlyArray<UserId>
}

/** Joins what several decisions need, each thing once. */
export class NeedsUnion {
  readonly users = new Set<UserId>()
  readonly userNames = new Set<string>()
  readonly emails = new Set<string>()
  readonly people = new Set<UserId>()
  readonly groups = new Set<GroupId>()
  readonly groupNames = new Set<string>()
  readonly groupNameKeys = new Set<string>()
  readonly memberships = new Map<GroupId, Set<UserId>>()
  readonly members = new Set<GroupId>()
  readonly groupsOf = new Set<UserId>()

  add(needs: Needs): void {
    for (const id of needs.users ?? []) this.users.add(id)
    for (const key of needs.userNames ?? []) this.userNames.add(key)
    for (const key of needs.emails ?? []) this.emails.add(key)
    for (const id of needs.people ?? []) this.people.add(id)
    for (const id of needs.groups ?? []) this.groups.add(id)
    for (const name of needs.groupNames ?? []) this.groupNames.add(name)
    for (const key of needs.groupNameKeys ?? []) this.groupNameKeys.add(key)
    for (const [group, users] of needs.memberships ?? []) {
      const known = this.memberships.get(group)
      if (known === undefined) this.memberships.set(group, new Set(users))
      else for (const user of users) known.add(user)
    }
    for (const id of needs.members ?? []) this.members.add(id)
    for (const id of needs.groupsOf ?? []) this.groupsOf.add(id)
  }

  get isEmpty(): boolean {
    return (
      this.users.size === 0 &&
      this.userNames.size === 0 &&
      this.emails.size === 0 &&
      this.people.size === 0 &&
      this.groups.size === 0 &&
      this.groupNames.size === 0 &&
      this.groupNameKeys.size === 0 &&
      this.memberships.size === 0 &&
      this.members.size === 0 &&
      this.groupsOf.size === 0
    )
  }
}

/** What an adapter found of a {@link NeedsUnion}: what is not in it does not exist. */
export interface Loaded {
  readonly users?: ReadonlyArray<User>
  readonly people?: ReadonlyArray<UserId>
  readonly groups?: ReadonlyArray<Group>
  readonly memberships?: ReadonlyArray<readonly [GroupId, UserId]>
  readonly members?: ReadonlyArray<readonly [GroupId, ReadonlyArray<UserId>]>
  readonly groupsOf?: ReadonlyArray<readonly [UserId, ReadonlyArray<GroupId>]>
}
