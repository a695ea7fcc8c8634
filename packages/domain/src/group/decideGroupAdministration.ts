import type { Command } from "../directory/Command.ts"
import { type Accepted, type Decision, type MembershipDelta, refused, unloaded } from "../directory/Decision.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import type { DomainEvent } from "../events/DomainEvent.ts"
import type { AttributeChange, LogNote } from "../log/LogEntry.ts"
import { badRequest } from "../scim/ScimError.ts"
import type { UserId } from "../user/UserId.ts"
import { groupNotFound, groupSubject } from "./decideGroup.ts"
import { groupTypeNotFound } from "./decideGroupType.ts"
import type { Group } from "./Group.ts"

type Of<Tag extends Command["_tag"]> = Extract<Command, { readonly _tag: Tag }>

/** So many admins a group may have: they are named one by one in the log. */
export const maxGroupAdmins = 100

/** What SCIM does not see of a group changed: neither its version nor its time of change moves (R-GROUP-1). */
const accepted = (
  group: Group,
  made: {
    readonly change: Accepted["change"]
    readonly events: ReadonlyArray<DomainEvent>
    readonly changes: ReadonlyArray<AttributeChange>
  }
): Accepted => ({
  _tag: "Accepted",
  outcome: made.changes.length === 0 ? "unchanged" : "updated",
  subject: groupSubject(group.id, group.displayName),
  ...made,
  notes: [],
  reply: { _tag: "Group", group, created: false }
})

/** An admin moves a group to a type (R-GROUP-3). */
export const decideMoveGroup = ({ id, type }: Of<"MoveGroup">, view: WorkingSet): Decision => {
  const unknown = view.unknown({ groups: [id], groupTypes: true })
  if (unknown !== undefined) return unloaded(unknown)
  const group = view.group(id)
  if (group === undefined) return refused(groupNotFound(id), groupSubject(id, undefined))
  const target = view.administration.type(type)
  if (target === undefined) return refused(groupTypeNotFound(type), groupSubject(id, group.displayName))
  if (group.type === type) return accepted(group, { change: {}, events: [], changes: [] })
  const moved: Group = { ...group, type }
  return accepted(moved, {
    change: { groups: [moved] },
    events: [{ type: "group.moved", group: id, version: group.version, groupType: type }],
    changes: [{ attribute: "type", before: view.administration.type(group.type)?.name, after: target.name }]
  })
}

/** An admin says who the admins of a group are, in place of those it had (R-GROUP-3); they must be living people. */
export const decideSetGroupAdmins = (command: Of<"SetGroupAdmins">, view: WorkingSet): Decision => {
  const { id } = command
  const wanted = new Set(command.admins)
  const unknown = view.unknown({ groups: [id], groupAdmins: [id], people: [...wanted] })
  if (unknown !== undefined) return unloaded(unknown)
  const group = view.group(id)
  if (group === undefined) return refused(groupNotFound(id), groupSubject(id, undefined))
  const subject = groupSubject(id, group.displayName)
  if (wanted.size > maxGroupAdmins) {
    const detail = `A group can have ${maxGroupAdmins} admins, and these are ${wanted.size}. Name fewer.`
    return refused(badRequest("tooMany", detail), subject)
  }
  const strangers = [...wanted].filter((user) => !view.people.isPerson(user))
  if (strangers.length > 0) {
    const some = strangers.slice(0, 5).map((user) => JSON.stringify(user.slice(0, 64)))
    const more = strangers.length > 5 ? ` and ${strangers.length - 5} more` : ""
    const detail = `admins names people whom this organisation does not have: ${some.join(", ")}${more}. Leave them out.`
    return refused(badRequest("invalidValue", detail), subject)
  }
  const before = view.administration.admins(id).toSorted()
  const delta: MembershipDelta = {
    group: id,
    added: [...wanted].filter((user) => !before.includes(user)),
    removed: before.filter((user) => !wanted.has(user))
  }
  if (delta.added.length === 0 && delta.removed.length === 0) {
    return accepted(group, { change: {}, events: [], changes: [] })
  }
  return accepted(group, {
    change: { admins: [delta] },
    events: [adminsChanged(group, delta)],
    changes: [{ attribute: "admins", before, after: [...wanted].toSorted() }]
  })
}

const adminsChanged = (group: Group, { added, removed }: MembershipDelta): DomainEvent => ({
  type: "group.adminsChanged",
  group: group.id,
  version: group.version,
  added,
  removed
})

/** What a deleted person leaves behind as an admin: nothing. `adminOf` of the person must be known. */
export const resignAdmin = (
  user: UserId,
  view: WorkingSet
): {
  readonly admins: ReadonlyArray<MembershipDelta>
  readonly events: ReadonlyArray<DomainEvent>
  readonly notes: ReadonlyArray<LogNote>
} => {
  const groups = view.administration
    .adminOf(user)
    .flatMap((id) => view.group(id) ?? [])
    .sort((left, right) => left.number - right.number)
  const admins = groups.map((group): MembershipDelta => ({ group: group.id, added: [], removed: [user] }))
  return {
    admins,
    events: groups.flatMap((group, i) => {
      const delta = admins[i]
      return delta === undefined ? [] : [adminsChanged(group, delta)]
    }),
    notes: groups.length === 0 ? [] : [resigned(groups)]
  }
}

/** So many groups a note names one by one. */
const namedGroups = 20

const resigned = (groups: ReadonlyArray<Group>): LogNote => {
  const some = groups.slice(0, namedGroups).map((group) => `${JSON.stringify(group.displayName)} (${group.id})`)
  const more = groups.length > namedGroups ? ` and ${groups.length - namedGroups} more` : ""
  const text = `No longer admin of ${groups.length === 1 ? "the group" : "the groups"} ${some.join(", ")}${more}.`
  return { kind: "told", habit: "rule", attribute: "admins", text }
}
