/**
 * The instant of an ISO 8601 text as `YYYY-MM-DDTHH:mm:ss.SSSZ`, so that the order of texts is the order of instants;
 * undefined where the text is none or the calendar has no such day.
 *
 * Beyond xsd:dateTime (RFC 7643 section 2.3.5) it accepts a date alone (its midnight), no seconds, no zone (UTC), an
 * offset without colon or minutes, small `t` and `z`, and a space for the `+` of an offset, which query strings decode
 * to a space. Digits beyond milliseconds are cut. Linear time.
 */
export const parseInstant = (text: string): string | undefined => {
  const reader = new DigitReader(text)
  const year = reader.digits(4)
  if (!reader.take("-")) return undefined
  const month = reader.digits(2)
  if (!reader.take("-")) return undefined
  const day = reader.digits(2)
  if (year === undefined || month === undefined || day === undefined) return undefined
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  const midnight = daysSinceEpoch(year, month, day) * millisecondsInDay
  if (reader.atEnd()) return printInstant(midnight)
  if (!reader.take("T") && !reader.take("t")) return undefined
  const time = readTime(reader)
  const offset = readOffset(reader)
  if (time === undefined || offset === undefined || !reader.atEnd()) return undefined
  return printInstant(midnight + time - offset)
}

const millisecondsInDay = 86_400_000

const readTime = (reader: DigitReader): number | undefined => {
  const hour = reader.digits(2)
  if (!reader.take(":")) return undefined
  const minute = reader.digits(2)
  const second = reader.take(":") ? reader.digits(2) : 0
  if (hour === undefined || minute === undefined || second === undefined) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const fraction = reader.take(".") ? reader.milliseconds() : 0
  return fraction === undefined ? undefined : ((hour * 60 + minute) * 60 + second) * 1000 + fraction
}

/** Milliseconds by which the local time is ahead of UTC. */
const readOffset = (reader: DigitReader): number | undefined => {
  if (reader.atEnd() || reader.take("Z") || reader.take("z")) return 0
  const ahead = reader.take("+") || reader.take(" ")
  if (!ahead && !reader.take("-")) return undefined
  const hours = reader.digits(2)
  if (hours === undefined || hours > 14) return undefined
  const colon = reader.take(":")
  const minutes = !colon && reader.atEnd() ? 0 : reader.digits(2)
  if (minutes === undefined || minutes > 59) return undefined
  return (ahead ? 1 : -1) * (hours * 60 + minutes) * 60_000
}

const isLeapYear = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

/** The number of days of a month of the Gregorian calendar; months count from 1. */
export const daysInMonth = (year: number, month: number): number =>
  month === 2 ? (isLeapYear(year) ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31

/** Years begin in March here, so that the leap day is the last; 1970-01-01 is day 719,468 of that count. */
const daysSinceEpoch = (year: number, month: number, day: number): number => {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

const pad = (value: number, length: number): string => String(value).padStart(length, "0")

/**
 * The instant so many milliseconds after 1970 UTC as `YYYY-MM-DDTHH:mm:ss.SSSZ`; undefined outside the years 0000 to
 * 9999, which no text of this form can name.
 */
export const printInstant = (milliseconds: number): string | undefined => {
  const days = Math.floor(milliseconds / millisecondsInDay)
  const inDay = milliseconds - days * millisecondsInDay
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  if (year < 0 || year > 9999) return undefined
  const seconds = Math.floor(inDay / 1000)
  const time = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${time}.${pad(inDay % 1000, 3)}Z`
}

class DigitReader {
  private readonly text: string
  private index = 0

  constructor(text: string) {
    this.text = text
  }

  atEnd(): boolean {
    return this.index === this.text.length
  }

  take(character: string): boolean {
    if (this.text.charAt(this.index) !== character) return false
    this.index++
    return true
  }

  /** Exactly so many digits as a number. */
  digits(count: number): number | undefined {
    let value = 0
    for (let i = 0; i < count; i++) {
      const digit = this.digit()
      if (digit === undefined) return undefined
      value = value * 10 + digit
    }
    return value
  }

  /** The digits of a fraction, at least one, cut after the third. */
  milliseconds(): number | undefined {
    let value = 0
    let count = 0
    for (let digit = this.digit(); digit !== undefined; digit = this.digit()) {
      if (count < 3) value = value * 10 + digit
      count++
    }
    return count === 0 ? undefined : value * 10 ** Math.max(0, 3 - count)
  }

  private digit(): number | undefined {
    const digit = this.text.charCodeAt(this.index) - 0x30
    if (!(digit >= 0 && digit <= 9)) return undefined
    this.index++
    return digit
  }
}
