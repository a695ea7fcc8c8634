import type { RowFault } from "../csv/ImportedUser.ts"
import type { DecideContext } from "../directory/DecideContext.ts"
import { type MembershipDelta, type Unloaded, unloaded } from "../directory/Decision.ts"
import type { Needs } from "../directory/Needs.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import type { DomainEvent } from "../events/DomainEvent.ts"
import type { AttributeChange, LogNote } from "../log/LogEntry.ts"
import { groupOwnerFault } from "../organization/ScimOwnership.ts"
import type { User } from "../user/User.ts"
import { groupNameFault } from "./decideGroup.ts"
import { type Group, type GroupId, groupNameKey, groupNearKey } from "./Group.ts"
import { nearMissNotes } from "./GroupOverwrite.ts"
import { defaultGroupType } from "./GroupType.ts"

/** What a row does to groups: the person becomes a member of those that it names. */
export interface RowGroups {
  readonly _tag: "Groups"
  /** Those that are new or have a new member, as they stand from now on. */
  readonly groups: ReadonlyArray<Group>
  readonly deltas: ReadonlyArray<MembershipDelta>
  readonly events: ReadonlyArray<DomainEvent>
  readonly changes: ReadonlyArray<AttributeChange>
  readonly notes: ReadonlyArray<LogNote>
}

const noGroups: RowGroups = { _tag: "Groups", groups: [], deltas: [], events: [], changes: [], notes: [] }

/** What must be known of the groups that a row names, before it is known who the person is. */
export const rowGroupNeeds = (names: ReadonlyArray<string>): Needs =>
  names.length === 0
    ? {}
    : {
        groupNames: names,
        groupNameKeys: names.map(groupNameKey),
        groupNearKeys: names.map(groupNearKey)
      }

/**
 * R-CSV-1: memberships are added, never taken away. A group is meant by its exact name (R-GROUP-2); one that is missing is made
 * only where ids for new groups were given, and not where one is there that differs in case only.
 */
export const decideRowGroups = (
  names: ReadonlyArray<string>,
  newIds: ReadonlyArray<GroupId> | undefined,
  { isNew, person }: { readonly person: User; readonly isNew: boolean },
  view: WorkingSet,
  context: DecideContext
): RowGroups | { readonly _tag: "Fault"; readonly fault: RowFault } | Unloaded => {
  if (names.length === 0) return noGroups
  const standing = names.flatMap((name) => view.groupNamed(name) ?? [])
  const unknown = isNew
    ? undefined
    : view.unknown({ memberships: standing.map(({ id }) => [id, [person.id]] as const) })
  if (unknown !== undefined) return unloaded(unknown)
  const groups: Array<Group> = []
  const events: Array<DomainEvent> = []
  const notes: Array<LogNote> = []
  let made = 0
  for (const [i, name] of names.entries()) {
    const known = view.groupNamed(name)
    if (known !== undefined && view.isMember(known.id, person.id)) continue
    if (known !== undefined) {
      const hindrance = groupOwnerFault(context, known)
      if (hindrance !== undefined) return fault(hindrance.detail)
      groups.push({ ...known, version: known.version + 1, lastModifiedAt: context.now })
      continue
    }
    const wrong = missingFault(name, newIds !== undefined, groups, view)
    const id = newIds?.[i]
    if (wrong !== undefined || id === undefined) return fault(wrong ?? `${quoted(name)} is no group here`)
    notes.push(...nearMissNotes(view.groupsNear(groupNearKey(name), undefined)))
    groups.push(newGroup(id, context.nextGroupNumber + made, name, context))
    events.push({ type: "group.created", group: id, version: 1 })
    made++
  }
  if (groups.length === 0) return noGroups
  const deltas = groups.map(({ id }): MembershipDelta => ({ group: id, added: [person.id], removed: [] }))
  for (const { id, version } of groups) {
    events.push({ type: "group.membershipChanged", group: id, version, added: [person.id], removed: [] })
  }
  const changes = [
    { attribute: "groups added", before: undefined, after: groups.map(({ displayName }) => displayName) }
  ]
  return { _tag: "Groups", groups, deltas, events, changes, notes }
}

const fault = (detail: string) =>
  ({ _tag: "Fault", fault: { column: "groups", detail: detail.replace(/\.$/, "") } }) as const

const quoted = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)

/** Why a group of that name is not made. */
const missingFault = (
  name: string,
  mayMake: boolean,
  made: ReadonlyArray<Group>,
  view: WorkingSet
): string | undefined => {
  const key = groupNameKey(name)
  const like = view.groupNamedLike(key, undefined) ?? made.find(({ displayName }) => groupNameKey(displayName) === key)
  if (like !== undefined) return `${quoted(name)} is no group here, but ${quoted(like.displayName)} is. Spell it so`
  if (!mayMake) {
    const near = view.groupsNear(groupNearKey(name), undefined)[0]
    const hint = near === undefined ? "" : ` (there is ${quoted(near.displayName)})`
    return `${quoted(name)} is no group here${hint}. Make the group first, or let the import create missing groups`
  }
  return groupNameFault(name)?.detail
}

const newGroup = (id: GroupId, number: number, displayName: string, context: DecideContext): Group => ({
  id,
  number,
  displayName,
  externalId: undefined,
  type: defaultGroupType.id,
  origin: context.via,
  version: 1,
  createdAt: context.now,
  lastModifiedAt: context.now
})
