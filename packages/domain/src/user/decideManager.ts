import type { DecideContext } from "../directory/DecideContext.ts"
import { type Unloaded, unloaded } from "../directory/Decision.ts"
import type { LogNote, MatchedReference } from "../log/LogEntry.ts"
import { openWindow, type ReviewWindow } from "../organization/ReviewWindow.ts"
import { isJsonObject, type JsonObject, ownMember } from "../scim/Json.ts"
import { enterpriseUserUrn } from "../scim/schemas/EnterpriseUserSchema.ts"
import { type ManagerLink, noManager, type PendingReason } from "./ManagerLink.ts"
import type { MatchingRule } from "./MatchingRule.ts"
import { type Match, matchReference } from "./matchReference.ts"
import type { PeopleView } from "./PeopleView.ts"
import { referenceNeeds } from "./PersonReference.ts"
import type { UserId } from "./UserId.ts"

/** The attribute as the log names it. */
export const managerAttribute = `${enterpriseUserUrn}:manager`

/** The reference to the manager that the attributes hold, as it was sent. */
export const managerReference = (attributes: JsonObject): string | undefined => {
  const enterprise = ownMember(attributes, enterpriseUserUrn)
  const manager = isJsonObject(enterprise) ? ownMember(enterprise, "manager") : undefined
  const value = isJsonObject(manager) ? ownMember(manager, "value") : undefined
  return typeof value === "string" && value.trim() !== "" ? value : undefined
}

/** Whom the manager is decided for, and when. */
export interface ManagerQuestion {
  readonly id: UserId
  readonly link: ManagerLink
  /** The manager that is sent, undefined for nobody. */
  readonly reference: string | undefined
  /** The person is just being made or revived: their first manager changes nobody's reviewer (R-MGR-4). */
  readonly isNew: boolean
}

/** What a person's link to their manager becomes; the very object where nothing of it changes. */
export interface ManagerStep {
  readonly _tag: "Manager"
  readonly link: ManagerLink
  readonly notes: ReadonlyArray<LogNote>
  readonly matched: ReadonlyArray<MatchedReference>
}

/** R-MGR 1 to 6: what follows from a sent manager, by the settings, the review windows and who is there. */
export const decideManager = (
  question: ManagerQuestion,
  view: PeopleView,
  context: DecideContext
): ManagerStep | Unloaded => {
  const { id, isNew, link, reference } = question
  const step = (next: ManagerLink, notes: ReadonlyArray<LogNote>, match?: Match): ManagerStep => ({
    _tag: "Manager",
    link: sameLink(link, next) ? link : next,
    notes,
    matched: match === undefined || reference === undefined ? [] : [matchedReference(reference, match)]
  })
  const wait = (reason: PendingReason): ManagerLink => ({ ...link, pending: { reason, reference } })
  if (link.pending === undefined && reference === link.reference) return step(link, [])
  // What was sent last is taken back before it was ever followed.
  if (link.id !== undefined && reference === link.reference) return step({ ...link, pending: undefined }, [])
  if (!context.settings.syncManagers) return step(wait("switchedOff"), [switchedOff])
  const window = isNew ? undefined : openWindow(context.reviewWindows, context.now)
  if (reference === undefined) {
    return window !== undefined && link.id !== undefined
      ? step(wait("reviewWindow"), [held(window)])
      : step(noManager, [])
  }
  const unknown = view.unknown(referenceNeeds(reference))
  if (unknown !== undefined) return unloaded(unknown)
  const match = matchReference(view.people, reference)
  if (match._tag === "Unmatched") {
    if (window !== undefined && link.id !== undefined) return step(wait("reviewWindow"), [held(window)], match)
    const reason = match.several === undefined ? "unmatched" : "ambiguous"
    return step({ ...noManager, pending: { reason, reference } }, [unmatched(reference, reason)], match)
  }
  if (match.user.id === id) return step(wait("self"), [self], match)
  const next: ManagerLink = { id: match.user.id, reference, rule: match.rule, pending: undefined }
  const notes = match.alsoBy === undefined ? [] : [alsoNote(reference, match.rule, match.alsoBy)]
  if (next.id === link.id) return step(next, notes, match)
  if (window !== undefined) return step(wait("reviewWindow"), [held(window)], match)
  const above = isNew ? false : isAbove(view, match.user.id, id)
  if (typeof above !== "boolean") return above
  return step(next, above ? [...notes, cycle] : notes, match)
}

const sameLink = (left: ManagerLink, right: ManagerLink): boolean =>
  left.id === right.id &&
  left.reference === right.reference &&
  left.rule === right.rule &&
  left.pending?.reason === right.pending?.reason &&
  left.pending?.reference === right.pending?.reference

/** Whether `person` stands somewhere above `start` in the line of managers. */
const isAbove = (view: PeopleView, start: UserId, person: UserId): boolean | Unloaded => {
  const { people } = view
  const seen = new Set<UserId>()
  let at: UserId | undefined = start
  while (at !== undefined && !seen.has(at)) {
    if (at === person) return true
    if (!people.isKnown(at)) {
      const unknown = view.unknown({ chainsOf: [at] })
      if (unknown !== undefined) return unloaded(unknown)
    }
    seen.add(at)
    at = people.user(at)?.manager.id
  }
  return false
}

const note = (kind: "ignored" | "told", text: string): LogNote => ({
  kind,
  habit: "rule",
  attribute: managerAttribute,
  text
})

const switchedOff = note("ignored", "Sync managers is off, so the manager was not taken.")

const self = note("ignored", "Somebody cannot be their own manager, so the manager was not taken.")

const cycle = note("told", "The manager reports to this person, directly or through others; it was taken all the same.")

const held = (window: ReviewWindow): LogNote =>
  note("told", `The review window ${quoted(window.name)} is open: the manager is held, and applied when it closes.`)

const unmatched = (reference: string, reason: "unmatched" | "ambiguous"): LogNote =>
  note(
    "told",
    reason === "unmatched"
      ? `Nobody here has ${quoted(reference)} as SCIM ID, User ID, e-mail or employee number. The manager stays blank ` +
          "until such a person appears."
      : `Several people have the employee number ${quoted(reference)}, so the manager stays blank. Send the manager's ` +
          "e-mail instead."
  )

const names: Readonly<Record<MatchingRule, string>> = {
  scimId: "SCIM ID",
  userId: "User ID",
  email: "e-mail",
  employeeNumber: "employee number"
}

const alsoNote = (reference: string, rule: MatchingRule, other: MatchingRule): LogNote =>
  note("told", `${quoted(reference)} is one person's ${names[rule]}, which counts, and also another's ${names[other]}.`)

/** A text in a sentence: not longer than a line. */
const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)

const matchedReference = (reference: string, match: Match): MatchedReference => ({
  attribute: managerAttribute,
  reference,
  rule: match._tag === "Matched" ? match.rule : undefined,
  user: match._tag === "Matched" ? match.user.id : undefined,
  alsoBy: match._tag === "Matched" ? match.alsoBy : undefined
})
