import { isTimeZone } from "../organization/OrganizationToday.ts"

const formatters = new Map<string, Intl.DateTimeFormat>()

/** Making a formatter costs a hundred times what using it does. */
const formatterOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formatters.get(timeZone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23"
  })
  formatters.set(timeZone, made)
  return made
}

/**
 * A moment in milliseconds since 1970 UTC as support people read it: `3 March 2027 at 09:14 (Europe/Copenhagen)`. A zone
 * that this machine does not know counts as UTC, and says so.
 */
export const momentIn = (timeZone: string, at: number): string => {
  const zone = isTimeZone(timeZone) ? timeZone : "UTC"
  const parts = new Map(
    formatterOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value] as const)
  )
  const day = `${parts.get("day")} ${parts.get("month")} ${parts.get("year")}`
  return `${day} at ${parts.get("hour")}:${parts.get("minute")} (${zone})`
}

const months = [
  ..."January February March April May June July August September October November December".split(" ")
] as ReadonlyArray<string>

/** An ISO 8601 date as support people read it: `3 March 2027`; any other text as it is. */
export const dayText = (date: string): string => {
  const [year, month, day] = date.split("-").map(Number)
  const name = month === undefined ? undefined : months[month - 1]
  return year === undefined || day === undefined || name === undefined ? date : `${day} ${name} ${year}`
}
