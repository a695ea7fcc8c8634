import type { DecideContext } from "../directory/DecideContext.ts"
import { isJsonArray, isJsonObject, type Json, type JsonObject, jsonEquals, ownMember } from "../scim/Json.ts"
import type { ResourceInput } from "../scim/ResourceInput.ts"
import { enterpriseUserUrn } from "../scim/schemas/EnterpriseUserSchema.ts"
import { customAttributePrefix } from "../scim/schemas/ExtensionUserSchema.ts"
import type { User } from "./User.ts"

/** Where one of the directory's own fields stands among the SCIM attributes (R-USER-2). */
export interface DirectoryField {
  /** The key under which `User.sources` remembers who wrote it last. */
  readonly name: string
  readonly path: ReadonlyArray<string>
}

/** The directory's own fields, `custom_*` apart; `emails` stands for the email. */
export const directoryFields = (extensionUrn: string): ReadonlyArray<DirectoryField> => [
  { name: "firstName", path: ["name", "givenName"] },
  { name: "lastName", path: ["name", "familyName"] },
  { name: "title", path: ["title"] },
  { name: "email", path: ["emails"] },
  { name: "employeeNumber", path: [enterpriseUserUrn, "employeeNumber"] },
  { name: "manager", path: [enterpriseUserUrn, "manager"] },
  { name: "location", path: [extensionUrn, "location"] },
  { name: "startDate", path: [extensionUrn, "startDate"] },
  { name: "hireDate", path: [extensionUrn, "hireDate"] },
  { name: "terminationDate", path: [extensionUrn, "terminationDate"] }
]

/** The fields of one person: the fixed ones and each custom attribute the attributes hold. */
export const fieldsHeld = (extensionUrn: string, attributes: JsonObject): ReadonlyArray<DirectoryField> => {
  const extension = ownMember(attributes, extensionUrn)
  const custom = isJsonObject(extension)
    ? Object.keys(extension).filter((name) => name.toLowerCase().startsWith(customAttributePrefix))
    : []
  return [
    ...directoryFields(extensionUrn),
    ...custom.map((name) => ({ name: name.toLowerCase(), path: [extensionUrn, name] }))
  ]
}

/** The value at a path of object members. */
export const valueAt = (attributes: JsonObject, path: ReadonlyArray<string>): Json | undefined => {
  let value: Json | undefined = attributes
  for (const name of path) {
    if (!isJsonObject(value)) return undefined
    value = ownMember(value, name)
  }
  return value
}

const withValueAt = (attributes: JsonObject, path: ReadonlyArray<string>, value: Json): JsonObject => {
  const [name, ...rest] = path
  if (name === undefined) return attributes
  if (rest.length === 0) return { ...attributes, [name]: value }
  const inner = ownMember(attributes, name)
  return { ...attributes, [name]: withValueAt(isJsonObject(inner) ? inner : {}, rest, value) }
}

/**
 * What a PUT leaves of a person (R-USER-11): what was sent, and an omitted field of the directory's own where CSV or a
 * hand wrote it last, unless the PUT names it as empty. Everything else that is omitted is cleared.
 */
export const replaceAttributes = (extensionUrn: string, user: User, input: ResourceInput): JsonObject => {
  let next = input.attributes
  if (Object.keys(user.sources).length === 0) return next
  for (const field of fieldsHeld(extensionUrn, user.attributes)) {
    if (!Object.hasOwn(user.sources, field.name) || isCleared(input, field)) continue
    const kept = valueAt(user.attributes, field.path)
    if (kept !== undefined && isAbsent(valueAt(next, spelledAs(next, field.path)))) {
      next = withValueAt(next, field.path, kept)
    }
  }
  return next
}

/** The path as the attributes spell its last name: only that of a custom attribute can differ, in case. */
const spelledAs = (attributes: JsonObject, path: ReadonlyArray<string>): ReadonlyArray<string> => {
  const container = valueAt(attributes, path.slice(0, -1))
  const last = path.at(-1)
  if (!isJsonObject(container) || last === undefined || Object.hasOwn(container, last)) return path
  const spelled = Object.keys(container).find((name) => name.toLowerCase() === last.toLowerCase())
  return spelled === undefined ? path : [...path.slice(0, -1), spelled]
}

const isCleared = (input: ResourceInput, field: DirectoryField): boolean =>
  input.cleared.some((target) => {
    const path = [
      ...(target.extension === undefined ? [] : [target.extension]),
      target.attribute.name,
      ...(target.sub === undefined ? [] : [target.sub.name])
    ]
    return path.every((name, i) => name.toLowerCase() === field.path[i]?.toLowerCase())
  })

const isAbsent = (value: Json | undefined): boolean =>
  value === undefined || value === null || value === "" || (isJsonArray(value) && value.length === 0)

/**
 * Who wrote each field last, after somebody wrote `next` over `before`: a field whose value changed is theirs, and one
 * that went is nobody's (R-USER-11).
 */
export const sourcesAfter = (
  context: Pick<DecideContext, "resourceTypes" | "via">,
  before: Pick<User, "attributes" | "sources">,
  next: JsonObject
): User["sources"] => {
  const { via } = context
  if (via === "scim" && Object.keys(before.sources).length === 0) return before.sources
  const { extensionUrn } = context.resourceTypes
  const sources = new Map(Object.entries(before.sources))
  let isSame = true
  for (const { name, path } of [...fieldsHeld(extensionUrn, before.attributes), ...fieldsHeld(extensionUrn, next)]) {
    const value = valueAt(next, path)
    if (jsonEquals(valueAt(before.attributes, path), value)) continue
    isSame = false
    if (via === "scim" || value === undefined) sources.delete(name)
    else sources.set(name, via)
  }
  return isSame ? before.sources : Object.fromEntries(sources)
}
