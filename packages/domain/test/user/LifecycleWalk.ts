import { presets, type Settings } from "@rollcall/domain/organization/Settings"
import { isoDateOf } from "@rollcall/domain/user/CalendarDate"
import {
  freshStanding,
  type LifecycleFacts,
  type LifecycleStep,
  lifecycleState,
  tickLifecycle,
  writeLifecycle
} from "@rollcall/domain/user/UserLifecycle"
import { Result } from "effect"
import { endTable } from "./LifecycleEndTable.ts"
import { startTable } from "./LifecycleStartTable.ts"

/** The day on which every walk of the table takes place. */
export const today = "2027-03-10"
const now = Date.parse(`${today}T12:00:00Z`)
const started = { ...freshStanding, startedAt: Date.parse("2027-01-04T09:00:00Z") }

const past = "03/01/2027"
const todaysDate = "03/10/2027"
const later = "03/20/2027"

const facts = (
  standing: LifecycleFacts["standing"],
  active: boolean,
  startDate: string | undefined,
  deleted = false
): LifecycleFacts => ({ standing, active, deleted, startDate, terminationDate: undefined })

const waiting = (startsOn: string) => ({ ...freshStanding, startsOn })

/** Where somebody can stand as far as the start goes; "nobody" is not there yet. */
export const places: Readonly<Record<string, LifecycleFacts | undefined>> = {
  nobody: undefined,
  "scheduled, day to come": facts(waiting("2027-03-20"), true, later),
  "scheduled, day is today": facts(waiting("2027-03-10"), true, todaysDate),
  "scheduled, day was missed": facts(waiting("2027-03-01"), true, past),
  "started with a date": facts(started, true, past),
  "started without a date": facts(started, true, undefined),
  "deactivated before the start, day to come": facts(waiting("2027-03-20"), false, later),
  "deactivated before the start, day is over": facts(waiting("2027-03-01"), false, past),
  "inactive and never started, no date": facts(freshStanding, false, undefined),
  deactivated: facts(started, false, past),
  "deleted before the start, day to come": facts(waiting("2027-03-20"), false, later, true),
  "deleted before the start, day is over": facts(waiting("2027-03-01"), false, past, true),
  "deleted after the start": facts(started, false, past, true)
}

/** The dates that a write can leave in the attributes: the one that is there, none, or another one. */
export const dates: Readonly<Record<string, (before: LifecycleFacts | undefined) => string | undefined>> = {
  "same date": (before) => before?.startDate,
  "no date": () => undefined,
  "today's date": () => "2027-03-10",
  "another day to come": () => "2027-04-01",
  "another past day": () => "2027-02-01"
}

export const rules: Readonly<Record<string, Settings>> = {
  refuse: { ...presets.product, startDates: true, pastStartDates: "refuse" },
  startNow: { ...presets.product, startDates: true, pastStartDates: "startNow" },
  off: { ...presets.product, startDates: false }
}

/** How long somebody may stay: the last day as the attribute has it, and whether the clock still has to act on it. */
export const ends: Readonly<Record<string, string | undefined>> = {
  "no end": undefined,
  "end to come": "03/31/2027",
  "last day is today": todaysDate,
  "end is over": "03/05/2027"
}

/** Somebody with an end: where there is none, the place itself. */
export const ending = (before: LifecycleFacts, end: string | undefined): LifecycleFacts => ({
  ...before,
  standing: { ...before.standing, endsOn: end === undefined ? undefined : isoDateOf(end) },
  terminationDate: end
})

/** Somebody whom the clock put out after their last day. */
export const ended: LifecycleFacts = { ...facts(started, false, past), terminationDate: "03/05/2027" }

/** The termination dates that a write can leave in the attributes. */
export const endDates: Readonly<Record<string, (before: LifecycleFacts | undefined) => string | undefined>> = {
  "same end": (before) => before?.terminationDate,
  "same end in ISO 8601": (before) => isoDateOf(before?.terminationDate),
  "no end": () => undefined,
  "another end to come": () => "2027-04-30",
  "another end, over": () => "2027-02-28"
}

