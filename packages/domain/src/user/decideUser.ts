import { Result } from "effect"
import type { Command } from "../directory/Command.ts"
import type { DecideContext } from "../directory/DecideContext.ts"
import { type Decision, refused, unloaded } from "../directory/Decision.ts"
import type { Needs } from "../directory/Needs.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import type { DomainEvent } from "../events/DomainEvent.ts"
import { resignAdmin } from "../group/decideGroupAdministration.ts"
import { attributeChanges } from "../log/AttributeChanges.ts"
import type { LogNote } from "../log/LogEntry.ts"
import { addingFault, importFault } from "../organization/ScimOwnership.ts"
import { checkIfMatch } from "../scim/ETag.ts"
import { isJsonObject, type JsonObject, jsonEquals, ownMember } from "../scim/Json.ts"
import { applyPatch } from "../scim/PatchApply.ts"
import { ScimError } from "../scim/ScimError.ts"
import { replaceAttributes, sourcesAfter } from "./DirectoryField.ts"
import { managerReference } from "./decideManager.ts"
import { emailOf } from "./Email.ts"
import { noManager } from "./ManagerLink.ts"
import { clearManagers, newcomerNeeds } from "./ManagersWaiting.ts"
import { referenceNeeds } from "./PersonReference.ts"
import { type Settled, settleAttributes } from "./settleAttributes.ts"
import type { User } from "./User.ts"
import type { UserId } from "./UserId.ts"
import { coreText, userKeys } from "./UserKeys.ts"
import { freshStanding } from "./UserLifecycle.ts"
import { attributesFault, linkFault, takenError } from "./UserRules.ts"
import { userSubject, writeUser } from "./writeUser.ts"

type Of<Tag extends Command["_tag"]> = Extract<Command, { readonly _tag: Tag }>

/** The 404 of a person that this organisation does not have, or no longer has (R-USER-8, R-HELP). */
export const userNotFound = (id: string): ScimError =>
  new ScimError({
    status: 404,
    detail: `User ${id.slice(0, 64)} not found. Import the people of this organisation into your identity provider again, or assign the person anew.`
  })

/** R-USER-5, R-USER-6: who else has this person's email or userName, and the refusal that says so. */
const takenFault = (
  view: WorkingSet,
  id: UserId | undefined,
  attributes: JsonObject
): { readonly error: ScimError; readonly holder: User } | undefined => {
  const keys = userKeys(attributes)
  const byEmail = keys.email === undefined ? undefined : view.people.emailHolder(keys.email)
  if (byEmail !== undefined && byEmail.id !== id) {
    return { error: takenError("email", emailOf(attributes) ?? "", byEmail), holder: byEmail }
  }
  const byName = view.people.userNameHolder(keys.userName)
  return byName !== undefined && byName.id !== id
    ? { error: takenError("userName", coreText(attributes, "userName") ?? "", byName), holder: byName }
    : undefined
}

/** What the manager that attributes bring needs to be known, where it is another than before. */
const managerNeeds = (attributes: JsonObject, before: JsonObject | undefined): ReturnType<typeof referenceNeeds> => {
  const reference = managerReference(attributes)
  return reference === undefined || (before !== undefined && reference === managerReference(before))
    ? { users: [], numbers: [], emails: [], employeeNumbers: [] }
    : referenceNeeds(reference)
}

