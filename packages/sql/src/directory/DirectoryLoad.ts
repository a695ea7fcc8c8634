import type { Loaded, NeedsUnion } from "@rollcall/domain/directory/Needs"
import { type Group, GroupId } from "@rollcall/domain/group/Group"
import { nearGroupsLooked } from "@rollcall/domain/group/GroupOverwrite"
import { defaultGroupType, type GroupType, GroupTypeId } from "@rollcall/domain/group/GroupType"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import type { StandingPasswordLink } from "@rollcall/domain/user/PasswordLinks"
import type { Source, User } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { decodeKeys, liveKeysOfOrganization, toKey } from "../AccessKeyRow.ts"
import { readClients } from "../OAuthRow.ts"
import { readEndpoints } from "../WebhookRow.ts"
import { bigints, texts, uuids } from "./ColumnArrays.ts"
import { readStanding } from "./StandingText.ts"
import type { Bind } from "./WriteParts.ts"

const userColumns = `u.id::text AS id, u.number::float8 AS number, u.resource, u.sources::text AS sources, u.standing, u.origin,
  u.version, (extract(epoch FROM u.created_at) * 1000)::float8 AS created_at,
  (extract(epoch FROM u.last_modified_at) * 1000)::float8 AS last_modified_at,
  (extract(epoch FROM u.deleted_at) * 1000)::float8 AS deleted_at, u.manager_id::text AS manager_id,
  CASE WHEN u.manager_id IS NOT NULL THEN (
    SELECT COALESCE(NULLIF(m.resource::json ->> 'displayName', ''), m.resource::json ->> 'userName')
    FROM user_account m WHERE m.organization_id = u.organization_id AND m.id = u.manager_id) END AS manager_name`

const groupColumns = `g.id::text AS id, g.number::float8 AS number, g.display_name, g.external_id, g.type_id::text AS type_id, g.origin, g.version,
  (extract(epoch FROM g.created_at) * 1000)::float8 AS created_at,
  (extract(epoch FROM g.last_modified_at) * 1000)::float8 AS last_modified_at`

/**
 * Rows of `alias` by its key, one probe of that key's index for each value of the array, however many there are. The
 * fence (`OFFSET 0`) is what makes sure of it: left to join, or to compare with a whole array, the planner takes a
 * two-hundredth of a table for an organisation's share (see the migration), so reads a small organisation's rows all in
 * one go; and the plan that it makes then is kept when the organisation has become a big one.
 */
const byKey = (columns: string, alias: string, table: string, array: string, condition: string): string =>
  `SELECT found.* FROM unnest(${array}) AS asked (key) CROSS JOIN LATERAL (
     SELECT ${columns} FROM ${table} ${alias} WHERE ${alias}.organization_id = $1 AND ${condition} OFFSET 0) AS found`

/** A part of a statement that finds people: what of them, by the keys in a parameter. */
type PeopleBranch = (columns: string, place: string) => string

const peopleBy =
  (condition: string): PeopleBranch =>
  (columns, place) =>
    byKey(columns, "u", "user_account", place, condition)

/** People by ids that another statement finds. */
const peopleAmong = (columns: string, ids: string): string =>
  `SELECT found.* FROM (${ids}) AS asked (key) CROSS JOIN LATERAL (
     SELECT ${columns} FROM user_account u
     WHERE u.organization_id = $1 AND u.id = asked.key AND u.living OFFSET 0) AS found`

const byId = peopleBy("u.id = asked.key")
const byUserName = peopleBy("u.user_name_key = asked.key AND u.living")
const byEmail = peopleBy("u.email_key = asked.key AND u.living")
const byEmailOfDeleted = peopleBy("u.email_key = asked.key AND NOT u.living")
const byNumber = peopleBy("u.number = asked.key AND u.living")
const byEmployeeNumber = peopleBy("u.employee_number_key = asked.key AND u.living")
const byManager = peopleBy("u.manager_id = asked.key AND u.living")
/** Whoever waits for a manager (R-MGR-2), by the reference. */
const byReference: PeopleBranch = (columns, keys) =>
  peopleAmong(columns, byKey("r.user_id", "r", "manager_reference", keys, "r.reference_key = asked.key"))
const byReferenceNumber: PeopleBranch = (columns, range) =>
  peopleAmong(
    columns,
    `SELECT r.user_id FROM manager_reference r
     WHERE r.organization_id = $1 AND r.reference_number BETWEEN (${range})[1] AND (${range})[2] OFFSET 0`
  )
/** UNION, not UNION ALL: managers can go round in a circle. */
const byChain: PeopleBranch = (columns, ids) =>
  peopleAmong(
    columns,
    `WITH RECURSIVE above (id) AS (
       SELECT unnest(${ids}) UNION
       SELECT b.manager_id FROM above CROSS JOIN LATERAL (
         SELECT u.manager_id FROM user_account u
         WHERE u.organization_id = $1 AND u.id = above.id AND u.manager_id IS NOT NULL OFFSET 0) AS b)
     SELECT id FROM above`
  )

