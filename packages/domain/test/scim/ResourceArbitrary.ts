import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { groupUrn } from "@rollcall/domain/scim/schemas/GroupSchema"
import { userUrn } from "@rollcall/domain/scim/schemas/UserSchema"
import { Arbitrary } from "effect"
import { ids, instants, numbers, oneOf, pick, words } from "./Vocabulary.ts"

type Values = Arbitrary.Arbitrary<Json | undefined>

const word: Arbitrary.Arbitrary<Json> = pick(words)

const optional = (values: Values): Values => oneOf<Json | undefined>([Arbitrary.Constant(undefined), values, values])

const isPresent = (value: Json | undefined): value is Json => value !== undefined

const present = (members: Readonly<Record<string, Json | undefined>>): JsonObject | undefined => {
  const object: Record<string, Json> = {}
  for (const [name, value] of Object.entries(members)) if (value !== undefined) object[name] = value
  return Object.keys(object).length === 0 ? undefined : object
}

/** Each member is there or not; an object without members is not there. */
const object = (members: Readonly<Record<string, Values>>): Values =>
  Arbitrary.map(
    Arbitrary.all(Object.fromEntries(Object.entries(members).map(([name, values]) => [name, optional(values)]))),
    present
  )

const list = (element: Values): Values =>
  Arbitrary.map(Arbitrary.array(element, { maxLength: 3 }), (elements) => {
    const kept = elements.filter(isPresent)
    return kept.length === 0 ? undefined : kept
  })

const element = { value: word, display: word, type: word, primary: pick<Json>([true, false]) }

const meta = (resourceType: string): Values =>
  object({ resourceType: Arbitrary.Constant(resourceType), created: pick(instants), lastModified: pick(instants) })

const custom: Values = oneOf<Json | undefined>([word, pick(numbers), pick<Json>([true, false]), list(word)])

/** A resource with all members that must be there. */
const resource = (required: Readonly<Record<string, Arbitrary.Arbitrary<Json>>>, members: Values) =>
  Arbitrary.map(
    Arbitrary.all({ required: Arbitrary.all({ ...required }), members }),
    ({ required, members }): JsonObject => ({ ...required, ...(members as JsonObject | undefined) })
  )

/**
 * Canonical users: names as the table spells them, extension objects under their URN, nothing empty. Ids and user
 * names repeat; storage that wants them unique replaces them.
 */
export const userResource: Arbitrary.Arbitrary<JsonObject> = resource(
  { schemas: Arbitrary.Constant([userUrn, enterpriseUserUrn, defaultExtensionUserUrn]), id: pick(ids), userName: word },
  object({
    externalId: word,
    name: object({ givenName: word, familyName: word, formatted: word }),
    displayName: word,
    title: word,
    profileUrl: word,
    active: pick<Json>([true, false]),
    emails: list(object(element)),
    phoneNumbers: list(object(element)),
    addresses: list(object({ country: word, locality: word, type: word, primary: pick<Json>([true, false]) })),
    roles: list(object(element)),
    x509Certificates: list(object({ value: word })),
    meta: meta("User"),
    [enterpriseUserUrn]: object({
      employeeNumber: word,
      department: word,
      manager: object({ value: pick([...ids, ...words]), displayName: word })
    }),
    [defaultExtensionUserUrn]: object({
      location: word,
      startDate: pick(["01/11/2027", "2027-01-11"]),
      userId: pick([1, 7, 42]),
      custom_level: custom,
      custom_Team: custom
    })
  })
)

/** Canonical groups, in the same manner. */
export const groupResource: Arbitrary.Arbitrary<JsonObject> = resource(
  { schemas: Arbitrary.Constant([groupUrn]), id: pick(ids), displayName: word },
  object({
    externalId: word,
    members: list(object({ value: pick(ids), display: word, type: Arbitrary.Constant("User") })),
    meta: meta("Group")
  })
)
