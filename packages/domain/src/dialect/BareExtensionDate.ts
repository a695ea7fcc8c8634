/**
 * Whether a text has the shape of a date: `MM/DD/YYYY`, `YYYY-MM-DD`, or an ISO date and time. Such a text as the value
 * of a whole extension means its `startDate` (R-START-8, WIRE E.1); whether the calendar has that day is judged later.
 */
export const looksLikeDate = (text: string): boolean => {
  if (text.length > 40) return false
  const slashes = text.split("/")
  if (slashes.length === 3) {
    const [month, day, year] = slashes
    return isDigits(month, 1, 2) && isDigits(day, 1, 2) && isDigits(year, 4, 4)
  }
  const time = text.indexOf("T")
  const [year, month, day, ...rest] = (time < 0 ? text : text.slice(0, time)).split("-")
  return rest.length === 0 && isDigits(year, 4, 4) && isDigits(month, 2, 2) && isDigits(day, 2, 2)
}

const isDigits = (text: string | undefined, least: number, most: number): boolean => {
  if (text === undefined || text.length < least || text.length > most) return false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x30 || code > 0x39) return false
  }
  return true
}
