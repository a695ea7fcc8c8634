import { Result } from "effect"
import type { DecideContext } from "../directory/DecideContext.ts"
import { type Accepted, type Change, type Refused, refused, type Unloaded } from "../directory/Decision.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import type { DomainEvent } from "../events/DomainEvent.ts"
import { attributeChanges } from "../log/AttributeChanges.ts"
import type { LogNote, Subject } from "../log/LogEntry.ts"
import type { JsonObject } from "../scim/Json.ts"
import { valueAt } from "./DirectoryField.ts"
import { decideManager, managerReference } from "./decideManager.ts"
import { emailOf } from "./Email.ts"
import { noManager } from "./ManagerLink.ts"
import { fillManagers, managerChanges, managerEvents } from "./ManagersWaiting.ts"
import { withCandidate } from "./PeopleView.ts"
import { rule, type Settled } from "./settleAttributes.ts"
import { isActive, type User } from "./User.ts"
import type { UserId } from "./UserId.ts"
import { coreText, userKeys } from "./UserKeys.ts"
import { type LifecycleEvent, type LifecycleFacts, type LifecycleWish, writeLifecycle } from "./UserLifecycle.ts"

/** Whom a log entry is about. */
export const userSubject = (id: UserId, attributes: JsonObject | undefined): Subject => ({
  type: "User",
  id,
  name: attributes === undefined ? undefined : coreText(attributes, "userName")
})

const wishOf = (extensionUrn: string, attributes: JsonObject): LifecycleWish => {
  const date = (name: string) => {
    const value = valueAt(attributes, [extensionUrn, name])
    return typeof value === "string" ? value : undefined
  }
  return {
    active: isActive(attributes),
    startDate: date("startDate"),
    terminationDate: date("terminationDate")
  }
}

/** What matters to the life of a person (R-START). */
export const lifecycleFacts = (extensionUrn: string, user: User): LifecycleFacts => ({
  standing: user.standing,
  deleted: user.deletedAt !== undefined,
  ...wishOf(extensionUrn, user.attributes)
})

/** A write to a person that nothing speaks against so far. */
export interface UserWrite {
  /** The person as stored, deleted perhaps; undefined for a new one. */
  readonly before: User | undefined
  /** The person with the new attributes; standing and manager are still the old ones. */
  readonly candidate: User
  readonly settled: Settled
  readonly notes: ReadonlyArray<LogNote>
}

/**
 * The last part of every write to a person: what follows for their start and end, their manager, and those whose
 * manager they are; then the decision (R-START, R-MGR, R-USER-6 to R-USER-8).
 */
export const writeUser = (
  { before, candidate, notes, settled }: UserWrite,
  view: WorkingSet,
  context: DecideContext
): Accepted | Refused | Unloaded => {
  const urn = context.resourceTypes.extensionUrn
  const { id } = candidate
  const subject = userSubject(id, candidate.attributes)
  const lived = before !== undefined && before.deletedAt === undefined ? before : undefined
  const sameAttributes = lived !== undefined && lived.attributes === candidate.attributes
  const life = sameAttributes
    ? undefined
    : writeLifecycle(
        before === undefined ? undefined : lifecycleFacts(urn, before),
        wishOf(urn, candidate.attributes),
        context
      )
  if (life !== undefined && Result.isFailure(life)) return refused(life.failure, subject, notes)
  const link = lived?.manager ?? noManager
  const manager = decideManager(
    { id, link, reference: managerReference(candidate.attributes), isNew: lived === undefined },
    withCandidate(view, candidate),
    context
  )
  if (manager._tag === "Unloaded") return manager
  const told = [...notes, ...(life?.success.notes ?? []), ...manager.notes]
  if (lived !== undefined && sameAttributes && manager.link === link && settled.passwordHash === undefined) {
    return unchanged(lived, subject, told, view)
  }
  const isNewVersion = !sameAttributes || settled.passwordHash !== undefined
  const user: User = {
    ...candidate,
    standing: life?.success.standing ?? candidate.standing,
    manager: manager.link,
    version: before === undefined ? 1 : before.version + (isNewVersion ? 1 : 0),
    lastModifiedAt: isNewVersion ? context.now : candidate.lastModifiedAt
  }
  const keysBefore = before === undefined ? "newcomer" : lived === undefined ? undefined : userKeys(lived.attributes)
  const others = sameAttributes ? undefined : fillManagers(user, keysBefore, view, context)
  if (others?._tag === "Unloaded") return others
  const changes = attributeChanges(before?.attributes ?? {}, user.attributes)
  const own = eventsOf(before, user, changes, life?.success.events ?? [], settled)
  const change: Change = {
    user,
    ...(others === undefined || others.users.length === 0 ? {} : { otherUsers: others.users }),
    ...(settled.passwordHash === undefined ? {} : { passwordHash: settled.passwordHash }),
    ...(settled.customAttributes === context.customAttributes ? {} : { customAttributes: settled.customAttributes })
  }
  return {
    _tag: "Accepted",
    outcome: before === undefined ? "created" : lived === undefined ? "revived" : "updated",
    subject,
    change,
    events: [...own, ...managerEvents({ manager: link }, user), ...(others?.events ?? [])],
    changes: [...changes, ...managerChanges({ manager: link }, user)],
    notes: [...told, ...consequenceNotes(lived, user, own, settled)],
    matched: manager.matched,
    ...(others === undefined ? {} : { consequences: others.consequences }),
    reply: userReply(user, lived === undefined, view)
  }
}

