import { type Group, type GroupId, groupNameKey } from "../group/Group.ts"
import type { User, UserId } from "../user/User.ts"
import { type UserKeys, userKeys } from "../user/UserKeys.ts"
import type { Change } from "./Decision.ts"
import type { Loaded, Needs, NeedsUnion } from "./Needs.ts"

/**
 * What a batch knows of an organisation: what was loaded, and over it what the batch's earlier commands decided, so
 * that each command sees what those before it did. Something never loaded is unknown (`undefined`); something that
 * was looked for and not found is `null`.
 *
 * It is a value of one batch, used by one hand: not shared, not kept.
 */
export class WorkingSet {
  private readonly users = new Map<UserId, User | null>()
  private readonly keys = new Map<UserId, UserKeys>()
  private readonly userNames = new Map<string, UserId | null>()
  private readonly emails = new Map<string, UserId | null>()
  /** Everybody deleted who last had an email. */
  private readonly deletedEmails = new Map<string, Map<UserId, User>>()
  private readonly people = new Map<UserId, boolean>()
  private readonly groups = new Map<GroupId, Group | null>()
  private readonly groupNames = new Map<string, GroupId | null>()
  /** The groups known to have a name of that key; names that differ in case only share one. */
  private readonly groupNameKeys = new Map<string, Set<GroupId>>()
  private readonly allWithNameKey = new Set<string>()
  private readonly memberships = new Map<GroupId, Map<UserId, boolean>>()
  private readonly allMembers = new Set<GroupId>()
  private readonly groupsByUser = new Map<UserId, Set<GroupId>>()

  /** Takes in what an adapter found for `needs`; what the batch already changed counts over what was loaded. */
  load(needs: NeedsUnion, loaded: Loaded): void {
    for (const user of loaded.users ?? []) this.loadUser(user)
    for (const group of loaded.groups ?? []) this.loadGroup(group)
    for (const id of loaded.people ?? []) if (!this.people.has(id)) this.people.set(id, true)
    for (const id of needs.users) if (!this.users.has(id)) this.users.set(id, null)
    for (const key of needs.userNames) if (!this.userNames.has(key)) this.userNames.set(key, null)
    for (const key of needs.emails) if (!this.emails.has(key)) this.emails.set(key, null)
    for (const id of needs.people) if (!this.people.has(id)) this.people.set(id, false)
    for (const id of needs.groups) if (!this.groups.has(id)) this.groups.set(id, null)
    for (const name of needs.groupNames) if (!this.groupNames.has(name)) this.groupNames.set(name, null)
    for (const key of needs.groupNameKeys) this.allWithNameKey.add(key)
    this.loadMemberships(needs, loaded)
    const groupsOf = new Map(loaded.groupsOf ?? [])
    for (const user of needs.groupsOf) this.loadGroupsOf(user, groupsOf.get(user) ?? [])
  }

  private loadUser(user: User): void {
    if (this.users.has(user.id)) return
    this.users.set(user.id, user)
    const keys = userKeys(user.attributes)
    this.keys.set(user.id, keys)
    this.people.set(user.id, user.deletedAt === undefined)
    if (user.deletedAt === undefined) {
      if (this.userNames.get(keys.userName) == null) this.userNames.set(keys.userName, user.id)
      if (keys.email !== undefined && this.emails.get(keys.email) == null) this.emails.set(keys.email, user.id)
    } else this.keepDeleted(user, keys)
  }

  private keepDeleted(user: User, keys: UserKeys): void {
    if (keys.email === undefined) return
    const others = this.deletedEmails.get(keys.email)
    if (others === undefined) this.deletedEmails.set(keys.email, new Map([[user.id, user]]))
    else others.set(user.id, user)
  }

  private loadGroup(group: Group): void {
    if (this.groups.has(group.id)) return
    this.groups.set(group.id, group)
    if (this.groupNames.get(group.displayName) == null) this.groupNames.set(group.displayName, group.id)
    this.keepNameKey(group)
  }

