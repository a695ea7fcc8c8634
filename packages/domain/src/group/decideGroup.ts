import { Result } from "effect"
import type { Command } from "../directory/Command.ts"
import type { DecideContext } from "../directory/DecideContext.ts"
import { type Accepted, type Decision, type MembershipDelta, refused, unloaded } from "../directory/Decision.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import type { DomainEvent } from "../events/DomainEvent.ts"
import { attributeChanges } from "../log/AttributeChanges.ts"
import type { AttributeChange, LogNote, Subject } from "../log/LogEntry.ts"
import { groupOwnerFault, importFault } from "../organization/ScimOwnership.ts"
import { identityFault } from "../scim/Comparison.ts"
import { checkIfMatch } from "../scim/ETag.ts"
import { type JsonObject, ownMember } from "../scim/Json.ts"
import { applyPatch } from "../scim/PatchApply.ts"
import { badRequest, ScimError } from "../scim/ScimError.ts"
import { type Group, type GroupId, groupAttributes } from "./Group.ts"
import { groupNameNeeds, judgeGroupName, nearMissNotes } from "./GroupOverwrite.ts"
import { defaultGroupType } from "./GroupType.ts"
import { type MembershipStep, memberIds, membershipDelta, membershipNeeds, takeMembershipSteps } from "./Membership.ts"

type Of<Tag extends Command["_tag"]> = Extract<Command, { readonly _tag: Tag }>

/** The 404 of a group that this organisation does not have. */
export const groupNotFound = (id: string): ScimError =>
  new ScimError({
    status: 404,
    detail: `Group ${id.slice(0, 64)} not found. Refresh the groups in your identity provider, or push the group anew.`
  })

export const groupSubject = (id: GroupId, name: string | undefined): Subject => ({ type: "Group", id, name })

/** A zero-width joiner holds emoji together, and people do name groups with them. */
const withoutJoiners = (name: string): string => name.replaceAll("\u200d", "")

/** What makes a text no name of a group. */
export const groupNameFault = (name: unknown): ScimError | undefined => {
  if (typeof name !== "string" || name.trim() === "") {
    return badRequest("invalidValue", "displayName is missing. Send the name of the group.")
  }
  const fault = identityFault(withoutJoiners(name))
  return fault === undefined ? undefined : badRequest("invalidValue", `displayName ${fault}. Send it without.`)
}

const nameTaken = (holder: Group): ScimError =>
  new ScimError({
    status: 409,
    scimType: "uniqueness",
    detail: `A group named ${holder.displayName} exists already: ${holder.id}. Link your group to that one, or give yours another name.`
  })

const textOf = (attributes: JsonObject, name: string): string | undefined => {
  const value = ownMember(attributes, name)
  return typeof value === "string" ? value : undefined
}

/** POST: a new group, or the membership of the group of that very name overwritten (R-GROUP-2). */
export const decideCreateGroup = (command: Of<"CreateGroup">, view: WorkingSet, context: DecideContext): Decision => {
  const { attributes, notes: requestNotes } = command.input
  const fault = groupNameFault(ownMember(attributes, "displayName"))
  if (fault !== undefined) return refused(fault, undefined, requestNotes)
  const displayName = textOf(attributes, "displayName") ?? ""
  const ids = memberIds(ownMember(attributes, "members"))
  const notAllowed = importFault(context)
  if (notAllowed !== undefined) return refused(notAllowed, undefined, requestNotes)
  // An identity provider knows no other way to take a group over; a person is told that the name is taken.
  const setting = context.via === "scim" ? context.settings.existingGroupName : "conflict"
  const unknownName = view.unknown({
    ...groupNameNeeds(setting, displayName),
    people: membershipNeeds(command.newId, [{ _tag: "Add", ids }]).people ?? []
  })
  if (unknownName !== undefined) return unloaded(unknownName)
  const verdict = judgeGroupName(view, setting, displayName, undefined)
  if (verdict._tag === "Conflict") {
    return refused(nameTaken(verdict.holder), groupSubject(verdict.holder.id, verdict.holder.displayName), requestNotes)
  }
  if (verdict._tag === "Exact") {
    const { holder } = verdict
    const externalId = textOf(attributes, "externalId") ?? holder.externalId
    const steps: ReadonlyArray<MembershipStep> = [{ _tag: "Replace", ids }]
    return decideMembers(holder, { ...holder, externalId }, steps, requestNotes, view, context, true)
  }
  const notes = [...requestNotes, ...nearMissNotes(verdict.near)]
  const group: Group = {
    id: command.newId,
    number: context.nextGroupNumber,
    displayName,
    externalId: textOf(attributes, "externalId"),
    type: defaultGroupType.id,
    origin: context.via,
    version: 1,
    createdAt: context.now,
    lastModifiedAt: context.now
  }
  const delta = membershipDelta(view, group.id, [{ _tag: "Add", ids }])
  if (Result.isFailure(delta)) return refused(delta.failure, groupSubject(group.id, displayName), notes)
  const events: Array<DomainEvent> = [{ type: "group.created", group: group.id, version: 1 }]
  if (delta.success.added.length > 0) events.push(membershipChanged(group, delta.success))
  return {
    _tag: "Accepted",
    outcome: "created",
    subject: groupSubject(group.id, displayName),
    change: { groups: [group], memberships: isEmpty(delta.success) ? [] : [delta.success] },
    events,
    changes: [...attributeChanges({}, groupAttributes(group)), ...memberChanges(delta.success)],
    notes,
    reply: { _tag: "Group", group, created: true }
  }
}

