import { comparisonKey } from "../scim/Comparison.ts"
import { isJsonObject, type JsonObject, ownMember } from "../scim/Json.ts"
import { enterpriseUserUrn } from "../scim/schemas/EnterpriseUserSchema.ts"
import { emailOf, emailValues } from "./Email.ts"

/** The comparison keys of a person: what uniqueness and the indexes go by. Computed here, stored by adapters. */
export interface UserKeys {
  readonly userName: string
  /** The key of *the email* (R-USER-5). */
  readonly email: string | undefined
  /** The keys of all `emails`, without repetition. */
  readonly emails: ReadonlyArray<string>
  /** As it was sent: `externalId` is case-exact. */
  readonly externalId: string | undefined
  readonly displayName: string | undefined
  readonly employeeNumber: string | undefined
}

const text = (attributes: JsonObject | undefined, name: string): string | undefined => {
  const value = attributes === undefined ? undefined : ownMember(attributes, name)
  return typeof value === "string" && value !== "" ? value : undefined
}

const folded = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : comparisonKey(value)

/** The text of a string attribute of the core schema, where there is one. */
export const coreText = (attributes: JsonObject, name: string): string | undefined => text(attributes, name)

/** Attributes are values that never change, and their keys are asked for several times on the way of a write. */
const computed = new WeakMap<JsonObject, UserKeys>()

/** The keys of a person's attributes. */
export const userKeys = (attributes: JsonObject): UserKeys => {
  const known = computed.get(attributes)
  if (known !== undefined) return known
  const keys = computeKeys(attributes)
  computed.set(attributes, keys)
  return keys
}

const computeKeys = (attributes: JsonObject): UserKeys => {
  const enterprise = ownMember(attributes, enterpriseUserUrn)
  return {
    userName: comparisonKey(text(attributes, "userName") ?? ""),
    email: folded(emailOf(attributes)),
    emails: [...new Set(emailValues(attributes).map(comparisonKey))],
    externalId: text(attributes, "externalId"),
    displayName: folded(text(attributes, "displayName")),
    employeeNumber: folded(text(isJsonObject(enterprise) ? enterprise : undefined, "employeeNumber"))
  }
}
