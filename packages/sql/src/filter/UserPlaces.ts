import type { Attribute } from "@rollcall/domain/scim/Attribute"
import { comparisonKey } from "@rollcall/domain/scim/Comparison"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { userUrn } from "@rollcall/domain/scim/schemas/UserSchema"
import { managerPlace } from "./ManagerPlace.ts"
import type { ParameterList } from "./ParameterList.ts"
import {
  constantPlace,
  listPlace,
  literal,
  memberPlace,
  metaPlace,
  objectPlace,
  type Place,
  type Places,
  singlePlace
} from "./Place.ts"
import { indexedText, plainText, type SqlValue } from "./SqlValue.ts"

/** What the places of attributes depend on, besides the tables. */
export interface PlaceOptions {
  /** The URN of the extension (R-USER-4). */
  readonly extensionUrn: string
  /** The SCIM base URL, without a slash at its end, that begins `meta.location` and every `$ref`. */
  readonly baseUrl: string
}

/** The attributes that stand in columns alone, by the URN of their schema: the search document is without them. */
export const userColumns = (extensionUrn: string): ReadonlyMap<string, ReadonlySet<string>> =>
  new Map([
    [userUrn, new Set(["userName", "externalId", "displayName"])],
    [enterpriseUserUrn, new Set(["employeeNumber"])],
    [extensionUrn, new Set(["userId"])]
  ])

/**
 * Where the attributes of a person stand: `u` is their row of user_account, `$1` the organisation. What has a column
 * is compared there, what derives from other tables is looked up, all else is in the search document.
 */
export const userPlaces =
  (params: ParameterList, options: PlaceOptions): Places =>
  ({ attribute, extension }) => {
    if (extension === undefined) return corePlace(attribute, params, options)
    if (extension === enterpriseUserUrn && attribute.name === "employeeNumber") {
      return singlePlace(indexedText("u.employee_number_key", true))
    }
    if (extension === options.extensionUrn && attribute.name === "userId") {
      return singlePlace({ kind: "number", sql: "u.number" })
    }
    if (extension === enterpriseUserUrn && attribute.name === "manager") return managerPlace(params, options.baseUrl)
    const object = `(u.search -> ${params.text(extension)})`
    // The name of a custom attribute is the filter's own text; the document has it in lower case.
    if (attribute.anyPrimitive === true) return listPlace(object, params.text(attribute.name.toLowerCase()), true)
    return documentPlace(attribute, object)
  }

const corePlace = (attribute: Attribute, params: ParameterList, options: PlaceOptions): Place => {
  switch (attribute.name) {
    case "id":
      return singlePlace({ kind: "uuid", sql: "u.id" })
    case "userName":
      return singlePlace(indexedText("u.user_name_key", false))
    case "externalId":
      return singlePlace(indexedText("u.external_id", true))
    case "displayName":
      return singlePlace(indexedText("u.display_name_key", true))
    case "emails":
      return emailsPlace(attribute, params)
    case "groups":
      return groupsPlace(params, options.baseUrl)
    case "schemas":
      return schemasPlace(params, options.extensionUrn)
    case "meta":
      return metaPlace("u", "User", `(${params.text(`${options.baseUrl}/Users/`)} || u.id::text)`)
    default:
      return documentPlace(attribute, "u.search")
  }
}

const documentPlace = (attribute: Attribute, object: string): Place => {
  const name = literal(attribute.name)
  if (attribute.multiValued) return listPlace(object, name, false)
  return attribute.type === "complex" ? objectPlace(object, name) : memberPlace(object, name)
}

const emailsPlace = (attribute: Attribute, params: ParameterList): Place => ({
  ...documentPlace(attribute, "u.search"),
  lookup: (sub, operand) =>
    sub?.name === "value" && operand.type === "string"
      ? `u.id IN (SELECT ue.user_id FROM user_email ue WHERE ue.organization_id = $1 AND ue.email_key = ${params.text(operand.key)})`
      : undefined
})

/** The groups of a person, in the order of their names. */
const groupsPlace = (params: ParameterList, baseUrl: string): Place => {
  // The names are joined only where a condition looks at them.
  let named = false
  const value = (sub: Attribute | undefined): SqlValue => {
    switch (sub?.name) {
      case "$ref":
        return plainText(`(${params.text(`${baseUrl}/Groups/`)} || m.group_id::text)`)
      case "display":
        named = true
        return { kind: "text", sql: "mg.display_name_key", nullable: false, indexed: true }
      case "type":
        return plainText("'direct'::text")
      default:
        return { kind: "uuid", sql: "m.group_id" }
    }
  }
  const join = "JOIN user_group mg ON mg.organization_id = m.organization_id AND mg.id = m.group_id"
  const mine = "m.organization_id = $1 AND m.user_id = u.id"
  const first = (sql: string) =>
    `(SELECT ${sql} FROM membership m ${join} WHERE ${mine} ORDER BY mg.display_name LIMIT 1)`
  return {
    value,
    any: (condition) => `EXISTS (SELECT 1 FROM membership m ${named ? join : ""} WHERE ${mine} AND ${condition})`,
    present: () => `EXISTS (SELECT 1 FROM membership m WHERE ${mine})`,
    sorted: (sub) => firstText(value(sub), first)
  }
}

/** The value of the first element as a text that is NULL where there is no element. */
export const firstText = (value: SqlValue, first: (sql: string) => string): SqlValue => {
  const text = value.kind === "text" ? value.sql : value.kind === "uuid" ? `${value.sql}::text` : "NULL::text"
  return { kind: "text", sql: `(${first(text)} COLLATE "C")`, nullable: true, indexed: false }
}

/** The URNs of the core schema and of the extensions of which a person has attributes. */
const schemasPlace = (params: ParameterList, extensionUrn: string): Place => {
  const urns = [
    [params.text(comparisonKey(userUrn)), "true"],
    [params.text(comparisonKey(enterpriseUserUrn)), `u.search -> ${literal(enterpriseUserUrn)} IS NOT NULL`],
    [params.text(comparisonKey(extensionUrn)), `u.search -> ${params.text(extensionUrn)} IS NOT NULL`]
  ].map(([urn, held]) => `(${urn}, ${held})`)
  return {
    ...constantPlace(() => plainText("s.urn")),
    any: (condition) =>
      `EXISTS (SELECT 1 FROM (VALUES ${urns.join(", ")}) AS s (urn, held) WHERE s.held AND ${condition})`,
    sorted: () => plainText(params.text(comparisonKey(userUrn)))
  }
}
