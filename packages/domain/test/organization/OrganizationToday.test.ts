import { assert, describe, it } from "@effect/vitest"
import { isTimeZone, latestToday, todayIn } from "@rollcall/domain/organization/OrganizationToday"
import { presets } from "@rollcall/domain/organization/Settings"
import { freshStanding, type LifecycleFacts, tickLifecycle } from "@rollcall/domain/user/UserLifecycle"
import { Arbitrary, DateTime, Schema } from "effect"
import { pick } from "../scim/Vocabulary.ts"

const zones = Intl.supportedValuesOf("timeZone")
const day = 86_400_000
const hour = 3_600_000

/**
 * From 2012 on: until 2011 clocks in St. John's went back at one minute past midnight, to the day before, and in 2011
 * Samoa left out a day. Both have examples below.
 */
const instant = Arbitrary.schema(
  Schema.Int.check(Schema.isBetween({ minimum: Date.UTC(2012, 0, 1), maximum: Date.UTC(2090, 0, 1) }))
)
const within = (milliseconds: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: milliseconds })))

const utcDay = (instant: number) => new Date(instant).toISOString().slice(0, 10)
const runs = { arbitrary: { runs: 1_000 } }

describe("R-START-3: today in an organisation's time zone", () => {
  const days = [
    ["UTC", "2027-03-10T23:59:59.999Z", "2027-03-10"],
    ["UTC", "2027-03-11T00:00:00.000Z", "2027-03-11"],
    ["Europe/Copenhagen", "2027-03-10T22:59:59.999Z", "2027-03-10"],
    ["Europe/Copenhagen", "2027-03-10T23:00:00.000Z", "2027-03-11"],
    // Leap days.
    ["America/New_York", "2028-02-29T04:59:59Z", "2028-02-28"],
    ["America/New_York", "2028-02-29T05:00:00Z", "2028-02-29"],
    ["America/New_York", "2028-03-01T05:00:00Z", "2028-03-01"],
    ["America/New_York", "2100-03-01T04:59:59Z", "2100-02-28"],
    // The date line: the first and the last to have a day, 25 hours apart.
    ["Pacific/Kiritimati", "2026-12-31T10:00:00Z", "2027-01-01"],
    ["Pacific/Pago_Pago", "2026-12-31T10:00:00Z", "2026-12-30"],
    ["Pacific/Pago_Pago", "2027-01-01T11:00:00Z", "2027-01-01"],
    // Samoa crossed it: 30 December 2011 never was.
    ["Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29"],
    ["Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31"],
    // Summer time begins at midnight, so that the day begins at 01:00; and ends at midnight, so that a day has 25 hours.
    ["America/Sao_Paulo", "2018-11-04T02:59:59Z", "2018-11-03"],
    ["America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-04"],
    ["America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-17"],
    ["America/Sao_Paulo", "2018-02-18T03:00:00Z", "2018-02-18"],
    // Half hours and quarters.
    ["Australia/Lord_Howe", "2027-07-01T13:29:59Z", "2027-07-01"],
    ["Australia/Lord_Howe", "2027-07-01T13:30:00Z", "2027-07-02"],
    ["Asia/Kathmandu", "2027-07-01T18:15:00Z", "2027-07-02"],
    // One minute past midnight back to the day before.
    ["America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-07"],
    ["America/St_Johns", "2010-11-07T02:31:30Z", "2010-11-06"],
    // A zone that nobody knows is UTC.
    ["Middle_Earth/Bree", "2027-03-10T23:59:59Z", "2027-03-10"]
  ] as const
  for (const [zone, at, expected] of days) {
    it(`is ${expected} in ${zone} at ${at}`, () => assert.strictEqual(todayIn(zone, Date.parse(at)), expected))
  }

  it.prop(
    "is the day that the zone's calendar shows, at most one off that of UTC",
    [pick(zones), instant],
    ([zone, at]) => {
      const today = todayIn(zone, at)
      assert.strictEqual(today, DateTime.formatIsoDate(DateTime.makeZonedUnsafe(at, { timeZone: zone })))
      assert.include([utcDay(at - day), utcDay(at), utcDay(at + day)], today)
    },
    runs
  )

  it.prop(
    "never goes back",
    [pick(zones), instant, within(3 * day)],
    ([zone, at, later]) => {
      assert.isTrue(todayIn(zone, at) <= todayIn(zone, at + later))
    },
    runs
  )

  it("neither goes back nor leaves out a day where clocks change in 2027, in any zone", () => {
    // Around the nights in which summer time begins or ends anywhere, an hour at a time.
    const weekends = ["03-13", "03-27", "04-03", "10-02", "10-30", "11-06"].map((date) => Date.parse(`2027-${date}`))
    for (const zone of zones) {
      for (const weekend of weekends) {
        let before = todayIn(zone, weekend)
        for (let at = weekend; at < weekend + 2 * day; at += hour) {
          const today = todayIn(zone, at)
          if (today !== before) assert.strictEqual(Date.parse(today) - Date.parse(before), day, `${zone} ${today}`)
          before = today
        }
      }
    }
  })

  it.prop(
    "is nowhere later than the latest today",
    [pick(zones), instant],
    ([zone, at]) => assert.isTrue(todayIn(zone, at) <= latestToday(at)),
    runs
  )
})

