import { daysInMonth } from "../scim/DateTimeValue.ts"

/** The parts of a day of the Gregorian calendar, of the years 1 to 9999; month and day count from 1. */
export interface CalendarDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

const american = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/
const iso = /^(\d{4})-(\d{2})-(\d{2})(?:T[0-9:.]{0,16}(?:Z|[+-]\d{2}:?\d{2})?)?$/

/**
 * The day that a text names: `MM/DD/YYYY`, or an ISO 8601 date, with a time that is left out of account (R-START-1).
 * Undefined for anything else, days that the calendar lacks included.
 */
export const parseCalendarDate = (text: string): CalendarDate | undefined => {
  const us = american.exec(text)
  if (us !== null) return valid(Number(us[3]), Number(us[1]), Number(us[2]))
  const standard = iso.exec(text)
  return standard === null ? undefined : valid(Number(standard[1]), Number(standard[2]), Number(standard[3]))
}

const valid = (year: number, month: number, day: number): CalendarDate | undefined =>
  year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
    ? { year, month, day }
    : undefined

/** The day as an ISO 8601 date, `2027-01-31`: such texts compare as the days do. */
export const isoDate = ({ year, month, day }: CalendarDate): string =>
  `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`

/** The ISO 8601 date of the day that an attribute's text names; undefined where it names none. */
export const isoDateOf = (text: string | undefined): string | undefined => {
  const date = text === undefined ? undefined : parseCalendarDate(text)
  return date === undefined ? undefined : isoDate(date)
}

const padded = (number: number, digits: number): string => String(number).padStart(digits, "0")
