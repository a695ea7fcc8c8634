import { isoDateOf } from "@rollcall/domain/user/CalendarDate"
import { DateTime, Option } from "effect"

/** A time with its offset, or else one on the clocks of the organisation, in milliseconds. */
export const readTime = (text: string, timeZone: string): number | undefined => {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text)) return undefined
  // `Date` takes the 30th of February for the 2nd of March.
  if (isoDateOf(text.slice(0, 10)) === undefined) return undefined
  const hasOffset = /T.*(Z|[+-]\d{2}:?\d{2})$/.test(text)
  const time = hasOffset ? DateTime.make(text) : DateTime.makeZoned(text, { timeZone, adjustForTimeZone: true })
  return Option.getOrUndefined(Option.map(time, DateTime.toEpochMillis))
}