  private keepNameKey(group: Group): void {
    const key = groupNameKey(group.displayName)
    const groups = this.groupNameKeys.get(key)
    if (groups === undefined) this.groupNameKeys.set(key, new Set([group.id]))
    else groups.add(group.id)
  }

  private loadMemberships(needs: NeedsUnion, loaded: Loaded): void {
    for (const [group, user] of loaded.memberships ?? []) {
      const known = this.membershipOf(group)
      if (!known.has(user)) known.set(user, true)
    }
    for (const [group, users] of needs.memberships) {
      const known = this.membershipOf(group)
      for (const user of users) if (!known.has(user)) known.set(user, false)
    }
    for (const [group, users] of loaded.members ?? []) {
      if (this.allMembers.has(group)) continue
      const known = this.membershipOf(group)
      for (const user of users) if (!known.has(user)) known.set(user, true)
    }
    for (const group of needs.members) this.allMembers.add(group)
  }

  private loadGroupsOf(user: UserId, loaded: ReadonlyArray<GroupId>): void {
    if (this.groupsByUser.has(user)) return
    const groups = new Set(loaded.filter((group) => this.groups.get(group) !== null))
    for (const [group, members] of this.memberships) {
      const member = members.get(user)
      if (member === true) groups.add(group)
      else if (member === false) groups.delete(group)
    }
    this.groupsByUser.set(user, groups)
    for (const group of groups) this.membershipOf(group).set(user, true)
  }

  private membershipOf(group: GroupId): Map<UserId, boolean> {
    const known = this.memberships.get(group)
    if (known !== undefined) return known
    const made = new Map<UserId, boolean>()
    this.memberships.set(group, made)
    return made
  }

  /** What of `needs` is still unknown; undefined where everything is known. */
  unknown(needs: Needs): Needs | undefined {
    const users = needs.users?.filter((id) => !this.users.has(id))
    const userNames = needs.userNames?.filter((key) => !this.userNames.has(key))
    const emails = needs.emails?.filter((key) => !this.emails.has(key))
    const people = needs.people?.filter((id) => !this.people.has(id))
    const groups = needs.groups?.filter((id) => !this.groups.has(id))
    const groupNames = needs.groupNames?.filter((name) => !this.groupNames.has(name))
    const groupNameKeys = needs.groupNameKeys?.filter((key) => !this.allWithNameKey.has(key))
    const memberships = needs.memberships?.flatMap(([group, ids]) => {
      if (this.allMembers.has(group)) return []
      const known = this.memberships.get(group)
      const missing = known === undefined ? ids : ids.filter((id) => !known.has(id))
      return missing.length === 0 ? [] : [[group, missing] as const]
    })
    const members = needs.members?.filter((id) => !this.allMembers.has(id))
    const groupsOf = needs.groupsOf?.filter((id) => !this.groupsByUser.has(id))
    const all = [users, userNames, emails, people, groups, groupNames, groupNameKeys, memberships, members, groupsOf]
    return all.every((list) => list === undefined || list.length === 0)
      ? undefined
      : {
          users: users ?? [],
          userNames: userNames ?? [],
          emails: emails ?? [],
          people: people ?? [],
          groups: groups ?? [],
          groupNames: groupNames ?? [],
          groupNameKeys: groupNameKeys ?? [],
          memberships: memberships ?? [],
          members: members ?? [],
          groupsOf: groupsOf ?? []
        }
  }

  /** The living person of that id. */
  user(id: UserId): User | undefined {
    const user = this.users.get(id)
    return user == null || user.deletedAt !== undefined ? undefined : user
  }

  /** The living person who holds a userName. */
  userNameHolder(key: string): User | undefined {
    const id = this.userNames.get(key)
    return id == null ? undefined : this.user(id)
  }

  /** The living person whose email has that key. */
  emailHolder(key: string): User | undefined {
    const id = this.emails.get(key)
    return id == null ? undefined : this.user(id)
  }

