import { assert, describe, it } from "@effect/vitest"
import { presets, type Settings } from "@rollcall/domain/organization/Settings"
import { isoDateOf } from "@rollcall/domain/user/CalendarDate"
import {
  dueDates,
  type LifecycleFacts,
  type LifecycleStep,
  lifecycleState,
  tickLifecycle,
  writeLifecycle
} from "@rollcall/domain/user/UserLifecycle"
import { Arbitrary, Result } from "effect"
import { oneOf, pick } from "../scim/Vocabulary.ts"

/** Days of early March in both formats, none, and what was stored by whoever let nonsense in. */
const date: Arbitrary.Arbitrary<string | undefined> = oneOf([
  Arbitrary.Constant<string | undefined>(undefined),
  ...["2027-03-02", "03/04/2027", "2027-03-04", "3/6/2027", "2027-03-08T09:00:00Z", "03/20/2027", "soon"].map((text) =>
    Arbitrary.Constant<string | undefined>(text)
  )
])

type Step =
  | { readonly kind: "write"; readonly active: boolean; readonly startDate?: string; readonly terminationDate?: string }
  | { readonly kind: "patch"; readonly active: boolean }
  | { readonly kind: "delete" }
  | { readonly kind: "tick" }
  | { readonly kind: "days pass"; readonly days: number }
  | { readonly kind: "settings"; readonly settings: Settings }

const active = pick([true, true, true, false])
const settings: Arbitrary.Arbitrary<Settings> = Arbitrary.map(
  Arbitrary.all([pick([true, true, false]), pick(["refuse", "startNow"] as const), pick([true, false])]),
  ([startDates, pastStartDates, deactivateOnTerminationDate]) => ({
    ...presets.product,
    startDates,
    pastStartDates,
    deactivateOnTerminationDate
  })
)
const step: Arbitrary.Arbitrary<Step> = oneOf<Step>([
  Arbitrary.map(Arbitrary.all([active, date, date]), ([active, startDate, terminationDate]) => ({
    kind: "write" as const,
    active,
    ...(startDate === undefined ? {} : { startDate }),
    ...(terminationDate === undefined ? {} : { terminationDate })
  })),
  Arbitrary.map(active, (active) => ({ kind: "patch" as const, active })),
  Arbitrary.Constant<Step>({ kind: "delete" }),
  Arbitrary.Constant<Step>({ kind: "tick" }),
  Arbitrary.Constant<Step>({ kind: "tick" }),
  Arbitrary.map(pick([1, 1, 2, 5]), (days) => ({ kind: "days pass" as const, days })),
  Arbitrary.map(settings, (settings) => ({ kind: "settings" as const, settings }))
])
const story = Arbitrary.all([settings, Arbitrary.array(step, { minLength: 1, maxLength: 25 })])

/** One thing that happened to a person: what stood before it, what it was, what stands now. */
interface Happening {
  readonly before: LifecycleFacts | undefined
  readonly by: "write" | "tick"
  readonly step: LifecycleStep
  readonly after: LifecycleFacts
  readonly today: string
  readonly settings: Settings
}

/** Lives the story as the reducer would, and tells everything that happened. */
const live = (first: Settings, steps: ReadonlyArray<Step>): ReadonlyArray<Happening> => {
  const happenings: Array<Happening> = []
  let settings = first
  let now = Date.parse("2027-03-01T00:00:00Z")
  let person: LifecycleFacts | undefined
  const happened = (
    by: Happening["by"],
    step: LifecycleStep,
    dates: Pick<LifecycleFacts, "startDate" | "terminationDate">
  ) => {
    const after = { ...dates, standing: step.standing, active: step.active, deleted: false }
    happenings.push({ before: person, by, step, after, today: new Date(now).toISOString().slice(0, 10), settings })
    person = after
  }
  for (const one of steps) {
    now += 60_000
    const context = { settings, today: new Date(now).toISOString().slice(0, 10), now }
    if (one.kind === "days pass") now += one.days * 86_400_000
    else if (one.kind === "settings") settings = one.settings
    else if (one.kind === "delete") {
      if (person !== undefined) person = { ...person, active: false, deleted: true }
    } else if (one.kind === "tick") {
      const step = person === undefined ? undefined : tickLifecycle(person, context)
      if (person !== undefined && step !== undefined) happened("tick", step, person)
    } else {
      // A patch of `active` alone keeps the dates; of somebody who is not there, it is nothing.
      const dates = one.kind === "patch" ? person : { startDate: one.startDate, terminationDate: one.terminationDate }
      if (dates === undefined) continue
      const { startDate, terminationDate } = dates
      const written = writeLifecycle(person, { active: one.active, startDate, terminationDate }, context)
      if (Result.isSuccess(written)) happened("write", written.success, { startDate, terminationDate })
    }
  }
  return happenings
}

const mailsOf = ({ step }: Happening): ReadonlyArray<string> =>
  step.events.flatMap((event) => ("mail" in event && event.mail !== undefined ? [event.mail] : []))

