const longest = 128

/**
 * How the log names what no schema has: the first part of a path or key, without a filter, which may hold anything,
 * shortened, and without control characters (R-USER-3, R-LOG-1, ABUSE-35).
 */
export const unknownName = (container: string | undefined, key: string): string => {
  const bracket = key.indexOf("[")
  const name = (bracket < 0 ? key : key.slice(0, bracket)).slice(0, longest)
  const shown = container === undefined ? firstSegment(name) : `${container}:${firstSegment(name)}`
  let out = ""
  for (const character of shown) {
    const code = character.charCodeAt(0)
    out +=
      code < 0x20 || (code >= 0x7f && code <= 0x9f) || (code >= 0xd800 && code <= 0xdfff && character.length === 1)
        ? "?"
        : character
  }
  return out.trim() === "" ? "(a name without characters)" : out
}

/** A dot inside a URN (`2.0`) is no end of a segment. */
const firstSegment = (name: string): string => {
  const dot = name.indexOf(".", name.lastIndexOf(":") + 1)
  return dot <= 0 ? name : name.slice(0, dot)
}
