import { Result } from "effect"
import type { LogNote } from "../log/LogEntry.ts"
import type { Occasion } from "../mail/Occasion.ts"
import type { Settings } from "../organization/Settings.ts"
import { badRequest, type ScimError } from "../scim/ScimError.ts"
import { isoDateOf } from "./CalendarDate.ts"
import type { Standing } from "./Standing.ts"

/**
 * The life of a person in an organisation (R-START, R-USER-7, R-USER-8), as one machine:
 *
 * ```mermaid
 * stateDiagram-v2
 *   [*] --> scheduled: created with a day to come
 *   [*] --> started: created otherwise / welcome
 *   [*] --> deactivatedBeforeStart: created inactive
 *   scheduled --> scheduled: another day to come
 *   scheduled --> started: date removed, today, or past and "start now" / welcome
 *   scheduled --> started: the clock, on the day, or where start dates are off / startDay
 *   scheduled --> deactivatedBeforeStart: deactivated, or the clock after the termination date
 *   deactivatedBeforeStart --> scheduled: reactivated, the day is to come
 *   deactivatedBeforeStart --> started: reactivated otherwise / welcome
 *   started --> deactivated: deactivated, or the clock after the termination date
 *   deactivated --> started: reactivated / welcomeBack
 *   scheduled --> deleted
 *   started --> deleted
 *   deactivated --> deleted
 *   deactivatedBeforeStart --> deleted
 *   deleted --> started: revived, had started / welcomeBack
 *   deleted --> deactivated: revived inactive, had started
 *   deleted --> scheduled: revived, never started, the day is to come
 *   deleted --> started: revived otherwise / welcome
 *   deleted --> deactivatedBeforeStart: revived inactive, never started
 * ```
 *
 * Whoever has started stays so for ever: `startedAt` is set once, and with it goes the one `welcome` or `startDay`.
 * As long as somebody has not, `startsOn` is the day that their start date names, whatever the settings are.
 */
export type LifecycleState = "scheduled" | "started" | "deactivatedBeforeStart" | "deactivated" | "deleted"

/** Where a person stands, and what of their attributes matters to it. Dates are as the attributes hold them. */
export interface LifecycleFacts {
  readonly standing: Standing
  readonly active: boolean
  readonly deleted: boolean
  readonly startDate: string | undefined
  readonly terminationDate: string | undefined
}

/** `today` is the organisation's, an ISO 8601 date; `now` is in milliseconds since 1970 UTC. */
export interface LifecycleContext {
  readonly settings: Settings
  readonly today: string
  readonly now: number
}

/** What happened to the person; the reducer adds whom and the version. */
export type LifecycleEvent =
  | { readonly type: "user.started" | "user.deactivated" | "user.reactivated"; readonly mail?: Occasion }
  | { readonly type: "user.scheduled"; readonly on: string }

/** What a person comes to; `standing` is the same object where nothing of it changed. */
export interface LifecycleStep {
  readonly standing: Standing
  readonly active: boolean
  readonly events: ReadonlyArray<LifecycleEvent>
  readonly notes: ReadonlyArray<LogNote>
}

/** What the attributes of a person say after a request. */
export type LifecycleWish = Pick<LifecycleFacts, "active" | "startDate" | "terminationDate">

export const freshStanding: Standing = { startedAt: undefined, startsOn: undefined, endsOn: undefined }

export const lifecycleState = (facts: Pick<LifecycleFacts, "standing" | "active" | "deleted">): LifecycleState => {
  if (facts.deleted) return "deleted"
  if (facts.standing.startedAt !== undefined) return facts.active ? "started" : "deactivated"
  return facts.active ? "scheduled" : "deactivatedBeforeStart"
}

/** The days on which the clock has to look at the person again, undefined where it need not: ISO 8601 dates. */
export const dueDates = (
  facts: Pick<LifecycleFacts, "standing" | "active" | "deleted">
): { readonly startsOn: string | undefined; readonly endsOn: string | undefined } =>
  facts.deleted || !facts.active
    ? { startsOn: undefined, endsOn: undefined }
    : {
        startsOn: facts.standing.startedAt === undefined ? facts.standing.startsOn : undefined,
        endsOn: facts.standing.endsOn
      }

/**
 * A create (`before` undefined), an update, or a revival (`before.deleted`). Fails with 400 `invalidValue` where the
 * start date is a new one that lies in the past, and the organisation refuses such (R-START-5).
 */
