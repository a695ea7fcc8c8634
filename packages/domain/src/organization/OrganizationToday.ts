const formatters = new Map<string, Intl.DateTimeFormat>()

/** Whether a text is the name of a time zone in the IANA database; offsets such as `+02:00` are not. */
export const isTimeZone = (text: string): boolean => /^[A-Za-z]/.test(text) && formatterOf(text) !== undefined

/** What day it was in a zone when it was last asked, and in which second since 1970 that was. */
interface Asked {
  readonly second: number
  readonly today: string
}

const lastAsked = new Map<string, Asked>()

/**
 * The day that it is in a time zone, as an ISO 8601 date, at a time in milliseconds since 1970 UTC (R-START-3). A zone
 * that the time zone database of this machine lacks counts as UTC.
 */
export const todayIn = (timeZone: string, now: number): string => {
  // Every batch asks, and taking a date apart takes as long as deciding a request. A day begins with a second everywhere.
  const second = Math.floor(now / 1000)
  const last = lastAsked.get(timeZone)
  if (last?.second === second) return last.today
  const today = dateIn(formatterOf(timeZone) ?? formatterOf("UTC"), now)
  if (formatters.has(timeZone)) lastAsked.set(timeZone, { second, today })
  return today
}

const dateIn = (formatter: Intl.DateTimeFormat | undefined, now: number): string => {
  let year = ""
  let month = ""
  let day = ""
  for (const part of formatter?.formatToParts(now) ?? []) {
    if (part.type === "year") year = part.value
    else if (part.type === "month") month = part.value
    else if (part.type === "day") day = part.value
  }
  return `${year.padStart(4, "0")}-${month}-${day}`
}

/** The day where it is the latest of all time zones: no zone is further ahead than 14 hours. */
export const latestToday = (now: number): string => todayIn("Pacific/Kiritimati", now)

/** Making a formatter costs a hundred times what using it does, so one is kept for each zone. */
const formatterOf = (timeZone: string): Intl.DateTimeFormat | undefined => {
  const known = formatters.get(timeZone)
  if (known !== undefined) return known
  try {
    const made = new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      numberingSystem: "latn",
      year: "numeric",
      month: "2-digit",
      day: "2-digit"
    })
    formatters.set(timeZone, made)
    return made
  } catch {
    return undefined
  }
}
