import { Schema } from "effect"

/** Whether a text is on one line: neither control characters nor separators of lines, which end headers and rows. */
const isPlain = (text: string): boolean => {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028 || code === 0x2029) return false
  }
  return true
}

/** A name or label for people: 1 to 200 characters once trimmed, on one line and without control characters. */
export const PlainName = Schema.Trim.pipe(
  Schema.check(
    Schema.makeFilter((text) => text.length >= 1 && text.length <= 200 && isPlain(text), {
      message: "Expected 1 to 200 characters on one line"
    })
  )
)
