import { Result } from "effect"
import type { Command } from "../directory/Command.ts"
import type { DecideContext } from "../directory/DecideContext.ts"
import { type Accepted, type Change, type Decision, refused, unloaded } from "../directory/Decision.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import type { DomainEvent } from "../events/DomainEvent.ts"
import { attributeChanges } from "../log/AttributeChanges.ts"
import type { LogNote, Subject } from "../log/LogEntry.ts"
import { registerCustomAttributes } from "../organization/CustomAttribute.ts"
import { checkIfMatch } from "../scim/ETag.ts"
import { isJsonObject, type JsonObject, jsonEquals, ownMember } from "../scim/Json.ts"
import { applyPatch } from "../scim/PatchApply.ts"
import { ScimError } from "../scim/ScimError.ts"
import { customAttributePrefix } from "../scim/schemas/ExtensionUserSchema.ts"
import { replaceAttributes, sourcesAfterScim } from "./DirectoryField.ts"
import { emailOf } from "./Email.ts"
import { isActive, type User, type UserId } from "./User.ts"
import { coreText, userKeys } from "./UserKeys.ts"
import { attributesFault, linkFault, takenError } from "./UserRules.ts"

type Of<Tag extends Command["_tag"]> = Extract<Command, { readonly _tag: Tag }>

/** The 404 of a person that this organisation does not have, or no longer has (R-USER-8, R-HELP). */
export const userNotFound = (id: string): ScimError =>
  new ScimError({
    status: 404,
    detail: `User ${id.slice(0, 64)} not found. Import the people of this organisation into your identity provider again, or assign the person anew.`
  })

const subjectOf = (id: UserId, attributes: JsonObject | undefined): Subject => ({
  type: "User",
  id,
  name: attributes === undefined ? undefined : coreText(attributes, "userName")
})

/** Attributes after the rules that concern one person alone: password dropped, custom names and User ID registered. */
interface Settled {
  readonly attributes: JsonObject
  readonly notes: ReadonlyArray<LogNote>
  readonly customAttributes: DecideContext["customAttributes"]
}

const settle = (
  context: DecideContext,
  number: number,
  attributes: JsonObject,
  before: JsonObject | undefined
): Settled => {
  const notes: Array<LogNote> = []
  let settled = attributes
  if (Object.hasOwn(settled, "password")) {
    const { password: _, ...rest } = settled
    settled = rest
    notes.push(rule("password", "The password was not taken: people set their own."))
  }
  const active = before === undefined ? undefined : ownMember(before, "active")
  if (active !== undefined && !Object.hasOwn(settled, "active")) {
    // Emptied, it would read as active: only `true` and `false` change whether somebody may sign in.
    settled = { ...settled, active }
  }
  const timezone = ownMember(settled, "timezone")
  if (timezone !== undefined && (before === undefined || ownMember(before, "timezone") !== timezone)) {
    notes.push(rule("timezone", "timezone is kept and returned but has no effect here (R-USER-3)."))
  }
  const urn = context.resourceTypes.extensionUrn
  const extension = ownMember(settled, urn)
  const registered = registerCustomAttributes(
    context.customAttributes,
    customAttributePrefix,
    isJsonObject(extension) ? extension : {}
  )
  // The User ID is stored among the attributes, so that it is returned and filtered like any other.
  if (registered.extension !== extension || ownMember(registered.extension, "userId") !== number) {
    settled = { ...settled, [urn]: { ...registered.extension, userId: number } }
  }
  for (const name of registered.refused) {
    notes.push(rule(name, "The organisation has as many custom attributes as it may; this one was ignored."))
  }
  return { attributes: settled, notes, customAttributes: registered.customAttributes }
}

const rule = (attribute: string, text: string): LogNote => ({ kind: "ignored", habit: "rule", attribute, text })