export const writeLifecycle = (
  before: LifecycleFacts | undefined,
  after: LifecycleWish,
  context: LifecycleContext
): Result.Result<LifecycleStep, ScimError> => {
  const { settings, today, now } = context
  const day = isoDateOf(after.startDate)
  const storedDay = isoDateOf(before?.startDate)
  const newDay = day !== undefined && day !== storedDay
  if (newDay && settings.startDates && settings.pastStartDates === "refuse" && day < today) {
    return Result.fail(pastStartDate(today))
  }
  const wasActive = before !== undefined && !before.deleted && before.active
  const old = before?.standing ?? freshStanding
  const events: Array<LifecycleEvent> = []
  let { startedAt } = old
  if (wasActive && !after.active) events.push({ type: "user.deactivated" })
  if (startedAt !== undefined) {
    if (!wasActive && after.active) events.push({ type: "user.reactivated", mail: "welcomeBack" })
  } else if (after.active) {
    if (before?.deleted === false && !before.active) events.push({ type: "user.reactivated" })
    // Left to the clock: a write that says nothing new of the day does not race it for the start-day mail, and where
    // start dates are off only the removal of the day starts somebody who was scheduled before that.
    const waits = wasActive && day !== undefined && (day === storedDay || !settings.startDates)
    const scheduled = waits || (settings.startDates && day !== undefined && day > today)
    if (!scheduled) {
      startedAt = now
      events.push({ type: "user.started", mail: "welcome" })
    } else if (!waits) events.push({ type: "user.scheduled", on: day })
  }
  return Result.succeed({
    standing: kept(old, {
      startedAt,
      startsOn: startedAt === undefined ? day : undefined,
      endsOn: endOf(before, after, wasActive, today)
    }),
    active: after.active,
    events,
    notes: newDay ? notesOnNewDay(settings, old) : []
  })
}

/**
 * R-START-9: a termination date counts where it is new. An end that was passed while the person was out does not put
 * them out again once somebody lets them in explicitly.
 */
const endOf = (
  before: LifecycleFacts | undefined,
  after: LifecycleWish,
  wasActive: boolean,
  today: string
): string | undefined => {
  const day = isoDateOf(after.terminationDate)
  if (before === undefined || day !== isoDateOf(before.terminationDate)) return day
  const { endsOn } = before.standing
  return !wasActive && after.active && endsOn !== undefined && endsOn < today ? undefined : endsOn
}

/** R-START-2, R-START-6: where a new start date has no effect, the log says why. */
const notesOnNewDay = (settings: Settings, old: Standing): ReadonlyArray<LogNote> => {
  if (!settings.startDates) {
    return [note("ignored", "startDate", "startDate is kept and returned but has no effect: Start dates are off.")]
  }
  return old.startedAt === undefined
    ? []
    : [note("ignored", "startDate", "startDate is kept and returned but has no effect: the person has started.")]
}

const pastStartDate = (today: string): ScimError =>
  badRequest(
    "invalidValue",
    `startDate lies in the past: today is ${today} here. Send today or a later day, leave startDate out, or let past ` +
      "start dates start people at once in the settings."
  )

/** What the clock brings about; undefined where nothing is due. An end that has come goes before a start. */
export const tickLifecycle = (facts: LifecycleFacts, context: LifecycleContext): LifecycleStep | undefined => {
  const { settings, today, now } = context
  const { startsOn, endsOn } = dueDates(facts)
  if (endsOn !== undefined && endsOn < today && settings.deactivateOnTerminationDate) {
    return {
      standing: { ...facts.standing, endsOn: undefined },
      active: false,
      events: [{ type: "user.deactivated" }],
      notes: [note("told", "terminationDate", "The termination date is over.")]
    }
  }
  if (startsOn === undefined || (settings.startDates && startsOn > today)) return undefined
  return {
    standing: { ...facts.standing, startedAt: now, startsOn: undefined },
    active: true,
    events: [{ type: "user.started", mail: "startDay" }],
    notes: [
      settings.startDates
        ? note("told", "startDate", "The start date has come.")
        : note("told", "startDate", "Start dates are off: whoever was waiting for one starts.")
    ]
  }
}

const kept = (old: Standing, standing: Standing): Standing =>
  old.startedAt === standing.startedAt && old.startsOn === standing.startsOn && old.endsOn === standing.endsOn
    ? old
    : standing

const note = (kind: "ignored" | "told", attribute: string, text: string): LogNote => ({
  kind,
  habit: "rule",
  attribute,
  text
})