/** POST (R-USER-6, R-USER-8). */
export const decideCreateUser = (command: Of<"CreateUser">, view: WorkingSet, context: DecideContext): Decision => {
  const { input } = command
  const notAllowed = addingFault(context)
  if (notAllowed !== undefined) return refused(notAllowed, undefined, input.notes)
  // All is asked for at once, before anything is worked out: one look into the database, and the rest is done once.
  const asked = userKeys(input.attributes)
  const manager = managerNeeds(input.attributes, undefined)
  const unknown = view.unknown({
    ...manager,
    ...newcomerNeeds(asked, context),
    userNames: [asked.userName],
    emails: asked.email === undefined ? manager.emails : [asked.email, ...manager.emails]
  })
  if (unknown !== undefined) return unloaded(unknown)
  const settled = settleAttributes(context, context.nextUserNumber, input.attributes, undefined)
  const sent: JsonObject = Object.hasOwn(settled.attributes, "active")
    ? settled.attributes
    : { ...settled.attributes, active: true }
  const notes = [...input.notes, ...settled.notes]
  const fault = attributesFault(context.resourceTypes.extensionUrn, sent)
  if (fault !== undefined) return refused(fault, undefined, notes)
  const taken = takenFault(view, undefined, sent)
  if (taken !== undefined) return refused(taken.error, userSubject(taken.holder.id, taken.holder.attributes), notes)
  const deleted = asked.email === undefined ? undefined : view.people.deletedEmailHolder(asked.email)
  if (deleted !== undefined) return revive(deleted, sent, settled, notes, view, context)
  const candidate: User = {
    id: command.newId,
    number: context.nextUserNumber,
    attributes: sent,
    sources: sourcesAfter(context, { attributes: {}, sources: {} }, sent),
    standing: freshStanding,
    manager: noManager,
    origin: context.via,
    version: 1,
    createdAt: context.now,
    lastModifiedAt: context.now,
    deletedAt: undefined
  }
  return writeUser({ before: undefined, candidate, settled, notes }, view, context)
}

/**
 * R-USER-8: a create with the email of a deleted person revives the record, what is sent over what was there. Nobody
 * else has its userName and email: what is sent has both, and the caller has looked for them.
 */
const revive = (
  deleted: User,
  sent: JsonObject,
  settled: Settled,
  notes: ReadonlyArray<LogNote>,
  view: WorkingSet,
  context: DecideContext
): Decision => {
  const attributes = withUserId(context, deleted.number, overlay(deleted.attributes, sent))
  const candidate: User = {
    ...deleted,
    attributes,
    sources: sourcesAfter(context, deleted, attributes),
    deletedAt: undefined
  }
  return writeUser({ before: deleted, candidate, settled, notes }, view, context)
}

const withUserId = (context: DecideContext, number: number, attributes: JsonObject): JsonObject =>
  settleAttributes(context, number, attributes, attributes).attributes

/** `over` laid upon `under`: single-valued objects and extensions are merged, everything else is replaced. */
const overlay = (under: JsonObject, over: JsonObject): JsonObject => {
  const merged: Record<string, JsonObject[string]> = { ...under }
  for (const [name, value] of Object.entries(over)) {
    const old = ownMember(under, name)
    merged[name] = isJsonObject(old) && isJsonObject(value) ? overlay(old, value) : value
  }
  return merged
}

/** PUT (R-USER-11). */
export const decideReplaceUser = (command: Of<"ReplaceUser">, view: WorkingSet, context: DecideContext): Decision =>
  decideUpdate(command.id, command.ifMatch, command.input.notes, view, context, (user) =>
    Result.succeed({
      attributes: replaceAttributes(context.resourceTypes.extensionUrn, user, command.input),
      notes: []
    })
  )

/** PATCH (RFC 7644 section 3.5.2): all operations or none. */
export const decidePatchUser = (command: Of<"PatchUser">, view: WorkingSet, context: DecideContext): Decision =>
  decideUpdate(command.id, command.ifMatch, command.patch.notes, view, context, (user) =>
    applyPatch(context.resourceTypes.user, user.attributes, command.patch.operations)
  )

