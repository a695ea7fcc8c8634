import type { AttributeTable } from "../scim/AttributeTable.ts"
import type { Habit } from "./Note.ts"

/** The URN that was meant: without white space around its colons, and with `::` as `:` (WIRE E.2, E.12). */
export const tidyUrn = (text: string): string => {
  if (!/\s|::/.test(text)) return text
  let out = ""
  let space = ""
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i)
    const code = text.charCodeAt(i)
    if (code === 0x20 || code === 0xa0 || (code >= 0x09 && code <= 0x0d)) {
      if (out !== "" && !out.endsWith(":")) space += character
    } else {
      if (character === ":") {
        if (!out.endsWith(":")) out += character
      } else out += space + character
      space = ""
    }
  }
  return out
}

/**
 * How the URN at the head of a path departs from the RFC: white space around a colon or at an end (WIRE E.12), or a
 * dot instead of the colon before the attribute (WIRE B.5). Undefined where it does not.
 */
export const urnHabit = (table: AttributeTable, text: string): Habit | undefined => {
  if (!text.includes(":")) return undefined
  const tidy = tidyUrn(text)
  const schema = table.schemas.find((known) => beginsWith(tidy, known.id))
  if (schema === undefined) return undefined
  if (tidy !== text) return "urn-white-space"
  return tidy.charAt(schema.id.length) === "." ? "urn-dot" : undefined
}

const beginsWith = (text: string, urn: string): boolean =>
  text.startsWith(urn) || text.slice(0, urn.length).toLowerCase() === urn.toLowerCase()