/** R-USER-12: nothing changed: the version stays, no event, one entry in the log. */
const unchanged = (user: User, subject: Subject, notes: ReadonlyArray<LogNote>, view: WorkingSet): Accepted => ({
  _tag: "Accepted",
  outcome: "unchanged",
  subject,
  change: {},
  events: [],
  changes: [],
  notes,
  reply: userReply(user, false, view)
})

/** The answer to a write, with the manager's name as far as it is known. */
export const userReply = (user: User, created: boolean, view: WorkingSet): Accepted["reply"] => {
  const { id, pending } = user.manager
  const displayName = id === undefined || pending !== undefined ? undefined : view.people.nameOf(id)
  return {
    _tag: "User",
    user,
    created,
    ...(id === undefined || displayName === undefined ? {} : { manager: { id, displayName } })
  }
}

const eventsOf = (
  before: User | undefined,
  user: User,
  changes: Accepted["changes"],
  life: ReadonlyArray<LifecycleEvent>,
  settled: Settled
): ReadonlyArray<DomainEvent> => {
  const of = { user: user.id, version: user.version }
  const events: Array<DomainEvent> = []
  if (before === undefined || before.deletedAt !== undefined) {
    events.push({ type: "user.created", ...of, revived: before !== undefined })
  } else if (changes.length > 0) {
    events.push({ type: "user.updated", ...of, attributes: changes.map((change) => change.attribute) })
  }
  for (const event of life) events.push({ ...event, ...of })
  if (settled.passwordHash !== undefined) {
    // Whoever has not started, or is out, is not written to (R-START-3, R-USER-7).
    const isWrittenTo = user.standing.startedAt !== undefined && isActive(user.attributes)
    events.push({ type: "user.passwordChanged", ...of, ...(isWrittenTo ? { mail: "passwordReset" } : {}) })
  }
  return events
}

const consequenceNotes = (
  lived: User | undefined,
  user: User,
  events: ReadonlyArray<DomainEvent>,
  settled: Settled
): ReadonlyArray<LogNote> => {
  const notes: Array<LogNote> = []
  if (settled.passwordHash !== undefined) {
    notes.push(rule("told", "password", "A new password is stored, and the person gets a link to set another."))
  }
  if (lived !== undefined && userKeys(lived.attributes).email !== userKeys(user.attributes).email) {
    // ABUSE-19: nothing that was sent to the former address leads into the account any more.
    notes.push(rule("told", "emails", "The e-mail changed: password links sent to the former address no longer work."))
  }
  if (events.some((event) => "mail" in event && event.mail !== undefined) && emailOf(user.attributes) === undefined) {
    notes.push(rule("told", "emails", "The person has no e-mail address, so nothing can be sent to them."))
  }
  return notes
}
