/**
 * The one comparison of identity strings (ABUSE-33, in the spirit of RFC 8265): full-width and half-width forms are
 * mapped to their ordinary ones, the text is composed (NFC) and lower-cased without regard to any locale. So `MIKE`,
 * `mike`, full-width and decomposed spellings are equal, while `mıke` and `ß` against `ss` stay distinct.
 *
 * Keys are computed here and stored: SQL's `lower()` and JavaScript disagree (`İ`, final sigma).
 */
export const comparisonKey = (text: string): string => {
  // Nearly every text is ASCII, where lower-casing is all there is to do.
  if (isAscii(text)) return text.toLowerCase()
  const width = text.replace(/[\uFF00-\uFFEF]/g, (character) => character.normalize("NFKC"))
  // NFC once more: lower-casing can leave a sequence that composes. A final sigma is a sigma.
  return width.normalize("NFC").toLowerCase().replaceAll("ς", "σ").normalize("NFC")
}

const isAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

/**
 * Orders strings by Unicode code point, which is the order of UTF-8 bytes and so of PostgreSQL's collation "C";
 * JavaScript's own `<` orders by UTF-16 unit and differs beyond the basic plane.
 */
export const compareCodePoints = (left: string, right: string): number => {
  const length = Math.min(left.length, right.length)
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i)
    const b = right.charCodeAt(i)
    if (a !== b) {
      // Surrogates stand for code points above every other unit.
      const aHigh = a >= 0xd800 && a <= 0xdfff
      const bHigh = b >= 0xd800 && b <= 0xdfff
      return aHigh === bHigh ? a - b : aHigh ? 1 : -1
    }
  }
  return left.length - right.length
}

/**
 * What is wrong with a text that may not be stored anywhere: a NUL, or a lone surrogate (no UTF-8 form).
 * Undefined where it is fine.
 */
export const textFault = (text: string): string | undefined => {
  if (text.includes("\0")) return "contains a NUL character"
  if (!text.isWellFormed()) return "is not well-formed Unicode (a lone surrogate)"
  return undefined
}

/**
 * What is wrong with a text that identifies somebody or something (userName, e-mail, a group's name): besides
 * {@link textFault}, zero-width and bidirectional control characters, which make two names look alike (ABUSE-33),
 * and other control characters, which end in headers and logs (ABUSE-35).
 */
export const identityFault = (text: string): string | undefined => {
  const fault = textFault(text)
  if (fault !== undefined) return fault
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return `contains the control character U+${hex(code)}`
    if (isInvisible(code)) return `contains the invisible character U+${hex(code)}`
  }
  return undefined
}

const isInvisible = (code: number): boolean =>
  (code >= 0x200b && code <= 0x200f) ||
  (code >= 0x202a && code <= 0x202e) ||
  (code >= 0x2060 && code <= 0x206f) ||
  code === 0x00ad ||
  code === 0x061c ||
  code === 0x180e ||
  code === 0xfeff

const hex = (code: number): string => code.toString(16).toUpperCase().padStart(4, "0")
