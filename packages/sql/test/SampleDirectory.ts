import type { BatchWrites } from "@rollcall/domain/directory/BatchWrites"
import { groupResource, searchedUser } from "@rollcall/domain/directory/Representation"
import { resolveManager } from "@rollcall/domain/directory/ResolvedManager"
import type { StoredGroup, StoredUser } from "@rollcall/domain/directory/Resources"
import { type Group, GroupId } from "@rollcall/domain/group/Group"
import { defaultGroupType } from "@rollcall/domain/group/GroupType"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { presets } from "@rollcall/domain/organization/Settings"
import { comparisonKey } from "@rollcall/domain/scim/Comparison"
import { parseInstant } from "@rollcall/domain/scim/DateTimeValue"
import { isJsonObject, type Json, type JsonObject, ownMember } from "@rollcall/domain/scim/Json"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { groupUrn } from "@rollcall/domain/scim/schemas/GroupSchema"
import { noManager, type PendingReason } from "@rollcall/domain/user/ManagerLink"
import type { User } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"
import { userKeys } from "@rollcall/domain/user/UserKeys"
import { Effect } from "effect"
import { SecureRandom } from "effect/crypto"
import { ids } from "../../domain/test/scim/Vocabulary.ts"
import { writeStatement } from "../src/directory/DirectoryWrite.ts"
import { WriteSql } from "../src/WriteSql.ts"

export const resourceTypes = makeResourceTypes(defaultExtensionUserUrn)
export const baseUrl = "https://acme.example/scim/v2"

/** A directory for tests: its members as pairs of indexes, groups first. */
export interface SampleDirectory {
  readonly users: ReadonlyArray<User>
  readonly groups: ReadonlyArray<Group>
  readonly links: ReadonlyArray<readonly [group: number, user: number]>
}

/** The directory's manager of a person by their indexes, and why what was sent last is not followed. */
export interface SampleManager {
  readonly user: number
  readonly manager: number
  readonly pending: PendingReason | undefined
}

/** Text that looks like an id and is none that anything else has. */
const freshId = (): string => SecureRandom.uuidV4Unsafe()

/** The first have the ids that filters ask for; ids repeat in other organisations only. */
const idAt = (index: number): string => ids[index]?.toLowerCase() ?? freshId()

const timeOf = (resource: JsonObject, name: string): number => {
  const meta = ownMember(resource, "meta")
  const value = meta !== undefined && isJsonObject(meta) ? ownMember(meta, name) : undefined
  const instant = typeof value === "string" ? parseInstant(value) : undefined
  return instant === undefined ? 1_800_000_000_000 : Date.parse(instant)
}

const without = (resource: JsonObject, ...names: ReadonlyArray<string>): Record<string, Json> =>
  Object.fromEntries(Object.entries(resource).filter(([name]) => !names.includes(name)))

/** What is stored of a manager is the reference alone. */
const withReference = (resource: JsonObject): JsonObject => {
  const enterprise = ownMember(resource, enterpriseUserUrn)
  if (!isJsonObject(enterprise)) return resource
  const manager = ownMember(enterprise, "manager")
  const value = isJsonObject(manager) ? ownMember(manager, "value") : undefined
  return {
    ...resource,
    [enterpriseUserUrn]: { ...without(enterprise, "manager"), ...(value === undefined ? {} : { manager: { value } }) }
  }
}

/**
 * Makes people and groups of random resources: what storage wants unique is made so, every third person is deleted where
 * `deleting`, and links beyond the people who live are left out.
 */
export const sampleDirectory = (
  users: ReadonlyArray<JsonObject>,
  groups: ReadonlyArray<JsonObject>,
  links: ReadonlyArray<readonly [number, number]>,
  deleting: boolean,
  managers: ReadonlyArray<SampleManager> = []
): SampleDirectory => {
  const taken = new Set<string>()
  const idsOfUsers = users.map((_, index) => UserId.make(idAt(index)))
  const linkOf = (index: number): User["manager"] => {
    const wanted = managers.find(({ user }) => user === index)
    if (wanted === undefined) return noManager
    const { manager, pending } = wanted
    return {
      ...noManager,
      id: idsOfUsers[manager],
      pending: pending === undefined ? undefined : { reason: pending, reference: undefined }
    }
  }
  const people = users.map((resource, index): User => {
    const number = index + 1
    const extension = ownMember(resource, defaultExtensionUserUrn)
    let attributes: JsonObject = {
      ...without(withReference(resource), "id", "schemas", "meta"),
      [defaultExtensionUserUrn]: { ...(isJsonObject(extension) ? extension : {}), userId: number }
    }
    const deletedAt = deleting && index % 3 === 2 ? 1_900_000_000_000 : undefined
    if (deletedAt === undefined) {
      if (taken.has(`name ${userKeys(attributes).userName}`)) {
        attributes = { ...attributes, userName: `${attributes.userName}${number}` }
      }
      const email = userKeys(attributes).email
      if (email !== undefined && taken.has(`email ${email}`)) attributes = without(attributes, "emails")
      const keys = userKeys(attributes)
      taken.add(`name ${keys.userName}`)
      if (keys.email !== undefined) taken.add(`email ${keys.email}`)
    }
    return {
      id: idsOfUsers[index] ?? UserId.make(""),
      number,
      attributes,
      sources: {},
      standing: { startedAt: 0, startsOn: undefined, endsOn: undefined },
      manager: linkOf(index),
      origin: "scim",
      version: (index % 3) + 1,
      createdAt: timeOf(resource, "created"),
      lastModifiedAt: timeOf(resource, "lastModified"),
      deletedAt
    }
  })
  const names = new Set<string>()
  const sampled = groups.map((resource, index): Group => {
    const wanted = String(resource.displayName)
    const displayName = names.has(wanted) ? `${wanted}${index}` : wanted
    names.add(displayName)
    const externalId = resource.externalId
    return {
      id: GroupId.make(idAt(index)),
      number: index + 1,
      displayName,
      externalId: typeof externalId === "string" ? externalId : undefined,
      type: defaultGroupType.id,
      origin: "scim",
      version: (index % 3) + 1,
      createdAt: timeOf(resource, "created"),
      lastModifiedAt: timeOf(resource, "lastModified")
    }
  })
  const known = new Set<string>()
  const kept = links.filter(([group, user]) => {
    const person = people[user]
    if (sampled[group] === undefined || person === undefined || person.deletedAt !== undefined) return false
    const isNew = !known.has(`${group} ${user}`)
    known.add(`${group} ${user}`)
    return isNew
  })
  return { users: people, groups: sampled, links: kept }
}

