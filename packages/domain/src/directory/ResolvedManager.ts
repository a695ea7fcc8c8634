import { isJsonObject, type Json, type JsonObject, ownMember } from "../scim/Json.ts"
import { enterpriseUserUrn } from "../scim/schemas/EnterpriseUserSchema.ts"
import type { User } from "../user/User.ts"
import type { UserId } from "../user/UserId.ts"
import { coreText } from "../user/UserKeys.ts"

/** The person whom a manager that was sent is: what is shown beside the reference (R-MGR-1). */
export interface ResolvedManager {
  readonly id: UserId
  /** Their displayName, else their userName. */
  readonly displayName: string
}

/** What a person is called: the displayName, else the userName. */
export const displayNameOf = (attributes: JsonObject): string =>
  coreText(attributes, "displayName") ?? coreText(attributes, "userName") ?? ""

/**
 * Who somebody's manager is, looked up among the living: undefined where nobody was matched, where the person matched
 * has left, and where what was sent last is not followed, switched off or held (R-MGR-5).
 */
export const resolveManager = (
  { manager }: Pick<User, "manager">,
  find: (id: UserId) => User | undefined
): ResolvedManager | undefined => {
  if (manager.id === undefined || manager.pending !== undefined) return undefined
  const found = find(manager.id)
  return found === undefined || found.deletedAt !== undefined
    ? undefined
    : { id: found.id, displayName: displayNameOf(found.attributes) }
}

/** What is shown beside the reference. */
const derived = ({ displayName }: ResolvedManager, location: string): JsonObject => ({ $ref: location, displayName })

/** The attributes with what is shown of the manager; as they are where they hold none. */
export const attributesWithManager = (attributes: JsonObject, manager: ResolvedManager, location: string): JsonObject =>
  mapManager(attributes, (sent) => ({ ...sent, ...derived(manager, location) }))

/**
 * The attributes as filters see them: a manager is found by the reference that was sent and by the SCIM ID of the person
 * (R-MGR-1), as an attribute of two values would be.
 */
export const attributesWithManagers = (
  attributes: JsonObject,
  manager: ResolvedManager,
  location: string
): JsonObject =>
  mapManager(attributes, (sent) => {
    const shown = { ...sent, ...derived(manager, location) }
    return [shown, { ...shown, value: manager.id }]
  })

const mapManager = (attributes: JsonObject, change: (sent: JsonObject) => Json): JsonObject => {
  const enterprise = ownMember(attributes, enterpriseUserUrn)
  const sent = isJsonObject(enterprise) ? ownMember(enterprise, "manager") : undefined
  return isJsonObject(enterprise) && isJsonObject(sent)
    ? { ...attributes, [enterpriseUserUrn]: { ...enterprise, manager: change(sent) } }
    : attributes
}

/** How the stored text of a manager begins. The pattern cannot stand inside a string of JSON, as its quotes would be escaped. */
const beginning = '"manager":{"value":"'

/**
 * The stored text of attributes with what is shown of the manager put in behind the reference; undefined where the text
 * is of no such form, so that it has to be parsed.
 */
export const spliceManager = (json: string, manager: ResolvedManager, location: string): string | undefined => {
  const at = json.indexOf(beginning)
  if (at === -1) return undefined
  let end = at + beginning.length
  while (end < json.length && json[end] !== '"') end += json[end] === "\\" ? 2 : 1
  if (json[end + 1] !== "}") return undefined
  const more = JSON.stringify(derived(manager, location))
  return `${json.slice(0, end + 1)},${more.slice(1, -1)}${json.slice(end + 1)}`
}