/** PUT: the group as sent; members that are left out leave. */
export const decideReplaceGroup = (command: Of<"ReplaceGroup">, view: WorkingSet, context: DecideContext): Decision => {
  const { attributes, notes } = command.input
  const steps: ReadonlyArray<MembershipStep> = [{ _tag: "Replace", ids: memberIds(ownMember(attributes, "members")) }]
  return decideUpdate(command, steps, notes, view, context, () => Result.succeed({ attributes, notes: [] }))
}

/** PATCH: the operations on members become a delta, the others apply to the attributes; all or none (ABUSE-4). */
export const decidePatchGroup = (command: Of<"PatchGroup">, view: WorkingSet, context: DecideContext): Decision => {
  const { operations, notes } = command.patch
  const taken = takeMembershipSteps(operations)
  if (Result.isFailure(taken)) return refused(taken.failure, groupSubject(command.id, undefined), notes)
  return decideUpdate(command, taken.success.steps, notes, view, context, (group) =>
    applyPatch(context.resourceTypes.group, groupAttributes(group), taken.success.operations)
  )
}

const decideUpdate = (
  { id, ifMatch }: { readonly id: GroupId; readonly ifMatch: string | undefined },
  steps: ReadonlyArray<MembershipStep>,
  requestNotes: ReadonlyArray<LogNote>,
  view: WorkingSet,
  context: DecideContext,
  update: (
    group: Group
  ) => Result.Result<{ readonly attributes: JsonObject; readonly notes: ReadonlyArray<LogNote> }, ScimError>
): Decision => {
  // The members are asked for together with the group: one look into the database, not two.
  const unknownGroup = view.unknown({ groups: [id], ...membershipNeeds(id, steps) })
  if (unknownGroup !== undefined) return unloaded(unknownGroup)
  const group = view.group(id)
  if (group === undefined) return refused(groupNotFound(id), groupSubject(id, undefined), requestNotes)
  const subject = groupSubject(id, group.displayName)
  const hindrance = groupOwnerFault(context, group) ?? checkIfMatch(ifMatch, group.version)
  if (hindrance !== undefined) return refused(hindrance, subject, requestNotes)
  const updated = update(group)
  if (Result.isFailure(updated)) return refused(updated.failure, subject, requestNotes)
  const { attributes } = updated.success
  const notes: Array<LogNote> = [...requestNotes, ...updated.success.notes]
  const fault = groupNameFault(ownMember(attributes, "displayName"))
  if (fault !== undefined) return refused(fault, subject, notes)
  const displayName = textOf(attributes, "displayName") ?? ""
  if (displayName !== group.displayName) {
    const setting = context.settings.existingGroupName
    const unknownName = view.unknown(groupNameNeeds(setting, displayName))
    if (unknownName !== undefined) return unloaded(unknownName)
    const verdict = judgeGroupName(view, setting, displayName, id)
    if (verdict._tag !== "Free") return refused(nameTaken(verdict.holder), subject, notes)
    notes.push(...nearMissNotes(verdict.near))
  }
  const next: Group = { ...group, displayName, externalId: textOf(attributes, "externalId") }
  return decideMembers(group, next, steps, notes, view, context, false)
}

