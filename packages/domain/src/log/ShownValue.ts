import { isJsonArray, isJsonObject, type Json, ownMember } from "../scim/Json.ts"

const longest = 120
const mostElements = 5

/** Control characters, and those that would turn a line around, break it or hide in it (ABUSE-35). */
const isUnseen = (code: number): boolean =>
  code < 0x20 ||
  (code >= 0x7f && code <= 0x9f) ||
  code === 0xad ||
  code === 0x61c ||
  code === 0x200b ||
  code === 0x200e ||
  code === 0x200f ||
  (code >= 0x2028 && code <= 0x202e) ||
  (code >= 0x2060 && code <= 0x2069) ||
  code === 0xfeff

/**
 * A text in a sentence: in quotes, on one line, at most 120 characters, and with control characters spelled out, so that
 * it is inert wherever it is shown.
 */
export const quoted = (text: string): string => {
  // A character has at most two code units.
  const characters = text.length > longest ? [...text.slice(0, longest * 2 + 2)] : []
  const short = characters.length > longest ? `${characters.slice(0, longest).join("")}…` : text
  return plainText(JSON.stringify(short))
}

/** So many characters of an unchecked text are told at most: as many as texts that are compared may have. */
const longestTold = 512

/** A text without quotes, control characters spelled out. */
export const plainText = (text: string): string => {
  let out = ""
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    out += isUnseen(code) ? `\\u${code.toString(16).padStart(4, "0")}` : text.charAt(i)
  }
  return out
}

/** A text that was not checked yet, as an entry can hold it: of a bounded length, with nothing in it that is not seen. */
export const toldText = (text: string): string => {
  const short = text.length > longestTold ? `${text.slice(0, longestTold)}…` : text
  return plainText(short.toWellFormed())
}

/** A value of an attribute in a sentence; of lists the first elements, of complex ones what identifies them. */
export const shownValue = (value: Json | undefined): string => {
  if (value === undefined || value === null) return "nothing"
  if (typeof value === "string") return quoted(value)
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  if (isJsonArray(value)) {
    if (value.length === 0) return "nothing"
    const shown = value.slice(0, mostElements).map(shownValue)
    return value.length > mostElements
      ? `${shown.join(", ")} and ${value.length - mostElements} more`
      : shown.join(", ")
  }
  const main = ownMember(value, "value")
  const type = ownMember(value, "type")
  if (typeof main === "string") return typeof type === "string" ? `${quoted(main)} (${plainText(type)})` : quoted(main)
  const members = Object.entries(value).flatMap(([name, inner]) =>
    isJsonObject(inner) || isJsonArray(inner) || isSecret(name) ? [] : [`${plainText(name)} ${shownValue(inner)}`]
  )
  return members.length === 0 ? "something complex" : members.slice(0, mostElements).join(", ")
}

/**
 * Whether a name can be that of a secret: belt and braces, as entries hold none (R-LOG-1). Whether passwords are synced is
 * none.
 */
export const isSecret = (attribute: string): boolean =>
  attribute !== "settings.syncPasswords" &&
  /(?:^|[.:])[^.:]*(?:password|secret|token)[^.:]*$/.test(attribute.toLowerCase())
