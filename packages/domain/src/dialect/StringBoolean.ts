/**
 * The boolean that a text means: `True`, `False` in any case; undefined for every other text (WIRE F.3: Entra without
 * its compliance flag and OneLogin's templates send booleans as text).
 */
export const booleanOfText = (text: string): boolean | undefined => {
  if (text.length > 5) return undefined
  const key = text.toLowerCase()
  return key === "true" ? true : key === "false" ? false : undefined
}
