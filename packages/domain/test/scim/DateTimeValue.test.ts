import { assert, describe, it } from "@effect/vitest"
import { parseInstant } from "@rollcall/domain/scim/DateTimeValue"
import { Schema } from "effect"

describe("dateTime values (RFC 7643 2.3.5)", () => {
  it.each([
    ["2027-01-11T08:30:00Z", "2027-01-11T08:30:00.000Z"],
    ["2027-01-11T08:30:00.1Z", "2027-01-11T08:30:00.100Z"],
    ["2027-01-11T08:30:00.1239999Z", "2027-01-11T08:30:00.123Z"],
    ["2027-01-11t08:30:00z", "2027-01-11T08:30:00.000Z"],
    ["2027-01-11T08:30:00+02:00", "2027-01-11T06:30:00.000Z"],
    ["2027-01-01T00:30:00+05:45", "2026-12-31T18:45:00.000Z"],
    ["2026-12-31T23:00:00-0130", "2027-01-01T00:30:00.000Z"],
    ["2027-01-11T08:30:00-08", "2027-01-11T16:30:00.000Z"],
    // The + of a query string that was not encoded.
    ["2027-01-11T08:30:00 02:00", "2027-01-11T06:30:00.000Z"],
    ["2027-01-11T08:30Z", "2027-01-11T08:30:00.000Z"],
    ["2027-01-11T08:30:00", "2027-01-11T08:30:00.000Z"],
    ["2027-01-11", "2027-01-11T00:00:00.000Z"],
    ["2028-02-29", "2028-02-29T00:00:00.000Z"],
    ["2000-02-29", "2000-02-29T00:00:00.000Z"],
    ["0000-01-01", "0000-01-01T00:00:00.000Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"]
  ])("%s is %s", (text, instant) => {
    assert.strictEqual(parseInstant(text), instant)
  })

  it.each([
    "",
    "2027",
    "2027-01",
    "2027-1-1",
    "2027-02-29",
    "1900-02-29",
    "2027-13-01",
    "2027-00-01",
    "2027-04-31",
    "2027-01-00",
    "2027-01-11T",
    "2027-01-11T24:00:00Z",
    "2027-01-11T08:60:00Z",
    "2027-01-11T08:30:60Z",
    "2027-01-11T08:30:00.Z",
    "2027-01-11T08:30:00ZZ",
    "2027-01-11T08:30:00+2:00",
    "2027-01-11T08:30:00+15:00",
    "2027-01-11T08:30:00+02:60",
    "2027-01-11T08:30:00+02:",
    "2027-01-11 08:30:00Z",
    " 2027-01-11",
    "02/01/2027",
    "+002027-01-11",
    "9999-12-31T23:59:59-01:00",
    "0000-01-01T00:00:00+01:00",
    "２０２７-01-11"
  ])("%j is none", (text) => {
    assert.isUndefined(parseInstant(text))
  })

  const inRange = Schema.Int.check(Schema.isBetween({ minimum: -62_167_219_200_000, maximum: 253_402_300_799_999 }))

  it.prop(
    "every instant reads back as itself, as the platform prints it",
    [inRange],
    ([milliseconds]) => {
      const text = new Date(milliseconds).toISOString()
      assert.strictEqual(parseInstant(text), text)
    },
    { arbitrary: { runs: 1000 } }
  )

  it("every day of two centuries is a day, and the day after the last of a month is none", () => {
    for (let day = Date.UTC(1895, 0, 1); day < Date.UTC(2105, 0, 1); day += 86_400_000) {
      const text = new Date(day).toISOString().slice(0, 10)
      if (parseInstant(text) !== `${text}T00:00:00.000Z`) assert.fail(text)
      const next = `${text.slice(0, 8)}${String(Number(text.slice(8)) + 1).padStart(2, "0")}`
      const valid = new Date(day + 86_400_000).toISOString().slice(0, 10) === next
      if ((parseInstant(next) !== undefined) !== valid) assert.fail(next)
    }
  })

  it.prop("any text is an instant or none, never an exception", [Schema.String], ([text]) => {
    const instant = parseInstant(text)
    if (instant !== undefined) assert.strictEqual(parseInstant(instant), instant)
  })
})
