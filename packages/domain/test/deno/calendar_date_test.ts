import { Result } from "effect"
import { isTimeZone, todayIn } from "../../src/organization/OrganizationToday.ts"
import { presets } from "../../src/organization/Settings.ts"
import { parseCalendarDate } from "../../src/user/CalendarDate.ts"
import { tickLifecycle, writeLifecycle } from "../../src/user/UserLifecycle.ts"
import { equal, test } from "./Check.ts"

test("R-START-1: a start date is MM/DD/YYYY or ISO 8601, on a day that exists", () => {
  equal(parseCalendarDate("02/29/2028"), { year: 2028, month: 2, day: 29 })
  equal(parseCalendarDate("2027-03-01T09:00:00Z"), { year: 2027, month: 3, day: 1 })
  equal(parseCalendarDate("02/29/2027"), undefined)
  equal(parseCalendarDate("29.02.2028"), undefined)
})

test("R-START-3: today is that of the organisation's time zone, on either side of the date line", () => {
  const newYear = 1_798_711_200_000
  equal(todayIn("Pacific/Kiritimati", newYear), "2027-01-01")
  equal(todayIn("Europe/Copenhagen", newYear), "2026-12-31")
  equal(todayIn("Pacific/Pago_Pago", newYear), "2026-12-30")
  equal(isTimeZone("Middle_Earth/Bree"), false)
})

test("R-START-3: a person starts on their day and not before", () => {
  const context = { settings: presets.product, today: "2027-03-09", now: 1 }
  const after = { active: true, startDate: "03/10/2027", terminationDate: undefined }
  const created = Result.getOrThrow(writeLifecycle(undefined, after, context))
  equal(created.events, [{ type: "user.scheduled", on: "2027-03-10" }])
  const facts = { ...after, standing: created.standing, deleted: false }
  equal(tickLifecycle(facts, context), undefined)
  equal(tickLifecycle(facts, { ...context, today: "2027-03-10" })?.events, [{ type: "user.started", mail: "startDay" }])
})
