/** The text of a number that was sent where the schema has text: mappings send employee numbers so (WIRE D). */
export const textOfNumber = (value: number): string => String(value)

/** The number that a text spells in decimal digits; undefined for every other text, also `1e3`, `0x1f` and blanks. */
export const numberOfText = (text: string): number | undefined => {
  if (text.length > 32) return undefined
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const digit = code >= 0x30 && code <= 0x39
    if (!digit && code !== 0x2e && !(code === 0x2d && i === 0)) return undefined
  }
  const value = text === "" ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : undefined
}
