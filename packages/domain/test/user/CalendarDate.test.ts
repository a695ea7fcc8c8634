import { assert, describe, it } from "@effect/vitest"
import { isoDateOf, parseCalendarDate } from "@rollcall/domain/user/CalendarDate"
import { Schema } from "effect"

const day = (year: number, month: number, day: number) => ({ year, month, day })

describe("R-START-1: a date", () => {
  const dates = [
    ["01/31/2027", day(2027, 1, 31)],
    ["1/9/2027", day(2027, 1, 9)],
    ["02/29/2028", day(2028, 2, 29)],
    ["02/29/2000", day(2000, 2, 29)],
    ["12/31/9999", day(9999, 12, 31)],
    ["2027-01-31", day(2027, 1, 31)],
    ["2027-01-31T23:59:59Z", day(2027, 1, 31)],
    ["2027-01-31T09:00:00.000+02:00", day(2027, 1, 31)],
    ["2027-01-31T09:00:00-0200", day(2027, 1, 31)]
  ] as const
  for (const [text, expected] of dates) {
    it(`is ${text}`, () => assert.deepStrictEqual(parseCalendarDate(text), expected))
  }

  const nonsense = [
    "",
    "02/30/2027",
    "13/01/2027",
    "31/12/2027",
    "00/10/2027",
    "01/00/2027",
    "04/31/2027",
    "02/29/2027",
    "02/29/1900",
    "1/9/27",
    "01-31-2027",
    "2027/01/31",
    "2027-1-31",
    "2027-02-29",
    "2027-13-01",
    "2027-01-31 09:00",
    "01/31/2027 ",
    " 01/31/2027",
    "01/31/2027T00:00Z",
    "٠١/٣١/٢٠٢٧",
    "tomorrow",
    // A year that PostgreSQL does not have.
    "0000-01-01",
    "01/01/0000"
  ]
  for (const text of nonsense) {
    it(`is not ${JSON.stringify(text)}`, () => assert.isUndefined(parseCalendarDate(text)))
  }

  const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
  it.prop(
    "exists exactly where the calendar has the day",
    [whole(1600, 2600), whole(0, 13), whole(0, 32)],
    ([year, month, date]) => {
      const two = (number: number) => String(number).padStart(2, "0")
      const iso = `${year}-${two(month)}-${two(date)}`
      const known = new Date(`${iso}T00:00:00Z`)
      const exists = !Number.isNaN(known.getTime()) && known.toISOString().startsWith(iso)
      const expected = exists ? day(year, month, date) : undefined
      assert.deepStrictEqual(parseCalendarDate(iso), expected)
      assert.deepStrictEqual(parseCalendarDate(`${two(month)}/${two(date)}/${year}`), expected)
    },
    { arbitrary: { runs: 500 } }
  )

  it("has one ISO 8601 form, whatever it was written as; such texts compare as days", () => {
    assert.deepStrictEqual(["1/9/2027", "01/09/2027", "2027-01-09T23:00:00-05:00"].map(isoDateOf), [
      "2027-01-09",
      "2027-01-09",
      "2027-01-09"
    ])
    assert.deepStrictEqual(["02/30/2027", "soon", "", undefined].map(isoDateOf), [
      undefined,
      undefined,
      undefined,
      undefined
    ])
    assert.strictEqual(isoDateOf("1/2/0033"), "0033-01-02")
  })
})
