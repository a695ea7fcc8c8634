import { parseCalendarDate } from "../../src/user/CalendarDate.ts"
import { equal, test } from "./Check.ts"

test("R-START-1: a start date is MM/DD/YYYY or ISO 8601, on a day that exists", () => {
  equal(parseCalendarDate("02/29/2028"), { year: 2028, month: 2, day: 29 })
  equal(parseCalendarDate("2027-03-01T09:00:00Z"), { year: 2027, month: 3, day: 1 })
  equal(parseCalendarDate("02/29/2027"), undefined)
  equal(parseCalendarDate("29.02.2028"), undefined)
})
