import type { Settings } from "../organization/Settings.ts"
import { comparisonKey, identityFault } from "../scim/Comparison.ts"
import { isJsonObject, type JsonObject, ownMember } from "../scim/Json.ts"
import { badRequest, ScimError } from "../scim/ScimError.ts"
import { parseCalendarDate } from "./CalendarDate.ts"
import { emailFault, emailOf, emailValues } from "./Email.ts"
import { isActive, type Source, type User } from "./User.ts"
import { coreText } from "./UserKeys.ts"

/** What keeps a person's attributes from being stored, judged without knowing anybody else; undefined where nothing. */
export const attributesFault = (extensionUrn: string, attributes: JsonObject): ScimError | undefined => {
  const userName = coreText(attributes, "userName")
  if (userName === undefined || userName.trim() === "") {
    return badRequest("invalidValue", "userName is missing. Send the name by which you know the person.")
  }
  const nameFault = identityFault(userName)
  if (nameFault !== undefined) return badRequest("invalidValue", `userName ${nameFault}. Send it without.`)
  for (const email of emailValues(attributes)) {
    const fault = emailFault(email)
    if (fault !== undefined) {
      return badRequest("invalidValue", `emails.value ${fault}. Send an address such as ines@example.com.`)
    }
  }
  return datesFault(extensionUrn, attributes)
}

/** R-START-1: dates are real days in one of two formats. */
const datesFault = (extensionUrn: string, attributes: JsonObject): ScimError | undefined => {
  const extension = ownMember(attributes, extensionUrn)
  if (!isJsonObject(extension)) return undefined
  for (const name of ["startDate", "hireDate", "terminationDate"]) {
    const value = ownMember(extension, name)
    if (typeof value === "string" && parseCalendarDate(value) === undefined) {
      return badRequest(
        "invalidValue",
        `${name} is not a day of the calendar. Send ${extensionUrn}:${name} as MM/DD/YYYY (01/31/2027) or YYYY-MM-DD.`
      )
    }
  }
  return undefined
}

/**
 * R-USER-5, *linked*: where userName and email were equal they stay equal, judged on the result of the whole request.
 * Undefined where the rule is kept or does not apply.
 */
export const linkFault = (settings: Settings, before: JsonObject, after: JsonObject): ScimError | undefined => {
  if (settings.userNameAndEmail !== "linked" || !namesMatch(before) || namesMatch(after)) return undefined
  return badRequest(
    "invalidValue",
    "userName and email were the same and must stay the same here, but only one of them changed. " +
      "Send the same value for userName and the work e-mail in one request."
  )
}

const namesMatch = (attributes: JsonObject): boolean => {
  const userName = coreText(attributes, "userName")
  const email = emailOf(attributes)
  return userName !== undefined && email !== undefined && comparisonKey(userName) === comparisonKey(email)
}

const origins: Readonly<Record<Source, string>> = {
  scim: "added by SCIM",
  csv: "added by CSV import",
  hand: "added by hand"
}

/** R-USER-6: who holds the e-mail or userName, how they came, and what to do. */
export const takenError = (what: "email" | "userName", value: string, holder: User): ScimError =>
  new ScimError({
    status: 409,
    scimType: "uniqueness",
    detail:
      `Email address already in use: ${what} ${value} belongs to the ${isActive(holder.attributes) ? "active" : "deactivated"} ` +
      `person ${holder.id}, ${origins[holder.origin]}. Import that person into your identity provider, or match on ` +
      "e-mail, and update them instead."
  })