const runs = { arbitrary: { runs: 2_000 } }

describe("whatever is asked of a person, in whatever order", () => {
  it.prop(
    "R-START-3, R-START-4: the first mail goes out once, when they start, for what started them",
    [story],
    ([[first, steps]]) => {
      const happenings = live(first, steps)
      const firstMails = happenings.flatMap((one) =>
        mailsOf(one).flatMap((mail) => (mail === "welcomeBack" ? [] : [{ mail, by: one.by }]))
      )
      const hasStarted = happenings.some(({ after }) => after.standing.startedAt !== undefined)
      assert.strictEqual(firstMails.length, hasStarted ? 1 : 0)
      for (const { by, mail } of firstMails) assert.strictEqual(mail, by === "tick" ? "startDay" : "welcome")
    },
    runs
  )

  it.prop(
    "R-START-6: whoever has started stays so, and is never scheduled again",
    [story],
    ([[first, steps]]) => {
      for (const { after, before, step } of live(first, steps)) {
        if (after.standing.startedAt !== undefined) assert.isUndefined(after.standing.startsOn)
        const since = before?.standing.startedAt
        if (since === undefined) continue
        assert.strictEqual(after.standing.startedAt, since)
        assert.isFalse(step.events.some(({ type }) => type === "user.scheduled" || type === "user.started"))
      }
    },
    runs
  )

  it.prop(
    "R-USER-7, R-USER-8: welcome back is for those who had started and were out, and for all of them",
    [story],
    ([[first, steps]]) => {
      for (const one of live(first, steps)) {
        const { after, before } = one
        const wasOut = before !== undefined && (before.deleted || !before.active)
        const returns = wasOut && before.standing.startedAt !== undefined && after.active
        assert.strictEqual(mailsOf(one).includes("welcomeBack"), returns)
      }
    },
    runs
  )

  it.prop(
    "R-START-7: whoever is out gets no mail, and the clock leaves them alone",
    [story],
    ([[first, steps]]) => {
      for (const one of live(first, steps)) {
        if (!one.after.active) assert.deepStrictEqual(mailsOf(one), [])
        if (one.by === "tick") assert.isTrue(one.before?.active === true && !one.before.deleted)
      }
    },
    runs
  )

  it.prop(
    "as long as somebody has not started, the day they wait for is that of their start date",
    [story],
    ([[first, steps]]) => {
      for (const { after } of live(first, steps)) {
        if (after.standing.startedAt !== undefined) continue
        assert.strictEqual(after.standing.startsOn, isoDateOf(after.startDate))
        // Otherwise somebody would be scheduled whom the clock never finds.
        if (lifecycleState(after) === "scheduled") assert.isDefined(after.standing.startsOn)
      }
    },
    runs
  )

  it.prop(
    "the clock acts where the days that it looks people up by say so, and nowhere else",
    [story],
    ([[first, steps]]) => {
      for (const { after, settings, today } of live(first, steps)) {
        const { endsOn, startsOn } = dueDates(after)
        const due =
          (startsOn !== undefined && (startsOn <= today || !settings.startDates)) ||
          (endsOn !== undefined && endsOn < today && settings.deactivateOnTerminationDate)
        const step = tickLifecycle(after, { settings, today, now: 1 })
        assert.strictEqual(step !== undefined, due)
        // Doing it twice does nothing more: any number of clocks may run.
        if (step !== undefined) {
          const then = { ...after, standing: step.standing, active: step.active }
          assert.isUndefined(tickLifecycle(then, { settings, today, now: 2 }))
        }
      }
    },
    runs
  )

  it.prop(
    "R-START-9: the clock lets nobody go before their last day is over, nor twice for the same day",
    [story],
    ([[first, steps]]) => {
      for (const { after, before, by, settings, step, today } of live(first, steps)) {
        if (by !== "tick" || after.active) continue
        assert.isTrue(settings.deactivateOnTerminationDate)
        assert.isTrue((before?.standing.endsOn ?? today) < today)
        assert.deepStrictEqual(step.events, [{ type: "user.deactivated" }])
        assert.isUndefined(after.standing.endsOn)
      }
    },
    runs
  )

  it.prop(
    "R-START-5: a write is refused only for a start date that is new, past and counts",
    [story, date, active],
    ([[first, steps], startDate, active]) => {
      const last = live(first, steps).at(-1)
      if (last === undefined) return
      const today = "2027-03-05"
      const written = writeLifecycle(
        last.after,
        { active, startDate, terminationDate: undefined },
        { settings: first, today, now: 0 }
      )
      const day = isoDateOf(startDate)
      const refused =
        first.startDates &&
        first.pastStartDates === "refuse" &&
        day !== undefined &&
        day < today &&
        day !== isoDateOf(last.after.startDate)
      assert.strictEqual(Result.isFailure(written), refused)
    },
    runs
  )
})