export const endRules: Readonly<Record<string, Settings>> = {
  off: { ...presets.product, deactivateOnTerminationDate: false },
  on: { ...presets.product, deactivateOnTerminationDate: true }
}

/** What a step came to, in one line: the state, the day waited for, the events with their mails, the notes. */
export const told = (step: LifecycleStep): string => {
  const day = step.standing.startedAt === undefined && step.standing.startsOn ? [step.standing.startsOn.slice(5)] : []
  const end = step.standing.endsOn === undefined ? [] : [`ends ${step.standing.endsOn.slice(5)}`]
  const events = step.events.map((event) => {
    if (event.type === "user.scheduled") return `+scheduled(${event.on.slice(5)})`
    return `+${event.type.slice(5)}${event.mail === undefined ? "" : `(${event.mail})`}`
  })
  const notes = step.notes.map(({ kind }) => `~${kind}`)
  const state = lifecycleState({ standing: step.standing, active: step.active, deleted: false })
  return [state, ...day, ...end, ...events, ...notes].join(" ")
}

/** A write that leaves `active` and a date, told in one line; a refusal by its status. */
export const write = (
  before: LifecycleFacts | undefined,
  active: boolean,
  startDate: string | undefined,
  terminationDate: string | undefined,
  settings: Settings
): string =>
  Result.match(writeLifecycle(before, { active, startDate, terminationDate }, { settings, today, now }), {
    onSuccess: told,
    onFailure: ({ status, scimType }) => `${status} ${scimType}`
  })

/** A tick, told in one line; "nothing" where nothing is due. */
export const tick = (before: LifecycleFacts, settings: Settings): string => {
  const step = tickLifecycle(before, { settings, today, now })
  return step === undefined ? "nothing" : told(step)
}

type Date = (before: LifecycleFacts | undefined) => string | undefined

/** A table, and the machine that it is about. */
export interface Walk {
  readonly table: string
  readonly places: Readonly<Record<string, LifecycleFacts | undefined>>
  readonly dates: Readonly<Record<string, Date>>
  readonly settings: Readonly<Record<string, Settings>>
  readonly write: (before: LifecycleFacts | undefined, active: boolean, date: Date, settings: Settings) => string
}

/** Every cell that there has to be, with what the machine says. */
export function* walked(walk: Walk): Generator<readonly [key: string, told: string]> {
  for (const [place, before] of Object.entries(walk.places)) {
    for (const [setting, settings] of Object.entries(walk.settings)) {
      for (const [date, of] of Object.entries(walk.dates)) {
        yield [`${place} / active, ${date} / ${setting}`, walk.write(before, true, of, settings)]
        yield [`${place} / inactive, ${date} / ${setting}`, walk.write(before, false, of, settings)]
      }
      if (before !== undefined) yield [`${place} / the clock / ${setting}`, tick(before, settings)]
    }
  }
}

/** Everybody of {@link places}, with every end. */
const endPlaces: Record<string, LifecycleFacts | undefined> = { nobody: undefined }
for (const place of [
  "scheduled, day to come",
  "scheduled, day is today",
  "started with a date",
  "deactivated before the start, day to come",
  "deactivated",
  "deleted after the start"
]) {
  const before = places[place]
  if (before === undefined) throw new Error(`nobody is ${place}`)
  for (const [name, end] of Object.entries(ends)) endPlaces[`${place}; ${name}`] = ending(before, end)
}
endPlaces["deactivated by the clock after the last day"] = ended

/** Both tables, by the rules that they are about. */
export const walks: Readonly<Record<string, Walk>> = {
  "R-START-2 to R-START-7, R-USER-7, R-USER-8: start dates": {
    table: startTable,
    places,
    dates,
    settings: rules,
    write: (before, active, date, settings) => write(before, active, date(before), undefined, settings)
  },
  "R-START-9: termination dates": {
    table: endTable,
    places: endPlaces,
    dates: endDates,
    settings: endRules,
    write: (before, active, date, settings) => write(before, active, before?.startDate, date(before), settings)
  }
}

export const everybody: Readonly<Record<string, LifecycleFacts | undefined>> = { ...places, ...endPlaces }