/** R-USER-5, R-USER-6: who else has this person's email or userName, and the refusal that says so. */
const takenFault = (
  view: WorkingSet,
  id: UserId | undefined,
  attributes: JsonObject
): { readonly error: ScimError; readonly holder: User } | undefined => {
  const keys = userKeys(attributes)
  const byEmail = keys.email === undefined ? undefined : view.emailHolder(keys.email)
  if (byEmail !== undefined && byEmail.id !== id) {
    return { error: takenError("email", emailOf(attributes) ?? "", byEmail), holder: byEmail }
  }
  const byName = view.userNameHolder(keys.userName)
  return byName !== undefined && byName.id !== id
    ? { error: takenError("userName", coreText(attributes, "userName") ?? "", byName), holder: byName }
    : undefined
}

const customChange = (context: DecideContext, settled: Settled): Pick<Change, "customAttributes"> =>
  settled.customAttributes === context.customAttributes ? {} : { customAttributes: settled.customAttributes }

/** POST (R-USER-6, R-USER-8). */
export const decideCreateUser = (command: Of<"CreateUser">, view: WorkingSet, context: DecideContext): Decision => {
  const { input } = command
  // Asked before anything else is worked out: the answer is the same, and the rest is then worked out once.
  const asked = userKeys(input.attributes)
  const unknown = view.unknown({
    userNames: [asked.userName],
    emails: asked.email === undefined ? [] : [asked.email]
  })
  if (unknown !== undefined) return unloaded(unknown)
  const settled = settle(context, context.nextUserNumber, input.attributes, undefined)
  const sent: JsonObject = Object.hasOwn(settled.attributes, "active")
    ? settled.attributes
    : { ...settled.attributes, active: true }
  const notes = [...input.notes, ...settled.notes]
  const subject = subjectOf(command.newId, sent)
  const fault = attributesFault(context.resourceTypes.extensionUrn, sent)
  if (fault !== undefined) return refused(fault, undefined, notes)
  const taken = takenFault(view, undefined, sent)
  if (taken !== undefined) return refused(taken.error, subjectOf(taken.holder.id, taken.holder.attributes), notes)
  const deleted = asked.email === undefined ? undefined : view.deletedEmailHolder(asked.email)
  if (deleted !== undefined) return revive(deleted, sent, settled, notes, context)
  const user: User = {
    id: command.newId,
    number: context.nextUserNumber,
    attributes: sent,
    sources: {},
    origin: "scim",
    version: 1,
    createdAt: context.now,
    lastModifiedAt: context.now,
    deletedAt: undefined
  }
  return {
    _tag: "Accepted",
    outcome: "created",
    subject,
    change: { user, ...customChange(context, settled) },
    events: [{ type: "user.created", user: user.id, version: 1, revived: false }],
    changes: attributeChanges({}, sent),
    notes,
    reply: { _tag: "User", user, created: true }
  }
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
  context: DecideContext
): Decision => {
  const attributes = withUserId(context, deleted.number, overlay(deleted.attributes, sent))
  const user: User = {
    ...deleted,
    attributes,
    sources: sourcesAfterScim(context.resourceTypes.extensionUrn, deleted, attributes, jsonEquals),
    version: deleted.version + 1,
    lastModifiedAt: context.now,
    deletedAt: undefined
  }
  return {
    _tag: "Accepted",
    outcome: "revived",
    subject: subjectOf(user.id, attributes),
    change: { user, ...customChange(context, settled) },
    events: [{ type: "user.created", user: user.id, version: user.version, revived: true }],
    changes: attributeChanges(deleted.attributes, attributes),
    notes,
    reply: { _tag: "User", user, created: true }
  }
}

const withUserId = (context: DecideContext, number: number, attributes: JsonObject): JsonObject =>
  settle(context, number, attributes, attributes).attributes

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

