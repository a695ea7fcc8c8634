import { isDeepStrictEqual } from "node:util"
import type { Company, Person } from "./Company.ts"
import type { Json } from "./Connection.ts"
import type { DirectoryContent } from "./DirectoryImport.ts"
import type { IdentityProvider } from "./IdentityProvider.ts"
import { compact, ENTERPRISE, EXTENSION, GROUP, isJson, jsonAt, USER } from "./Wire.ts"

/** How one identity provider's view of the company becomes what the directory must hold. */
export interface Expectation {
  readonly provider: IdentityProvider
  /** Everything that was sent of somebody, but for the manager. */
  profile(person: Person): Json
  /** The manager as it was sent. */
  manager(person: Person): string | undefined
  /** Whose SCIM id that must have resolved to; undefined where it names nobody any more: Okta's is an address. */
  managerId(person: Person): string | undefined
  /** Whether somebody who is gone for good has been deleted, too. */
  readonly deletes: boolean
}

const text = (value: unknown) => JSON.stringify(value) ?? "nothing"

/** What the server adds or may compute by itself is taken out; what is left must be what was sent. */
const comparable = (resource: Json): Json => {
  const { id: _id, meta: _meta, schemas: _schemas, ...rest } = resource
  const name = { ...jsonAt(rest, "name") }
  const enterprise = { ...jsonAt(rest, ENTERPRISE) }
  const extension = { ...jsonAt(rest, EXTENSION) }
  delete enterprise.manager
  delete extension.userId
  return { ...rest, name, [ENTERPRISE]: enterprise, [EXTENSION]: extension }
}

/** Lists, attribute by attribute and in sub-attributes, where two profiles differ. */
const differences = (path: string, expected: unknown, found: unknown): ReadonlyArray<string> => {
  if (isDeepStrictEqual(expected, found)) return []
  if (!isJson(expected) || !isJson(found)) return [`${path}: expected ${text(expected)}, found ${text(found)}`]
  const keys = new Set([...Object.keys(expected), ...Object.keys(found)])
  return [...keys].flatMap((key) => differences(path === "" ? key : `${path}.${key}`, expected[key], found[key]))
}

const compareManager = (
  expectation: Expectation,
  users: DirectoryContent["users"],
  person: Person,
  found: Json
): ReadonlyArray<string> => {
  const shown = jsonAt(found, ENTERPRISE).manager
  const sent = expectation.manager(person)
  if (sent === undefined) return shown === undefined ? [] : [`manager: expected none, found ${text(shown)}`]
  const { $ref, displayName, value } = jsonAt({ shown }, "shown")
  if (value !== sent) return [`manager.value: expected ${sent} as it was sent, found ${text(shown)}`]
  const id = expectation.managerId(person)
  const manager = id === undefined ? undefined : users.get(id)
  if (manager === undefined) {
    // A reference that names nobody reads back as it was sent, and that is all.
    return $ref === undefined && displayName === undefined
      ? []
      : [`manager: expected ${sent} alone, found ${text(shown)}`]
  }
  if (typeof $ref !== "string" || !$ref.endsWith(`/Users/${id}`)) {
    return [`manager.$ref: expected …/Users/${id}, found ${text(shown)}`]
  }
  const name = manager.displayName
  return displayName === name ? [] : [`manager.displayName: expected ${text(name)}, found ${text(shown)}`]
}

const compareUser = (
  expectation: Expectation,
  users: DirectoryContent["users"],
  person: Person
): ReadonlyArray<string> => {
  const id = expectation.provider.idOf(person.key)
  const found = id === undefined ? undefined : users.get(id)
  if (found === undefined) return [`${person.key} ${person.email}: not there`]
  const expected = comparable(expectation.profile(person))
  const actual = comparable(found)
  // Okta sends no formatted name, so whether there is one is the server's affair.
  if (!Object.hasOwn(jsonAt(expected, "name"), "formatted")) Reflect.deleteProperty(jsonAt(actual, "name"), "formatted")
  const schemas = Array.isArray(found.schemas) ? found.schemas : []
  return [
    ...[USER, ENTERPRISE, EXTENSION].filter((urn) => !schemas.includes(urn)).map((urn) => `schemas: ${urn} is missing`),
    ...differences("", expected, actual),
    ...compareManager(expectation, users, person, found)
  ].map((difference) => `${person.key} ${person.email} (${id}): ${difference}`)
}

const compareGroups = ({ provider }: Expectation, company: Company, groups: DirectoryContent["groups"]) => {
  const wrong: Array<string> = []
  for (const group of company.groups.values()) {
    const found = groups.get(provider.idOf(group.key) ?? "")
    if (found === undefined) {
      wrong.push(`group ${group.name}: not there`)
      continue
    }
    const members = Array.isArray(found.members) ? found.members : []
    const there = members.map((member) => String(jsonAt({ member }, "member").value)).sort()
    const should = [...group.members].map((key) => provider.idOf(key) ?? `no id of ${key}`).sort()
    const missing = should.filter((id) => !there.includes(id))
    const extra = there.filter((id) => !should.includes(id))
    if (missing.length > 0) wrong.push(`group ${group.name}: members missing ${missing.join(" ")}`)
    if (extra.length > 0) wrong.push(`group ${group.name}: members that should not be there ${extra.join(" ")}`)
    if (there.length !== new Set(there).size) wrong.push(`group ${group.name}: a member is listed twice`)
    if (found.displayName !== group.name) wrong.push(`group ${group.name}: is called ${text(found.displayName)}`)
    const schemas = found.schemas
    if (!isDeepStrictEqual(schemas, [GROUP])) wrong.push(`group ${group.name}: schemas ${text(schemas)}`)
  }
  return wrong
}

/** Everything in which the directory differs from the company, in words; empty when it is the same. */
export const compare = (
  expectation: Expectation,
  company: Company,
  { groups, users }: DirectoryContent
): ReadonlyArray<string> => {
  const people = [...company.people.values()]
  const present = people.filter((person) => !(person.removed && expectation.deletes))
  const counts = compact({
    users: users.size === present.length ? undefined : `${present.length} people expected, ${users.size} users found`,
    groups:
      groups.size === company.groups.size ? undefined : `${company.groups.size} groups expected, ${groups.size} found`
  })
  return [
    ...Object.values(counts).map(String),
    ...present.flatMap((person) => compareUser(expectation, users, person)),
    ...compareGroups(expectation, company, groups)
  ]
}