/** Writes a directory as an organisation of its own, by the statement that the directory itself writes with. */
export const insertDirectory = Effect.fnUntraced(function* (directory: SampleDirectory) {
  const sql = yield* WriteSql
  const organization = OrganizationId.make(freshId())
  const text = `INSERT INTO organization (organization_id, subdomain, name, time_zone, single_sign_on, scim_enabled,
    settings, created_at) VALUES ($1::uuid, $2, 'Acme', 'UTC', '{}', true, $3::jsonb, to_timestamp(0))`
  yield* sql.unsafe(text, [organization, organization, JSON.stringify(presets.rfc)])
  const idOf = (user: number): UserId => directory.users[user]?.id ?? UserId.make("")
  const writes = (users: ReadonlyArray<User>, groups: ReadonlyArray<Group>): BatchWrites => ({
    users: users.map((user) => ({ user, before: undefined, isNew: true })),
    passwords: [],
    groups,
    deletedGroups: [],
    memberships: groups.map((group) => ({
      group: group.id,
      added: directory.links.filter(([at]) => directory.groups[at] === group).map(([, user]) => idOf(user)),
      removed: []
    })),
    customAttributes: undefined,
    counters: {
      eventSequence: 0,
      logSequence: 0,
      userSequence: directory.users.length,
      groupSequence: directory.groups.length,
      userCount: directory.users.filter((user) => user.deletedAt === undefined).length,
      groupCount: directory.groups.length
    },
    events: [],
    log: []
  })
  const parts = [writes(directory.users, []), writes([], directory.groups)]
  for (const [revision, part] of parts.entries()) {
    const statement = writeStatement(organization, revision, resourceTypes, part, 0)
    yield* sql.unsafe(statement.text, statement.params)
  }
  return organization
})

/** The people who live, as a read with their groups gives them. */
export const storedUsers = ({ groups, links, users }: SampleDirectory): ReadonlyArray<StoredUser> =>
  users.flatMap((user, at) => {
    if (user.deletedAt !== undefined) return []
    const mine = links.flatMap(([group, member]) => (member === at ? (groups[group] ?? []) : []))
    return {
      id: user.id,
      number: user.number,
      json: JSON.stringify(user.attributes),
      version: user.version,
      createdAt: user.createdAt,
      lastModifiedAt: user.lastModifiedAt,
      groups: mine
        .map(({ displayName, id }) => ({ id, displayName }))
        .sort((a, b) => Buffer.compare(Buffer.from(a.displayName), Buffer.from(b.displayName))),
      manager: resolveManager(user, (id) => users.find((other) => other.id === id))
    }
  })

const displayOf = ({ attributes }: User): string => String(attributes.displayName ?? attributes.userName)

/** The groups, as a read with their members gives them. */
export const storedGroups = ({ groups, links, users }: SampleDirectory): ReadonlyArray<StoredGroup> =>
  groups.map((group, at) => {
    const { createdAt, displayName, externalId, id, lastModifiedAt, number, version } = group
    const members = links
      .flatMap(([of, user]) => (of === at ? (users[user] ?? []) : []))
      .sort((a, b) => a.number - b.number)
      .map((user) => ({ id: user.id, display: displayOf(user) }))
    return { id, number, displayName, externalId, version, createdAt, lastModifiedAt, members }
  })

/** A person as the evaluator of filters sees them. */
export const seenUser = (user: StoredUser): JsonObject => searchedUser(resourceTypes, baseUrl, user)

/** A group as the evaluator of filters sees it. */
export const seenGroup = (group: StoredGroup): JsonObject => ({
  ...groupResource(baseUrl, group),
  schemas: [groupUrn]
})

/** The key of a text as it is compared. */
export const key = comparisonKey
