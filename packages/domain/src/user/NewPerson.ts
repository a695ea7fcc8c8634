import { Result } from "effect"
import type { JsonObject } from "../scim/Json.ts"
import { badRequest, type ScimError } from "../scim/ScimError.ts"
import { enterpriseUserUrn } from "../scim/schemas/EnterpriseUserSchema.ts"
import { customAttributePrefix } from "../scim/schemas/ExtensionUserSchema.ts"
import { userUrn } from "../scim/schemas/UserSchema.ts"

/** A value of a custom attribute (R-USER-4). */
export type CustomValue = string | number | boolean | ReadonlyArray<string | number | boolean>

/** Somebody who is added by hand, in the directory's own fields (R-USER-2); dates as SCIM takes them (R-START-1). */
export interface NewPerson {
  readonly email: string
  /** The email where none is given. */
  readonly userName?: string | undefined
  readonly firstName?: string | undefined
  readonly lastName?: string | undefined
  readonly displayName?: string | undefined
  readonly title?: string | undefined
  readonly employeeNumber?: string | undefined
  readonly location?: string | undefined
  /** Any reference to a person (R-MATCH). */
  readonly manager?: string | undefined
  readonly startDate?: string | undefined
  readonly hireDate?: string | undefined
  readonly terminationDate?: string | undefined
  /** By names that begin with `custom_`. */
  readonly custom?: Readonly<Record<string, CustomValue>> | undefined
}

/** The body of a create that says the same: whoever is added by hand goes through the very rules of SCIM (ABUSE-16). */
export const newPersonBody = (extensionUrn: string, person: NewPerson): Result.Result<JsonObject, ScimError> => {
  const custom = person.custom ?? {}
  const odd = Object.keys(custom).find((name) => !name.toLowerCase().startsWith(customAttributePrefix))
  if (odd !== undefined) {
    const detail = `${JSON.stringify(odd.slice(0, 64))} is no custom attribute. Give it a name that begins with ${customAttributePrefix}.`
    return Result.fail(badRequest("invalidValue", detail))
  }
  const { email, firstName, lastName, manager } = person
  const name = given({ givenName: firstName, familyName: lastName })
  const names = [firstName, lastName].filter((part) => part !== undefined && part.trim() !== "")
  const displayName = person.displayName ?? (names.length > 0 ? names.join(" ") : undefined)
  const enterprise = given({
    employeeNumber: person.employeeNumber,
    manager: manager === undefined ? undefined : { value: manager }
  })
  const extension = given({
    location: person.location,
    startDate: person.startDate,
    hireDate: person.hireDate,
    terminationDate: person.terminationDate,
    ...custom
  })
  return Result.succeed({
    schemas: [userUrn, enterpriseUserUrn, extensionUrn],
    userName: person.userName ?? email,
    emails: [{ value: email, type: "work", primary: true }],
    ...given({ displayName, title: person.title }),
    ...part("name", name),
    ...part(enterpriseUserUrn, enterprise),
    ...part(extensionUrn, extension)
  })
}

const given = (members: Readonly<Record<string, JsonObject[string] | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

const part = (name: string, members: JsonObject): JsonObject =>
  Object.keys(members).length === 0 ? {} : { [name]: members }