/** The last part of every write to a group that exists: membership, then the decision. */
const decideMembers = (
  before: Group,
  after: Group,
  steps: ReadonlyArray<MembershipStep>,
  notes: ReadonlyArray<LogNote>,
  view: WorkingSet,
  context: DecideContext,
  created: boolean
): Decision => {
  const unknown = view.unknown(membershipNeeds(before.id, steps))
  if (unknown !== undefined) return unloaded(unknown)
  const subject = groupSubject(before.id, after.displayName)
  const computed = membershipDelta(view, before.id, steps)
  if (Result.isFailure(computed)) return refused(computed.failure, subject, notes)
  const delta = computed.success
  const attributeDiff = attributeChanges(groupAttributes(before), groupAttributes(after))
  if (attributeDiff.length === 0 && isEmpty(delta)) {
    return accepted("unchanged", subject, before, [], notes, created)
  }
  const group: Group = { ...after, version: before.version + 1, lastModifiedAt: context.now }
  const events: Array<DomainEvent> = []
  if (attributeDiff.length > 0) {
    events.push({
      type: "group.updated",
      group: group.id,
      version: group.version,
      attributes: attributeDiff.map((change) => change.attribute)
    })
  }
  if (!isEmpty(delta)) events.push(membershipChanged(group, delta))
  return {
    ...accepted(created ? "overwritten" : "updated", subject, group, events, notes, created),
    change: { groups: [group], memberships: isEmpty(delta) ? [] : [delta] },
    changes: [...attributeDiff, ...memberChanges(delta)]
  }
}

const accepted = (
  outcome: Accepted["outcome"],
  subject: Subject,
  group: Group,
  events: ReadonlyArray<DomainEvent>,
  notes: ReadonlyArray<LogNote>,
  created: boolean
): Accepted => ({
  _tag: "Accepted",
  outcome,
  subject,
  change: {},
  events,
  changes: [],
  notes,
  reply: { _tag: "Group", group, created }
})

const isEmpty = (delta: MembershipDelta): boolean => delta.added.length === 0 && delta.removed.length === 0

const membershipChanged = (group: Group, delta: MembershipDelta): DomainEvent => ({
  type: "group.membershipChanged",
  group: group.id,
  version: group.version,
  added: delta.added,
  removed: delta.removed
})

/** So many ids of members an entry of the log names one by one; the event has them all. */
const namedMembers = 1_000

const memberChanges = (delta: MembershipDelta): ReadonlyArray<AttributeChange> => {
  const changes: Array<AttributeChange> = []
  if (delta.added.length > 0) {
    changes.push({ attribute: "members added", before: undefined, after: named(delta.added) })
  }
  if (delta.removed.length > 0) {
    changes.push({ attribute: "members removed", before: named(delta.removed), after: undefined })
  }
  return changes
}

const named = (ids: ReadonlyArray<string>): ReadonlyArray<string> =>
  ids.length <= namedMembers ? ids : [...ids.slice(0, namedMembers), `and ${ids.length - namedMembers} more`]

/** DELETE (R-GROUP-4): the group goes, its members stay people (R-USER-10). */
export const decideDeleteGroup = (command: Of<"DeleteGroup">, view: WorkingSet, context: DecideContext): Decision => {
  const unknown = view.unknown({ groups: [command.id] })
  if (unknown !== undefined) return unloaded(unknown)
  const group = view.group(command.id)
  if (group === undefined) return refused(groupNotFound(command.id), groupSubject(command.id, undefined))
  const subject = groupSubject(group.id, group.displayName)
  const hindrance = groupOwnerFault(context, group) ?? checkIfMatch(command.ifMatch, group.version)
  if (hindrance !== undefined) return refused(hindrance, subject)
  return {
    _tag: "Accepted",
    outcome: "deleted",
    subject,
    change: { deletedGroup: group.id },
    events: [{ type: "group.deleted", group: group.id, version: group.version + 1 }],
    changes: attributeChanges(groupAttributes(group), {}),
    notes: [],
    reply: { _tag: "Gone" }
  }
}
