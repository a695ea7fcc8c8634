import type { SnapshotItem } from "@rollcall/domain/events/DirectorySnapshot"
import type { PublishedEvent } from "@rollcall/domain/events/EventPayload"
import { type GroupState, groupState, type UserState, userState } from "@rollcall/domain/events/EventState"
import { defaultGroupType, type GroupType } from "@rollcall/domain/group/GroupType"
import type { Snapshot } from "./DirectoryProbe.ts"
import { resourceTypes } from "./Tenant.ts"

/** A copy of a directory as somebody keeps it who sees nothing but what is published (docs/events.md). */
export interface DirectoryCopy {
  readonly users: Map<string, UserState>
  readonly groups: Map<string, GroupState>
  /** `<group> <user>` each. */
  readonly members: Set<string>
  readonly admins: Set<string>
  types: ReadonlyArray<GroupType>
}

export const emptyCopy = (): DirectoryCopy => ({
  users: new Map(),
  groups: new Map(),
  members: new Set(),
  admins: new Set(),
  types: [defaultGroupType]
})

interface PairsChanged {
  readonly group: GroupState
  readonly added: ReadonlyArray<string>
  readonly removed: ReadonlyArray<string>
}

const changePairs = (pairs: Set<string>, { added, group, removed }: PairsChanged): void => {
  for (const user of added) pairs.add(`${group.id} ${user}`)
  for (const user of removed) pairs.delete(`${group.id} ${user}`)
}

/** Takes one item of the snapshot with which a copy begins. */
export const begin = (copy: DirectoryCopy, item: SnapshotItem): void => {
  switch (item.kind) {
    case "groupType":
      if (item.groupType.id !== defaultGroupType.id) copy.types = [...copy.types, item.groupType]
      return
    case "user":
      copy.users.set(item.user.id, item.user)
      return
    case "group":
      copy.groups.set(item.group.id, item.group)
      return
    case "members":
    case "admins":
      for (const user of item.users) (item.kind === "members" ? copy.members : copy.admins).add(`${item.group} ${user}`)
  }
}

/** Follows one event: every value is the one that the change left, so doing it again does no harm. */
export const follow = (copy: DirectoryCopy, event: PublishedEvent): void => {
  switch (event.type) {
    case "user.deleted":
      copy.users.delete(event.data.user.id)
      return
    case "groupTypes.changed":
      copy.types = event.data.types
      return
    case "group.deleted": {
      const { id } = event.data.group
      copy.groups.delete(id)
      for (const pairs of [copy.members, copy.admins]) {
        for (const pair of pairs) if (pair.startsWith(`${id} `)) pairs.delete(pair)
      }
      return
    }
    case "group.membershipChanged":
    case "group.adminsChanged":
      changePairs(event.type === "group.adminsChanged" ? copy.admins : copy.members, event.data)
      copy.groups.set(event.data.group.id, event.data.group)
      return
    default:
      if ("user" in event.data) copy.users.set(event.data.user.id, event.data.user)
      else copy.groups.set(event.data.group.id, event.data.group)
  }
}

/** What a faithful copy holds, from behind the adapter. */
export const copyOf = (snapshot: Snapshot): DirectoryCopy => {
  const pairs = (groups: Snapshot["members"]) => groups.flatMap(([group, ids]) => ids.map((id) => `${group} ${id}`))
  const living = snapshot.users.filter((user) => user.deletedAt === undefined)
  return {
    users: new Map(living.map((user) => [user.id, userState(resourceTypes.extensionUrn, user)])),
    groups: new Map(snapshot.groups.map((group) => [group.id, groupState(group)])),
    members: new Set(pairs(snapshot.members)),
    admins: new Set(pairs(snapshot.admins)),
    types: [defaultGroupType, ...snapshot.groupTypes]
  }
}

/** A copy as it can be compared; groups of a type that is gone are of the default one. */
export const plainCopy = ({ admins, groups, members, types, users }: DirectoryCopy): unknown => {
  const byId = <A extends { readonly id: string }>(held: Map<string, A>) =>
    [...held.values()].sort((left, right) => (left.id < right.id ? -1 : 1))
  const known = new Set(types.map(({ id }) => id))
  return {
    users: byId(users),
    groups: byId(groups).map((group) =>
      known.has(group.groupType) ? group : { ...group, groupType: defaultGroupType.id }
    ),
    members: [...members].sort(),
    admins: [...admins].sort(),
    types
  }
}
