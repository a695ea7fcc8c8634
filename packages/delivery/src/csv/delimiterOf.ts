const delimiters = [",", ";", "\t"] as const
export type Delimiter = (typeof delimiters)[number]

/** What the first lines of a file tell of it. */
export interface FirstLine {
  readonly delimiter: Delimiter
  /** Characters to leave out before the header: Excel's line `sep=;`. */
  readonly skipped: number
}

const separatorLine = /^sep=([,;\t])\r?\n/i

/**
 * The delimiter by which the names of the columns are set apart: whichever the header has most of, quoted names left out; the
 * comma where it has none. A line `sep=;` before it, which Excel writes, says it.
 */
export const firstLineOf = (text: string): FirstLine => {
  const said = separatorLine.exec(text)
  const delimiter = delimiters.find((one) => one === said?.[1])
  if (said !== null && delimiter !== undefined) return { delimiter, skipped: said[0].length }
  const counts = new Map<string, number>(delimiters.map((one) => [one, 0]))
  let isQuoted = false
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i)
    if (character === '"') isQuoted = !isQuoted
    else if (isQuoted) continue
    else if (character === "\n" || character === "\r") {
      // Lines with nothing on them come before no header.
      if (text.slice(0, i).trim() !== "") break
    } else counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  const most = delimiters.reduce((best, one) => ((counts.get(one) ?? 0) > (counts.get(best) ?? 0) ? one : best))
  return { delimiter: most, skipped: 0 }
}
