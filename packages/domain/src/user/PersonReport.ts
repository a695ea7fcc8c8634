import type { LogEntry } from "../log/LogEntry.ts"
import { dayText, momentIn } from "../log/Moment.ts"
import { plainText, quoted, shownValue } from "../log/ShownValue.ts"
import { managerReasons, ruleNames } from "../log/StoryTexts.ts"
import type { Settings } from "../organization/Settings.ts"
import type { Json } from "../scim/Json.ts"
import { fieldsHeld, valueAt } from "./DirectoryField.ts"
import { isActive, type Source, type User } from "./User.ts"
import { coreText } from "./UserKeys.ts"
import { type LifecycleState, lifecycleState } from "./UserLifecycle.ts"

/** What is known besides the person. */
export interface ReportContext {
  readonly extensionUrn: string
  readonly settings: Settings
  /** The organisation's time zone. */
  readonly timeZone: string
  readonly nameOf: (id: string) => string | undefined
  /** The latest entry about the person, with its case code; undefined where there is none. */
  readonly lastCall: { readonly caseCode: string; readonly entry: LogEntry } | undefined
}

/** Where a person stands, for their page, for support, and for the command line (R-LOG-4, R-USER-11). */
export interface PersonReport {
  readonly state: LifecycleState
  /** Whether the person may sign in, since when or until when, and why. */
  readonly standing: ReadonlyArray<string>
  /** Who the manager is, and what of the sent one is not followed, and why. */
  readonly manager: ReadonlyArray<string>
  readonly fields: ReadonlyArray<{ readonly name: string; readonly value: Json; readonly source: Source }>
  /** When the identity provider last sent something, and what became of it. */
  readonly lastCall: string
}

/** Explains where a person stands now. */
export const explainPerson = (user: User, context: ReportContext): PersonReport => {
  const state = lifecycleState({
    standing: user.standing,
    active: isActive(user.attributes),
    deleted: user.deletedAt !== undefined
  })
  return {
    state,
    standing: [stateSentence(user, state, context), ...dateSentences(user, state, context)],
    manager: managerSentences(user, context),
    fields: fieldsOf(user, context.extensionUrn),
    lastCall: lastCallSentence(context)
  }
}

const stateSentence = (user: User, state: LifecycleState, { settings, timeZone }: ReportContext): string => {
  const name = plainText(coreText(user.attributes, "userName") ?? user.id)
  const { startedAt, startsOn } = user.standing
  switch (state) {
    case "started": {
      const since = startedAt === undefined ? "" : `, first on ${momentIn(timeZone, startedAt)}`
      return `${name} is active and may sign in${since}.`
    }
    case "scheduled":
      return startsOn === undefined || !settings.startDates
        ? `${name} is waiting to be started, which happens within minutes.`
        : `${name} is scheduled: they start on ${dayText(startsOn)} (${timeZone}), and may not sign in and get no e-mail before.`
    case "deactivatedBeforeStart":
      return startsOn === undefined
        ? `${name} is deactivated and never started: no sign-in, no e-mail.`
        : `${name} is deactivated and never started: no e-mail goes out on their start date, ${dayText(startsOn)}, unless they are active again by then.`
    case "deactivated":
      return `${name} is deactivated: no sign-in and no notifications. The data is kept; active true lets them in again.`
    case "deleted": {
      const when = user.deletedAt === undefined ? "" : ` on ${momentIn(timeZone, user.deletedAt)}`
      return `${name} was deleted by the identity provider${when}. The record is kept: a create with the same e-mail brings it back.`
    }
  }
}

/** Dates that are stored and do not do what they seem to promise, and those that will. */
const dateSentences = (
  user: User,
  state: LifecycleState,
  { extensionUrn, settings, timeZone }: ReportContext
): ReadonlyArray<string> => {
  const sentences: Array<string> = []
  const startDate = valueAt(user.attributes, [extensionUrn, "startDate"])
  if (typeof startDate === "string" && !settings.startDates) {
    sentences.push(`The start date ${quoted(startDate)} has no effect: Start dates are switched off.`)
  } else if (typeof startDate === "string" && (state === "started" || state === "deactivated")) {
    sentences.push(`The start date ${quoted(startDate)} has no effect any more: the person has started.`)
  }
  const termination = valueAt(user.attributes, [extensionUrn, "terminationDate"])
  if (typeof termination !== "string") return sentences
  if (!settings.deactivateOnTerminationDate) {
    sentences.push(
      `The termination date ${quoted(termination)} is information only: Deactivate on termination date is switched off.`
    )
  } else if (user.standing.endsOn !== undefined && (state === "started" || state === "scheduled")) {
    sentences.push(`The person is deactivated at the end of ${dayText(user.standing.endsOn)} (${timeZone}).`)
  }
  return sentences
}

const managerSentences = ({ manager }: User, { nameOf }: ReportContext): ReadonlyArray<string> => {
  const name = manager.id === undefined ? undefined : plainText(nameOf(manager.id) ?? manager.id)
  const by =
    manager.rule === undefined || manager.reference === undefined
      ? ""
      : `, matched from ${quoted(manager.reference)} by ${ruleNames[manager.rule]}`
  const { pending } = manager
  const now = name === undefined ? "There is no manager." : `The manager is ${name}${by}.`
  if (pending === undefined) return [now]
  const sent =
    pending.reference === undefined
      ? "That there be no manager is not followed:"
      : `The manager that was sent last, ${quoted(pending.reference)}, is not followed:`
  return [now, `${sent} ${managerReasons[pending.reason]}`]
}

const fieldsOf = (user: User, extensionUrn: string): PersonReport["fields"] =>
  fieldsHeld(extensionUrn, user.attributes).flatMap(({ name, path }) => {
    const value = valueAt(user.attributes, path)
    if (value === undefined) return []
    const source = Object.hasOwn(user.sources, name) ? user.sources[name] : undefined
    return [{ name, value, source: source ?? "scim" }]
  })

const lastCallSentence = ({ lastCall, timeZone }: ReportContext): string => {
  if (lastCall === undefined) {
    return "Nothing has been sent about this person since the log begins: check in the identity provider whether they are assigned."
  }
  const { caseCode, entry } = lastCall
  const became = entry.outcome === "refused" ? "it was refused" : `it was ${entry.outcome}`
  return `The last change was asked for on ${momentIn(timeZone, entry.at)} by ${shownValue(entry.actor.keyLabel)}; ${became} [case ${caseCode}].`
}