describe("R-START-3: the start day", () => {
  const context = (zone: string, now: number) => ({ settings: presets.product, today: todayIn(zone, now), now })
  const person = (startsOn: string): LifecycleFacts => ({
    standing: { ...freshStanding, startsOn },
    active: true,
    deleted: false,
    startDate: startsOn,
    terminationDate: undefined
  })
  /** Ticks at these times; when the person was started, and by how many of them. */
  const lived = (zone: string, startsOn: string, times: ReadonlyArray<number>) => {
    let facts = person(startsOn)
    const starts: Array<number> = []
    for (const now of times) {
      const step = tickLifecycle(facts, context(zone, now))
      if (step === undefined) continue
      facts = { ...facts, standing: step.standing, active: step.active }
      starts.push(now)
    }
    return starts
  }

  it.prop(
    "starts a person by the first tick of the day or after it, in any zone, and by that one only",
    [pick(zones), instant, within(2 * day), Arbitrary.array(within(6 * hour), { minLength: 1, maxLength: 40 })],
    ([zone, at, ahead, gaps]) => {
      const startsOn = todayIn(zone, at + ahead)
      let now = at
      const times = gaps.map((gap) => (now += gap))
      const first = times.find((time) => todayIn(zone, time) >= startsOn)
      assert.deepStrictEqual(lived(zone, startsOn, times), first === undefined ? [] : [first])
    },
    runs
  )

  it("that never was starts people on the day after it", () => {
    const times = [
      Date.parse("2011-12-30T09:59:59Z"),
      Date.parse("2011-12-30T10:00:00Z"),
      Date.parse("2011-12-31T10:00:00Z")
    ]
    assert.deepStrictEqual(lived("Pacific/Apia", "2011-12-30", times), [Date.parse("2011-12-30T10:00:00Z")])
  })

  it("that begins twice starts people once", () => {
    const times = ["02:29:00", "02:30:30", "02:31:30", "03:30:30"].map((time) => Date.parse(`2010-11-07T${time}Z`))
    assert.deepStrictEqual(lived("America/St_Johns", "2010-11-07", times), [times[1]])
  })
})

describe("a time zone", () => {
  it("is every name of the IANA database, whatever its case", () => {
    const names = [...zones, "UTC", "Etc/GMT+12", "europe/copenhagen", "US/Pacific"]
    assert.deepStrictEqual(
      names.filter((name) => !isTimeZone(name)),
      []
    )
  })

  it("is no offset, and nothing else", () => {
    const names = ["", "Middle_Earth/Bree", "+02:00", "-0500", "Europe/Copenhagen ", "Europe/Copenhagen\n", "__proto__"]
    assert.deepStrictEqual(
      names.filter((name) => isTimeZone(name)),
      []
    )
  })
})
