import { printInstant } from "../scim/DateTimeValue.ts"
import { etagOf } from "../scim/ETag.ts"
import type { JsonObject } from "../scim/Json.ts"
import { type Projection, project } from "../scim/Projection.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import { enterpriseUserUrn } from "../scim/schemas/EnterpriseUserSchema.ts"
import { groupUrn } from "../scim/schemas/GroupSchema.ts"
import { userUrn } from "../scim/schemas/UserSchema.ts"
import type { User } from "../user/User.ts"
import {
  attributesWithManager,
  attributesWithManagers,
  type ResolvedManager,
  spliceManager
} from "./ResolvedManager.ts"
import type { StoredGroup, StoredUser } from "./Resources.ts"

/** A resource as it is sent. */
export interface Represented {
  readonly id: string
  /** The JSON text of the resource. */
  readonly text: string
  readonly version: number
  readonly location: string
}

const metaOf = (
  resourceType: "User" | "Group",
  location: string,
  resource: { readonly createdAt: number; readonly lastModifiedAt: number; readonly version: number }
) => ({
  resourceType,
  created: printInstant(resource.createdAt) ?? null,
  lastModified: printInstant(resource.lastModifiedAt) ?? null,
  location,
  version: etagOf(resource.version)
})

/** The URI of a resource. */
export const userLocation = (baseUrl: string, id: string): string => `${baseUrl}/Users/${id}`
export const groupLocation = (baseUrl: string, id: string): string => `${baseUrl}/Groups/${id}`

/** Attributes are values that never change; what was just written is sent in the same words. */
const texts = new WeakMap<JsonObject, string>()

/** The JSON text of a person's attributes: what is stored, and what is sent. */
export const attributesText = (attributes: JsonObject): string => {
  const known = texts.get(attributes)
  if (known !== undefined) return known
  const text = JSON.stringify(attributes)
  texts.set(attributes, text)
  return text
}

/** A person that was just written, as if it had been read; `manager` is whom their manager is (R-MGR-1). */
export const storedUser = (user: User, manager: ResolvedManager | undefined): StoredUser => ({
  id: user.id,
  number: user.number,
  json: attributesText(user.attributes),
  version: user.version,
  createdAt: user.createdAt,
  lastModifiedAt: user.lastModifiedAt,
  groups: undefined,
  manager
})

/**
 * A person as SCIM JSON. Without a projection the stored text is sent as it stands, with what derives from elsewhere
 * spliced in around it; otherwise it is parsed and projected.
 */
export const representUser = (
  types: ResourceTypes,
  baseUrl: string,
  user: StoredUser,
  projection: Projection
): Represented => {
  const location = userLocation(baseUrl, user.id)
  const meta = metaOf("User", location, user)
  const head = { id: user.id, version: user.version, location }
  const json = projection._tag === "All" && user.groups === undefined ? shownText(baseUrl, user) : undefined
  if (json !== undefined) {
    const text =
      `{"schemas":${schemasText(types, json)},"id":"${user.id}",` +
      `${json.slice(1, -1)},"meta":${JSON.stringify(meta)}}`
    return { ...head, text }
  }
  return { ...head, text: JSON.stringify(project(types.user, projection, userResource(baseUrl, user))) }
}

/** The stored text with what is shown of the manager; undefined where that cannot be spliced in. */
const shownText = (baseUrl: string, { json, manager }: StoredUser): string | undefined =>
  manager === undefined ? json : spliceManager(json, manager, userLocation(baseUrl, manager.id))

/** A person as a whole SCIM resource, `groups` included where they were loaded. */
export const userResource = (baseUrl: string, user: StoredUser): JsonObject =>
  resourceOf(baseUrl, user, attributesWithManager)

/** A person as filters and orders see them (see `attributesWithManagers`), `schemas` included. */
export const searchedUser = ({ user: table }: ResourceTypes, baseUrl: string, user: StoredUser): JsonObject => {
  const resource = resourceOf(baseUrl, user, attributesWithManagers)
  const { extensions, schema } = table.resourceType
  const held = extensions.map(({ id }) => id).filter((urn) => Object.hasOwn(resource, urn))
  return { schemas: [schema.id, ...held], ...resource }
}

const resourceOf = (baseUrl: string, user: StoredUser, withManager: typeof attributesWithManager): JsonObject => ({
  id: user.id,
  ...attributesOf(baseUrl, user, withManager),
  ...(user.groups === undefined
    ? {}
    : {
        groups: user.groups.map((group) => ({
          value: group.id,
          $ref: groupLocation(baseUrl, group.id),
          display: group.displayName,
          type: "direct"
        }))
      }),
  meta: metaOf("User", userLocation(baseUrl, user.id), user)
})

const attributesOf = (
  baseUrl: string,
  { json, manager }: StoredUser,
  withManager: typeof attributesWithManager
): JsonObject => {
  const attributes = JSON.parse(json) as JsonObject
  return manager === undefined ? attributes : withManager(attributes, manager, userLocation(baseUrl, manager.id))
}

/**
 * The `schemas` of a person by the extension objects in the stored text. The pattern cannot stand inside a string of
 * JSON: there its second quote would be escaped.
 */
const schemasText = (types: ResourceTypes, json: string): string => {
  const enterprise = json.includes(`"${enterpriseUserUrn}":{`) ? `,"${enterpriseUserUrn}"` : ""
  const extension = json.includes(`"${types.extensionUrn}":{`) ? `,"${types.extensionUrn}"` : ""
  return `["${userUrn}"${enterprise}${extension}]`
}

/** A group as SCIM JSON; its members where they were loaded. */
export const representGroup = (
  types: ResourceTypes,
  baseUrl: string,
  group: StoredGroup,
  projection: Projection
): Represented => {
  const resource = groupResource(baseUrl, group)
  const shown: JsonObject =
    projection._tag === "All" ? { schemas: [groupUrn], ...resource } : project(types.group, projection, resource)
  return {
    id: group.id,
    text: JSON.stringify(shown),
    version: group.version,
    location: groupLocation(baseUrl, group.id)
  }
}

/** A group as a whole SCIM resource. */
export const groupResource = (baseUrl: string, group: StoredGroup): JsonObject => ({
  id: group.id,
  ...(group.externalId === undefined ? {} : { externalId: group.externalId }),
  displayName: group.displayName,
  ...(group.members === undefined
    ? {}
    : {
        members: group.members.map((member) => ({
          value: member.id,
          $ref: userLocation(baseUrl, member.id),
          display: member.display,
          type: "User"
        }))
      }),
  meta: metaOf("Group", groupLocation(baseUrl, group.id), group)
})