  /** Of the deleted people who last had that email the one deleted last (R-USER-8), the younger account in doubt. */
  deletedEmailHolder(key: string): User | undefined {
    let last: User | undefined
    for (const user of this.deletedEmails.get(key)?.values() ?? []) {
      const later = (user.deletedAt ?? 0) - (last?.deletedAt ?? 0)
      if (last === undefined || later > 0 || (later === 0 && user.number > last.number)) last = user
    }
    return last
  }

  isPerson(id: UserId): boolean {
    return this.people.get(id) === true
  }

  group(id: GroupId): Group | undefined {
    return this.groups.get(id) ?? undefined
  }

  groupNamed(displayName: string): Group | undefined {
    const id = this.groupNames.get(displayName)
    return id == null ? undefined : this.group(id)
  }

  /** The first group, `except` apart, whose name has that key. */
  groupNamedLike(key: string, except: GroupId | undefined): Group | undefined {
    let first: Group | undefined
    for (const id of this.groupNameKeys.get(key) ?? []) {
      const group = id === except ? undefined : this.group(id)
      if (group !== undefined && (first === undefined || group.number < first.number)) first = group
    }
    return first
  }

  isMember(group: GroupId, user: UserId): boolean {
    return this.memberships.get(group)?.get(user) === true
  }

  /** The members of a group that was loaded whole. */
  members(group: GroupId): ReadonlyArray<UserId> {
    const known = this.memberships.get(group)
    return known === undefined ? [] : [...known].flatMap(([user, member]) => (member ? [user] : []))
  }

  groupsOf(user: UserId): ReadonlyArray<GroupId> {
    return [...(this.groupsByUser.get(user) ?? [])]
  }

  /** Makes a decision's change part of what is known. */
  apply(change: Change): void {
    if (change.user !== undefined) this.applyUser(change.user)
    for (const group of change.groups ?? []) this.applyGroup(group)
    if (change.deletedGroup !== undefined) this.removeGroup(change.deletedGroup)
    for (const delta of change.memberships ?? []) {
      const known = this.membershipOf(delta.group)
      for (const user of delta.added) {
        known.set(user, true)
        this.groupsByUser.get(user)?.add(delta.group)
      }
      for (const user of delta.removed) {
        known.set(user, false)
        this.groupsByUser.get(user)?.delete(delta.group)
      }
    }
  }

  private applyUser(user: User): void {
    const before = this.keys.get(user.id)
    if (before !== undefined) {
      if (this.userNames.get(before.userName) === user.id) this.userNames.set(before.userName, null)
      if (before.email !== undefined) {
        if (this.emails.get(before.email) === user.id) this.emails.set(before.email, null)
        this.deletedEmails.get(before.email)?.delete(user.id)
      }
    }
    const keys = userKeys(user.attributes)
    this.users.set(user.id, user)
    this.keys.set(user.id, keys)
    this.people.set(user.id, user.deletedAt === undefined)
    if (user.deletedAt === undefined) {
      this.userNames.set(keys.userName, user.id)
      if (keys.email !== undefined) this.emails.set(keys.email, user.id)
      // A person made in this batch is in no group yet.
      if (before === undefined && !this.groupsByUser.has(user.id)) this.groupsByUser.set(user.id, new Set())
    } else this.keepDeleted(user, keys)
  }

  private applyGroup(group: Group): void {
    const before = this.groups.get(group.id)
    if (before != null) this.forgetName(before)
    else this.allMembers.add(group.id)
    this.groups.set(group.id, group)
    this.groupNames.set(group.displayName, group.id)
    this.keepNameKey(group)
  }

  private removeGroup(id: GroupId): void {
    const before = this.groups.get(id)
    if (before != null) this.forgetName(before)
    this.groups.set(id, null)
    this.memberships.set(id, new Map())
    this.allMembers.add(id)
    for (const groups of this.groupsByUser.values()) groups.delete(id)
  }

  private forgetName(group: Group): void {
    if (this.groupNames.get(group.displayName) === group.id) this.groupNames.set(group.displayName, null)
    this.groupNameKeys.get(groupNameKey(group.displayName))?.delete(group.id)
  }
}