/**
 * One branch for each way in which people are looked for, and so one index each. Few combinations occur, and all of them
 * stay prepared.
 */
const peopleFound = (needs: NeedsUnion, columns: string, bind: Bind): string => {
  const branches: Array<string> = []
  const add = (value: unknown, type: string, ...by: ReadonlyArray<PeopleBranch>): void => {
    const place = `${bind(value)}::${type}[]`
    for (const branch of by) branches.push(branch(columns, place))
  }
  if (needs.users.size > 0) add(uuids([...needs.users]), "uuid", byId)
  if (needs.userNames.size > 0) add(texts([...needs.userNames]), "text", byUserName)
  if (needs.emails.size > 0) add(texts([...needs.emails]), "text", byEmail, byEmailOfDeleted)
  if (needs.numbers.size > 0) add(bigints([...needs.numbers]), "bigint", byNumber)
  if (needs.employeeNumbers.size > 0) add(texts([...needs.employeeNumbers]), "text", byEmployeeNumber)
  if (needs.waiting.size > 0) add(texts([...needs.waiting]), "text", byReference)
  if (needs.waitingNumbers !== undefined) add(bigints(needs.waitingNumbers), "bigint", byReferenceNumber)
  if (needs.reportsOf.size > 0) add(uuids([...needs.reportsOf]), "uuid", byManager)
  if (needs.chainsOf.size > 0) add(uuids([...needs.chainsOf]), "uuid", byChain)
  return branches.join("\nUNION ALL\n")
}

/** The condition that none of the people whom a batch asks for is there. */
export const nobodyFound = (needs: NeedsUnion, bind: Bind): string => `NOT EXISTS (${peopleFound(needs, "u.id", bind)})`

const groupsByKey = (array: string, condition: string): string =>
  byKey(groupColumns, "g", "user_group", array, condition)

const loadGroupsById = groupsByKey("$2::uuid[]", "g.id = asked.key")

const loadGroups = [
  loadGroupsById,
  groupsByKey("$3::text[]", "g.display_name = asked.key"),
  groupsByKey("$4::text[]", "g.display_name_key = asked.key")
].join(" UNION ALL ")

/** Of each key the first few: nobody can make a write read thousands of groups of nearly one name. */
const loadGroupsNear = `${loadGroups}
  UNION ALL
  SELECT g.* FROM unnest($5::text[]) AS near (key), LATERAL (
    SELECT ${groupColumns} FROM user_group g
    WHERE g.organization_id = $1 AND g.display_name_near_key = near.key ORDER BY g.number LIMIT ${nearGroupsLooked}) g`

const livingPeople = byKey("p.id::text AS id", "p", "user_account", "$3::uuid[]", "p.id = asked.key AND p.living")

const memberships = `
  SELECT found.* FROM unnest($4::uuid[], $5::uuid[]) AS asked (group_id, user_id) CROSS JOIN LATERAL (
    SELECT m.group_id::text AS group_id, m.user_id::text AS user_id FROM membership m
    WHERE m.organization_id = $1 AND m.group_id = asked.group_id AND m.user_id = asked.user_id OFFSET 0) AS found`

const noGroup = `NULL AS id, NULL AS number, NULL AS display_name, NULL AS external_id, NULL AS type_id, NULL AS origin,
  NULL AS version, NULL AS created_at, NULL AS last_modified_at`

/**
 * What a change of members is about, in one round trip: its groups, who of the people lives, and who is a member already.
 * A row is one of the three.
 */
const loadMembersChanged = `
  SELECT found.*, NULL::text AS group_id, NULL::text AS user_id FROM (${loadGroupsById}) AS found
  UNION ALL SELECT ${noGroup}, NULL, found.id FROM (${livingPeople}) AS found
  UNION ALL SELECT ${noGroup}, found.group_id, found.user_id FROM (${memberships}) AS found`

const loadMembers = byKey(
  "m.group_id::text AS group_id, m.user_id::text AS user_id",
  "m",
  "membership",
  "$2::uuid[]",
  "m.group_id = asked.key"
)