/** The part that every update has in common, whatever it makes of the attributes. */
export const decideUpdate = (
  id: UserId,
  ifMatch: string | undefined,
  requestNotes: ReadonlyArray<LogNote>,
  view: WorkingSet,
  context: DecideContext,
  update: (
    user: User
  ) => Result.Result<{ readonly attributes: JsonObject; readonly notes: ReadonlyArray<LogNote> }, ScimError>
): Decision => {
  const unknownUser = view.unknown({ users: [id] })
  if (unknownUser !== undefined) return unloaded(unknownUser)
  const user = view.people.user(id)
  if (user === undefined) return refused(userNotFound(id), userSubject(id, undefined), requestNotes)
  const subject = userSubject(id, user.attributes)
  const hindrance = importFault(context) ?? checkIfMatch(ifMatch, user.version)
  if (hindrance !== undefined) return refused(hindrance, subject, requestNotes)
  const updated = update(user)
  if (Result.isFailure(updated)) return refused(updated.failure, subject, requestNotes)
  const settled = settleAttributes(context, user.number, updated.success.attributes, user.attributes)
  const notes = [...requestNotes, ...updated.success.notes, ...settled.notes]
  const { attributes } = settled
  if (attributes === user.attributes || jsonEquals(attributes, user.attributes)) {
    return writeUser({ before: user, candidate: user, settled, notes }, view, context)
  }
  const fault =
    attributesFault(context.resourceTypes.extensionUrn, attributes) ??
    linkFault(context.settings, user.attributes, attributes)
  if (fault !== undefined) return refused(fault, subject, notes)
  const unknown = view.unknown(updateNeeds(user.attributes, attributes))
  if (unknown !== undefined) return unloaded(unknown)
  const taken = takenFault(view, id, attributes)
  if (taken !== undefined) return refused(taken.error, subject, notes)
  const candidate: User = {
    ...user,
    attributes,
    sources: sourcesAfter(context, user, attributes)
  }
  return writeUser({ before: user, candidate, settled, notes }, view, context)
}

/** What the changed keys and manager of a person need to be known, all at once. */
const updateNeeds = (before: JsonObject, after: JsonObject): Needs => {
  const old = userKeys(before)
  const keys = userKeys(after)
  const email = keys.email === undefined || keys.email === old.email ? [] : [keys.email]
  const employeeNumber =
    keys.employeeNumber === undefined || keys.employeeNumber === old.employeeNumber ? [] : [keys.employeeNumber]
  const manager = managerNeeds(after, before)
  return {
    ...manager,
    userNames: keys.userName === old.userName ? [] : [keys.userName],
    emails: [...email, ...manager.emails],
    waiting: [...email, ...employeeNumber]
  }
}

/** DELETE (R-USER-8, R-GROUP-6): the record is kept, deactivated, and leaves SCIM and its groups. */
export const decideDeleteUser = (command: Of<"DeleteUser">, view: WorkingSet, context: DecideContext): Decision => {
  const { id } = command
  const unknown = view.unknown({ users: [id], groupsOf: [id], adminOf: [id], reportsOf: [id] })
  if (unknown !== undefined) return unloaded(unknown)
  const user = view.people.user(id)
  if (user === undefined) return refused(userNotFound(id), userSubject(id, undefined))
  const subject = userSubject(id, user.attributes)
  const stale = checkIfMatch(command.ifMatch, user.version)
  if (stale !== undefined) return refused(stale, subject)
  const deleted: User = {
    ...user,
    attributes: { ...user.attributes, active: false },
    manager: noManager,
    version: user.version + 1,
    lastModifiedAt: context.now,
    deletedAt: context.now
  }
  const groups = view
    .groupsOf(id)
    .flatMap((group) => view.group(group) ?? [])
    .sort((left, right) => left.number - right.number)
    .map((group) => ({ ...group, version: group.version + 1, lastModifiedAt: context.now }))
  const reports = clearManagers(user, view)
  if (reports._tag === "Unloaded") return reports
  const resignation = resignAdmin(id, view)
  return {
    _tag: "Accepted",
    outcome: "deleted",
    subject,
    change: {
      user: deleted,
      otherUsers: reports.users,
      groups,
      memberships: groups.map((group) => ({ group: group.id, added: [], removed: [id] })),
      admins: resignation.admins
    },
    events: [
      { type: "user.deleted", user: id, version: deleted.version },
      ...groups.map(
        (group): DomainEvent => ({
          type: "group.membershipChanged",
          group: group.id,
          version: group.version,
          added: [],
          removed: [id]
        })
      ),
      ...resignation.events,
      ...reports.events
    ],
    changes: attributeChanges(user.attributes, deleted.attributes),
    notes: resignation.notes,
    consequences: reports.consequences,
    reply: { _tag: "Gone" }
  }
}