const decideUpdate = (
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
  const user = view.user(id)
  if (user === undefined) return refused(userNotFound(id), subjectOf(id, undefined), requestNotes)
  const subject = subjectOf(id, user.attributes)
  const stale = checkIfMatch(ifMatch, user.version)
  if (stale !== undefined) return refused(stale, subject, requestNotes)
  const updated = update(user)
  if (Result.isFailure(updated)) return refused(updated.failure, subject, requestNotes)
  const settled = settle(context, user.number, updated.success.attributes, user.attributes)
  const notes = [...requestNotes, ...updated.success.notes, ...settled.notes]
  const attributes = settled.attributes
  if (attributes === user.attributes || jsonEquals(attributes, user.attributes)) return unchanged(user, subject, notes)
  const fault =
    attributesFault(context.resourceTypes.extensionUrn, attributes) ??
    linkFault(context.settings, user.attributes, attributes)
  if (fault !== undefined) return refused(fault, subject, notes)
  const before = userKeys(user.attributes)
  const after = userKeys(attributes)
  const unknown = view.unknown({
    userNames: after.userName === before.userName ? [] : [after.userName],
    emails: after.email === undefined || after.email === before.email ? [] : [after.email]
  })
  if (unknown !== undefined) return unloaded(unknown)
  const taken = takenFault(view, id, attributes)
  if (taken !== undefined) return refused(taken.error, subject, notes)
  return accepted(user, attributes, settled, notes, context)
}

/** R-USER-12: nothing changed: the version stays, no event, one entry in the log. */
const unchanged = (user: User, subject: Subject, notes: ReadonlyArray<LogNote>): Accepted => ({
  _tag: "Accepted",
  outcome: "unchanged",
  subject,
  change: {},
  events: [],
  changes: [],
  notes,
  reply: { _tag: "User", user, created: false }
})

const accepted = (
  before: User,
  attributes: JsonObject,
  settled: Settled,
  notes: ReadonlyArray<LogNote>,
  context: DecideContext
): Accepted => {
  const user: User = {
    ...before,
    attributes,
    sources: sourcesAfterScim(context.resourceTypes.extensionUrn, before, attributes, jsonEquals),
    version: before.version + 1,
    lastModifiedAt: context.now
  }
  const changes = attributeChanges(before.attributes, attributes)
  const events: Array<DomainEvent> = [
    {
      type: "user.updated",
      user: user.id,
      version: user.version,
      attributes: changes.map((change) => change.attribute)
    }
  ]
  const wasActive = isActive(before.attributes)
  if (wasActive !== isActive(attributes)) {
    events.push({
      type: wasActive ? "user.deactivated" : "user.reactivated",
      user: user.id,
      version: user.version
    })
  }
  return {
    _tag: "Accepted",
    outcome: "updated",
    subject: subjectOf(user.id, attributes),
    change: { user, ...customChange(context, settled) },
    events,
    changes,
    notes,
    reply: { _tag: "User", user, created: false }
  }
}

/** DELETE (R-USER-8, R-GROUP-6): the record is kept, deactivated, and leaves SCIM and its groups. */
export const decideDeleteUser = (command: Of<"DeleteUser">, view: WorkingSet, context: DecideContext): Decision => {
  const unknown = view.unknown({ users: [command.id], groupsOf: [command.id] })
  if (unknown !== undefined) return unloaded(unknown)
  const user = view.user(command.id)
  if (user === undefined) return refused(userNotFound(command.id), subjectOf(command.id, undefined))
  const subject = subjectOf(user.id, user.attributes)
  const stale = checkIfMatch(command.ifMatch, user.version)
  if (stale !== undefined) return refused(stale, subject)
  const deleted: User = {
    ...user,
    attributes: { ...user.attributes, active: false },
    version: user.version + 1,
    lastModifiedAt: context.now,
    deletedAt: context.now
  }
  const groups = view
    .groupsOf(user.id)
    .flatMap((id) => view.group(id) ?? [])
    .sort((left, right) => left.number - right.number)
    .map((group) => ({ ...group, version: group.version + 1, lastModifiedAt: context.now }))
  return {
    _tag: "Accepted",
    outcome: "deleted",
    subject,
    change: {
      user: deleted,
      groups,
      memberships: groups.map((group) => ({ group: group.id, added: [], removed: [user.id] }))
    },
    events: [
      { type: "user.deleted", user: user.id, version: deleted.version },
      ...groups.map(
        (group): DomainEvent => ({
          type: "group.membershipChanged",
          group: group.id,
          version: group.version,
          added: [],
          removed: [user.id]
        })
      )
    ],
    changes: attributeChanges(user.attributes, deleted.attributes),
    notes: [],
    reply: { _tag: "Gone" }
  }
}
