import { comparisonKey, textFault } from "../scim/Comparison.ts"
import { isJsonObject, type JsonObject, ownMember } from "../scim/Json.ts"
import { emailValues } from "./Email.ts"
import { longestPassword } from "./PasswordHasher.ts"
import { coreText } from "./UserKeys.ts"

/** The fewest characters of a password that a person chooses. */
export const shortestPassword = 12

/**
 * What keeps a text from being a person's password, undefined where nothing does: too short, too long, or what everybody
 * knows of them, in capitals or not. Passwords that identity providers send obey their own rules.
 */
export const passwordFault = (password: string, attributes: JsonObject): PasswordFault | undefined => {
  const text = password.normalize("NFC")
  if (text.length > longestPassword) return "tooLong"
  // Characters as people count them, not UTF-16 units.
  if ([...text].length < shortestPassword) return "tooShort"
  if (textFault(text) !== undefined) return "unusable"
  if (isOneCharacter(text)) return "repeated"
  return knownTexts(attributes).has(plain(text)) ? "known" : undefined
}

/**
 * - tooShort, tooLong: see `shortestPassword` and `longestPassword`.
 * - unusable: a NUL or half a character in it.
 * - repeated: one character again and again.
 * - known: the person's name, userName or e-mail.
 */
export type PasswordFault = "tooShort" | "tooLong" | "unusable" | "repeated" | "known"

const isOneCharacter = (text: string): boolean => new Set(text).size === 1

/** What is compared: without regard to case and to what stands between the words. */
const plain = (text: string): string => comparisonKey(text).replace(/[\s.,;:_'"-]/gu, "")

const knownTexts = (attributes: JsonObject): ReadonlySet<string> => {
  const name = ownMember(attributes, "name")
  const part = (key: string) => (isJsonObject(name) ? (coreText(name, key) ?? "") : "")
  const texts = [
    coreText(attributes, "userName") ?? "",
    coreText(attributes, "displayName") ?? "",
    coreText(attributes, "nickName") ?? "",
    part("formatted"),
    part("givenName"),
    part("familyName"),
    part("givenName") + part("familyName"),
    part("familyName") + part("givenName"),
    ...emailValues(attributes)
  ]
  return new Set([...texts, ...texts.map(localPart)].map(plain).filter((text) => text !== ""))
}

const localPart = (text: string): string => text.slice(0, Math.max(0, text.lastIndexOf("@")))
