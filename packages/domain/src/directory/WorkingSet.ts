import type { ImportedLine, ImportedLines } from "../csv/ImportedLines.ts"
import { type Group, type GroupId, groupNameKey, groupNearKey } from "../group/Group.ts"
import { defaultGroupType, type GroupTypeId } from "../group/GroupType.ts"
import type { User } from "../user/User.ts"
import type { UserId } from "../user/UserId.ts"
import type { Change } from "./Decision.ts"
import { KnownAdministration } from "./KnownAdministration.ts"
import { KnownPasswordLinks } from "./KnownPasswordLinks.ts"
import { KnownPeople } from "./KnownPeople.ts"
import type { Loaded, Needs, NeedsUnion } from "./Needs.ts"

/**
 * What a batch knows of an organisation: what was loaded, and over it what the batch's earlier commands decided, so
 * that each command sees what those before it did. Something never loaded is unknown (`undefined`); something that
 * was looked for and not found is `null`.
 *
 * It is a value of one batch, used by one hand: not shared, not kept.
 */
export class WorkingSet {
  /** The people, by everything they are looked up by. */
  readonly people = new KnownPeople()
  /** What admins make of groups: types and admins. */
  readonly administration = new KnownAdministration()
  readonly passwordLinks = new KnownPasswordLinks()
  private readonly groups = new Map<GroupId, Group | null>()
  private readonly groupNames = new Map<string, GroupId | null>()
  /** The groups known to have a name of that key; names that differ in case only share one. */
  private readonly groupNameKeys = new Map<string, Set<GroupId>>()
  private readonly allWithNameKey = new Set<string>()
  /** The same by the key of near misses. */
  private readonly groupNearKeys = new Map<string, Set<GroupId>>()
  private readonly allWithNearKey = new Set<string>()
  private readonly memberships = new Map<GroupId, Map<UserId, boolean>>()
  private readonly allMembers = new Set<GroupId>()
  private readonly groupsByUser = new Map<UserId, Set<GroupId>>()
  /** By file, the lines of this batch that were about people. */
  private readonly imported = new Map<ImportedLines, Map<UserId, number>>()

  /** Takes in what an adapter found for `needs`; what the batch already changed counts over what was loaded. */
  load(needs: NeedsUnion, loaded: Loaded): void {
    this.people.load(needs, loaded)
    for (const group of loaded.groups ?? []) this.loadGroup(group)
    for (const id of needs.groups) if (!this.groups.has(id)) this.groups.set(id, null)
    for (const name of needs.groupNames) if (!this.groupNames.has(name)) this.groupNames.set(name, null)
    for (const key of needs.groupNameKeys) this.allWithNameKey.add(key)
    for (const key of needs.groupNearKeys) this.allWithNearKey.add(key)
    this.administration.load(needs, loaded)
    this.passwordLinks.load(needs.passwordLinks, loaded.passwordLinks ?? [])
    this.loadMemberships(needs, loaded)
    const groupsOf = new Map(loaded.groupsOf ?? [])
    for (const user of needs.groupsOf) this.loadGroupsOf(user, groupsOf.get(user) ?? [])
  }

  private loadGroup(loaded: Group): void {
    if (this.groups.has(loaded.id)) return
    const type = this.administration.standingType(loaded.type)
    const group = type === loaded.type ? loaded : { ...loaded, type }
    this.groups.set(group.id, group)
    if (this.groupNames.get(group.displayName) == null) this.groupNames.set(group.displayName, group.id)
    this.keepNameKey(group)
  }

  private keepNameKey(group: Group): void {
    keep(this.groupNameKeys, groupNameKey(group.displayName), group.id)
    keep(this.groupNearKeys, groupNearKey(group.displayName), group.id)
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
    const people = this.people.unknown(needs)
    const groups = needs.groups?.filter((id) => !this.groups.has(id)) ?? []
    const groupNames = needs.groupNames?.filter((name) => !this.groupNames.has(name)) ?? []
    const groupNameKeys = needs.groupNameKeys?.filter((key) => !this.allWithNameKey.has(key)) ?? []
    const groupNearKeys = needs.groupNearKeys?.filter((key) => !this.allWithNearKey.has(key)) ?? []
    const administration = this.administration.unknown(needs)
    const memberships =
      needs.memberships?.flatMap(([group, ids]) => {
        if (this.allMembers.has(group)) return []
        const known = this.memberships.get(group)
        const missing = known === undefined ? ids : ids.filter((id) => !known.has(id))
        return missing.length === 0 ? [] : [[group, missing] as const]
      }) ?? []
    const members = needs.members?.filter((id) => !this.allMembers.has(id)) ?? []
    const groupsOf = needs.groupsOf?.filter((id) => !this.groupsByUser.has(id)) ?? []
    const passwordLinks = this.passwordLinks.unknown(needs.passwordLinks ?? [])
    const all = [groups, groupNames, groupNameKeys, groupNearKeys, memberships, members, groupsOf, passwordLinks]
    return people === undefined && administration === undefined && all.every((list) => list.length === 0)
      ? undefined
      : {
          ...people,
          ...administration,
          groups,
          groupNames,
          groupNameKeys,
          groupNearKeys,
          memberships,
          members,
          groupsOf,
          passwordLinks
        }
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

  /** The groups, `except` apart, whose name has that key of near misses, by number. */
  groupsNear(key: string, except: GroupId | undefined): ReadonlyArray<Group> {
    return [...(this.groupNearKeys.get(key) ?? [])]
      .flatMap((id) => (id === except ? [] : (this.group(id) ?? [])))
      .sort((left, right) => left.number - right.number)
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

  /** The line of that file which was about the person, before this one. */
  importedLine(lines: ImportedLines, user: User): number | undefined {
    return this.imported.get(lines)?.get(user.id) ?? lines.lineOf(user.number)
  }

  /** Makes a decision's change part of what is known. */
  apply(change: Change): void {
    if (change.user !== undefined) this.applyUser(change.user)
    for (const user of change.otherUsers ?? []) this.applyUser(user)
    this.administration.apply(change)
    if (change.ownPassword !== undefined) this.passwordLinks.apply(change.ownPassword)
    if (change.imported !== undefined) this.keepLine(change.imported)
    if (change.deletedGroupType !== undefined) this.resetType(change.deletedGroupType)
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

  private keepLine({ line, lines, user }: ImportedLine): void {
    const known = this.imported.get(lines)
    if (known === undefined) this.imported.set(lines, new Map([[user, line]]))
    else known.set(user, line)
  }

  private applyUser(user: User): void {
    const wasKnown = this.people.apply(user)
    // A person made in this batch is in no group yet.
    if (!wasKnown && !this.groupsByUser.has(user.id)) this.groupsByUser.set(user.id, new Set())
  }

  private applyGroup(group: Group): void {
    const before = this.groups.get(group.id)
    if (before != null) this.forgetName(before)
    else this.allMembers.add(group.id)
    this.groups.set(group.id, group)
    this.groupNames.set(group.displayName, group.id)
    this.keepNameKey(group)
  }

  private resetType(type: GroupTypeId): void {
    for (const group of this.groups.values()) {
      if (group?.type === type) this.groups.set(group.id, { ...group, type: defaultGroupType.id })
    }
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
    this.groupNearKeys.get(groupNearKey(group.displayName))?.delete(group.id)
  }
}

const keep = (groups: Map<string, Set<GroupId>>, key: string, id: GroupId): void => {
  const known = groups.get(key)
  if (known === undefined) groups.set(key, new Set([id]))
  else known.add(id)
}