/** The groups of people, and those that they are admins of. */
const loadGroupsOf = `
  SELECT m.user_id::text AS user_id, false AS is_admin, found.*
  FROM unnest($2::uuid[]) AS asked (user_id) CROSS JOIN LATERAL (
    SELECT group_id, user_id FROM membership WHERE organization_id = $1 AND user_id = asked.user_id OFFSET 0
  ) AS m CROSS JOIN LATERAL (
    SELECT ${groupColumns} FROM user_group g WHERE g.organization_id = $1 AND g.id = m.group_id OFFSET 0) AS found
  UNION ALL
  SELECT a.user_id::text AS user_id, true AS is_admin, found.*
  FROM unnest($3::uuid[]) AS asked (user_id) CROSS JOIN LATERAL (
    SELECT group_id, user_id FROM group_admin WHERE organization_id = $1 AND user_id = asked.user_id OFFSET 0
  ) AS a CROSS JOIN LATERAL (
    SELECT ${groupColumns} FROM user_group g WHERE g.organization_id = $1 AND g.id = a.group_id OFFSET 0) AS found`

const loadGroupAdmins = byKey(
  "a.group_id::text AS group_id, a.user_id::text AS user_id",
  "a",
  "group_admin",
  "$2::uuid[]",
  "a.group_id = asked.key"
)

const loadPasswordLinks = byKey(
  `l.token_hash, l.user_id::text AS user_id, (extract(epoch FROM l.expires_at) * 1000)::float8 AS expires_at,
     l.used_at IS NOT NULL AS used, l.void_at IS NOT NULL AS replaced, l.sent_to_key`,
  "l",
  "password_link",
  "$2::text[]",
  "l.token_hash = asked.key"
)

const loadGroupTypes = `
  SELECT id::text AS id, name, position FROM group_type WHERE organization_id = $1 ORDER BY position`

interface UserRow {
  readonly id: string
  readonly number: number
  readonly resource: string
  readonly sources: string
  readonly standing: string
  readonly manager_id: string | null
  readonly manager_name: string | null
  readonly origin: Source
  readonly version: number
  readonly created_at: number
  readonly last_modified_at: number
  readonly deleted_at: number | null
}

interface GroupRow {
  readonly id: string
  readonly number: number
  readonly display_name: string
  readonly external_id: string | null
  readonly type_id: string | null
  readonly origin: Source
  readonly version: number
  readonly created_at: number
  readonly last_modified_at: number
}

interface GroupOfUserRow extends GroupRow {
  readonly user_id: string
  readonly is_admin: boolean
}

interface GroupTypeRow {
  readonly id: string
  readonly name: string
  readonly position: number
}

interface PasswordLinkRow {
  readonly token_hash: string
  readonly user_id: string
  readonly expires_at: number
  readonly used: boolean
  readonly replaced: boolean
  readonly sent_to_key: string
}

type MembersChangedRow =
  | (GroupRow & { readonly group_id: null; readonly user_id: null })
  | ({ readonly id: null } & (MembershipRow | { readonly group_id: null; readonly user_id: string }))

interface MembershipRow {
  readonly group_id: string
  readonly user_id: string
}

// The rows below were written by this package; checking them again against a schema would cost as much as the query.
const toUser = (row: UserRow): User => ({
  id: UserId.make(row.id, unchecked),
  number: row.number,
  attributes: JSON.parse(row.resource) as JsonObject,
  sources: JSON.parse(row.sources) as User["sources"],
  ...readStanding(row.standing),
  origin: row.origin,
  version: row.version,
  createdAt: Math.round(row.created_at),
  lastModifiedAt: Math.round(row.last_modified_at),
  deletedAt: row.deleted_at === null ? undefined : Math.round(row.deleted_at)
})

const toGroup = (row: GroupRow): Group => ({
  id: GroupId.make(row.id, unchecked),
  number: row.number,
  displayName: row.display_name,
  externalId: row.external_id ?? undefined,
  type: row.type_id === null ? defaultGroupType.id : GroupTypeId.make(row.type_id, unchecked),
  origin: row.origin,
  version: row.version,
  createdAt: Math.round(row.created_at),
  lastModifiedAt: Math.round(row.last_modified_at)
})

const toPasswordLink = (row: PasswordLinkRow): StandingPasswordLink => ({
  tokenHash: row.token_hash,
  user: UserId.make(row.user_id, unchecked),
  expiresAt: row.expires_at,
  used: row.used,
  replaced: row.replaced,
  sentToKey: row.sent_to_key
})

const unchecked = { disableChecks: true }

/**
 * Loads what a batch needs by few statements, whatever the number of commands. Runs in the transaction that
 * holds the organisation's lock.
 */
