import { identityFault } from "../scim/Comparison.ts"
import { isJsonArray, isJsonObject, type JsonObject, ownMember } from "../scim/Json.ts"

/** One class of characters, looked for in one pass; all of them are of the basic plane. */
const forbiddenIn = /[\s",;:<>()[\]\\]/

/**
 * What makes a text no e-mail address that mail may be sent to (ABUSE-34), undefined where it is one: one `@` between
 * a local part and a domain, 254 characters at most, without white space, control and invisible characters, quotes,
 * commas, angle brackets, colons or semicolons (so no list, group or display-name syntax).
 */
export const emailFault = (text: string): string | undefined => {
  const fault = identityFault(text)
  if (fault !== undefined) return fault
  if (text.length > 254) return `has ${text.length} characters; an e-mail address has at most 254`
  const at = text.indexOf("@")
  if (at < 1 || at !== text.lastIndexOf("@") || at === text.length - 1) {
    return "is not an e-mail address (local-part@domain)"
  }
  const forbidden = forbiddenIn.exec(text)
  if (forbidden !== null) return `contains ${JSON.stringify(forbidden[0])}, which an e-mail address may not`
  const domain = text.slice(at + 1)
  if (domain.startsWith(".") || domain.endsWith(".") || domain.includes("..")) {
    return "has a domain with an empty label"
  }
  return undefined
}

/** The values of `emails`, in order. */
export const emailValues = (attributes: JsonObject): ReadonlyArray<string> => {
  const emails = ownMember(attributes, "emails")
  if (!isJsonArray(emails)) return []
  return emails.flatMap((email) => {
    const value = isJsonObject(email) ? ownMember(email, "value") : undefined
    return typeof value === "string" && value !== "" ? [value] : []
  })
}

/**
 * *The email* of a person (R-USER-5): the primary one, else the first of type work, else the first, else a userName
 * that has the form of an address.
 */
export const emailOf = (attributes: JsonObject): string | undefined => {
  const emails = ownMember(attributes, "emails")
  let work: string | undefined
  let first: string | undefined
  if (isJsonArray(emails)) {
    for (const email of emails) {
      if (!isJsonObject(email)) continue
      const value = ownMember(email, "value")
      if (typeof value !== "string" || value === "") continue
      if (ownMember(email, "primary") === true) return value
      const type = ownMember(email, "type")
      if (work === undefined && typeof type === "string" && type.toLowerCase() === "work") work = value
      first ??= value
    }
  }
  if (work !== undefined) return work
  if (first !== undefined) return first
  const userName = ownMember(attributes, "userName")
  return typeof userName === "string" && emailFault(userName) === undefined ? userName : undefined
}