export const loadNeeds = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  organization: OrganizationId,
  needs: NeedsUnion
): Effect.fn.Return<Loaded, SqlError.SqlError> {
  const query = <Row extends object>(text: string, ...params: ReadonlyArray<unknown>) =>
    sql.unsafe<Row>(text, [organization, ...params])
  const users: Array<User> = []
  const managerNames: Array<readonly [UserId, string]> = []
  const groups: Array<Group> = []
  const people: Array<UserId> = []
  const memberships: Array<readonly [GroupId, UserId]> = []
  const members: Array<readonly [GroupId, ReadonlyArray<UserId>]> = []
  const groupsOf: Array<readonly [UserId, ReadonlyArray<GroupId>]> = []
  const adminOf: Array<readonly [UserId, ReadonlyArray<GroupId>]> = []
  const groupAdmins: Array<readonly [GroupId, ReadonlyArray<UserId>]> = []
  const groupTypes: Array<GroupType> = []
  if (needs.needsPersons) {
    const params: Array<unknown> = []
    const text = peopleFound(needs, userColumns, (value) => `$${params.push(value) + 1}`)
    const rows = yield* query<UserRow>(text, ...params)
    for (const row of rows) {
      users.push(toUser(row))
      if (row.manager_id !== null && row.manager_name !== null) {
        managerNames.push([UserId.make(row.manager_id, unchecked), row.manager_name])
      }
    }
  }
  const needsNames = needs.groupNames.size > 0 || needs.groupNameKeys.size > 0 || needs.groupNearKeys.size > 0
  if (needsNames) {
    const rows = yield* query<GroupRow>(
      loadGroupsNear,
      uuids([...needs.groups]),
      texts([...needs.groupNames]),
      texts([...needs.groupNameKeys]),
      texts([...needs.groupNearKeys])
    )
    groups.push(...rows.map(toGroup))
  }
  const groupsById = needsNames ? [] : [...needs.groups]
  if (needs.people.size > 0 || needs.memberships.size > 0) {
    const asked = [...needs.memberships].flatMap(([group, ids]) => [...ids].map((id) => [group, id] as const))
    const rows = yield* query<MembersChangedRow>(
      loadMembersChanged,
      uuids(groupsById),
      uuids([...needs.people]),
      uuids(asked.map(([group]) => group)),
      uuids(asked.map(([, id]) => id))
    )
    for (const row of rows) {
      if (row.id !== null) groups.push(toGroup(row))
      else if (row.group_id === null) people.push(UserId.make(row.user_id, unchecked))
      else memberships.push(membershipOf(row))
    }
  } else if (groupsById.length > 0) {
    groups.push(...(yield* query<GroupRow>(loadGroupsById, uuids(groupsById))).map(toGroup))
  }
  if (needs.members.size > 0) {
    const rows = yield* query<MembershipRow>(loadMembers, uuids([...needs.members]))
    members.push(...collect(rows.map(membershipOf)))
  }
  if (needs.groupsOf.size > 0 || needs.adminOf.size > 0) {
    const rows = yield* query<GroupOfUserRow>(loadGroupsOf, uuids([...needs.groupsOf]), uuids([...needs.adminOf]))
    groups.push(...rows.map(toGroup))
    const pair = (row: GroupOfUserRow) =>
      [UserId.make(row.user_id, unchecked), GroupId.make(row.id, unchecked)] as const
    groupsOf.push(...collect(rows.filter((row) => !row.is_admin).map(pair)))
    adminOf.push(...collect(rows.filter((row) => row.is_admin).map(pair)))
  }
  if (needs.groupAdmins.size > 0) {
    const rows = yield* query<MembershipRow>(loadGroupAdmins, uuids([...needs.groupAdmins]))
    groupAdmins.push(...collect(rows.map(membershipOf)))
  }
  const keys = needs.keys ? (yield* Effect.orDie(decodeKeys(yield* query(liveKeysOfOrganization)))).map(toKey) : []
  const oauthClients = needs.oauthClients ? yield* readClients(sql, organization, "live") : []
  const webhooks = needs.webhooks ? yield* readEndpoints(sql, organization) : []
  if (needs.groupTypes) {
    for (const row of yield* query<GroupTypeRow>(loadGroupTypes)) {
      groupTypes.push({ id: GroupTypeId.make(row.id, unchecked), name: row.name, position: row.position })
    }
  }
  const passwordLinks =
    needs.passwordLinks.size === 0
      ? []
      : (yield* query<PasswordLinkRow>(loadPasswordLinks, texts([...needs.passwordLinks]))).map(toPasswordLink)
  const more = { groupAdmins, groupTypes, keys, oauthClients, passwordLinks, webhooks }
  return { users, managerNames, groups, people, memberships, members, groupsOf, adminOf, ...more }
})

const membershipOf = (row: MembershipRow): readonly [GroupId, UserId] => [
  GroupId.make(row.group_id, unchecked),
  UserId.make(row.user_id, unchecked)
]

const collect = <Key, Value>(pairs: ReadonlyArray<readonly [Key, Value]>): ReadonlyArray<[Key, Array<Value>]> => {
  const collected = new Map<Key, Array<Value>>()
  for (const [key, value] of pairs) {
    const values = collected.get(key)
    if (values === undefined) collected.set(key, [value])
    else values.push(value)
  }
  return [...collected]
}
