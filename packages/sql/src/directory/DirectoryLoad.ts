import type { Loaded, NeedsUnion } from "@rollcall/domain/directory/Needs"
import { type Group, GroupId } from "@rollcall/domain/group/Group"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { type Source, type User, UserId } from "@rollcall/domain/user/User"
import { Effect } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { texts, uuids } from "./ColumnArrays.ts"

const userColumns = `id::text AS id, number::float8 AS number, resource, sources::text AS sources, origin, version,
  (extract(epoch FROM created_at) * 1000)::float8 AS created_at,
  (extract(epoch FROM last_modified_at) * 1000)::float8 AS last_modified_at,
  (extract(epoch FROM deleted_at) * 1000)::float8 AS deleted_at`

const groupColumns = `g.id::text AS id, g.number::float8 AS number, g.display_name, g.external_id, g.type, g.origin, g.version,
  (extract(epoch FROM g.created_at) * 1000)::float8 AS created_at,
  (extract(epoch FROM g.last_modified_at) * 1000)::float8 AS last_modified_at`

/** One index each: an OR over three columns would leave the choice to the planner's statistics. */
const loadUsers = `
  SELECT ${userColumns} FROM user_account WHERE organization_id = $1 AND id = ANY ($2)
  UNION ALL
  SELECT ${userColumns} FROM user_account
    WHERE organization_id = $1 AND user_name_key = ANY ($3) AND living
  UNION ALL
  SELECT ${userColumns} FROM user_account WHERE organization_id = $1 AND email_key = ANY ($4) AND living
  UNION ALL
  SELECT ${userColumns} FROM user_account WHERE organization_id = $1 AND email_key = ANY ($4) AND NOT living`

const loadUsersById = `SELECT ${userColumns} FROM user_account WHERE organization_id = $1 AND id = ANY ($2)`

const loadGroups = `
  SELECT ${groupColumns} FROM user_group g WHERE g.organization_id = $1 AND g.id = ANY ($2)
  UNION ALL
  SELECT ${groupColumns} FROM user_group g WHERE g.organization_id = $1 AND g.display_name = ANY ($3)
  UNION ALL
  SELECT ${groupColumns} FROM user_group g WHERE g.organization_id = $1 AND g.display_name_key = ANY ($4)`

const loadPeople = `
  SELECT id::text AS id FROM user_account WHERE organization_id = $1 AND id = ANY ($2) AND living`

const loadMemberships = `
  SELECT m.group_id::text AS group_id, m.user_id::text AS user_id
  FROM unnest($2::uuid[], $3::uuid[]) AS asked (group_id, user_id)
  JOIN membership m ON m.organization_id = $1 AND m.group_id = asked.group_id AND m.user_id = asked.user_id`

const loadMembers = `
  SELECT group_id::text AS group_id, user_id::text AS user_id FROM membership
  WHERE organization_id = $1 AND group_id = ANY ($2)`

const loadGroupsOf = `
  SELECT m.user_id::text AS user_id, ${groupColumns}
  FROM membership m JOIN user_group g ON g.organization_id = m.organization_id AND g.id = m.group_id
  WHERE m.organization_id = $1 AND m.user_id = ANY ($2)`

interface UserRow {
  readonly id: string
  readonly number: number
  readonly resource: string
  readonly sources: string
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
  readonly type: string
  readonly origin: Source
  readonly version: number
  readonly created_at: number
  readonly last_modified_at: number
}

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
  type: row.type,
  origin: row.origin,
  version: row.version,
  createdAt: Math.round(row.created_at),
  lastModifiedAt: Math.round(row.last_modified_at)
})

const unchecked = { disableChecks: true }

/**
 * Loads what a batch needs, each kind by one statement, whatever the number of commands. Runs in the transaction that
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
  const groups: Array<Group> = []
  const people: Array<UserId> = []
  const memberships: Array<readonly [GroupId, UserId]> = []
  const members: Array<readonly [GroupId, ReadonlyArray<UserId>]> = []
  const groupsOf: Array<readonly [UserId, ReadonlyArray<GroupId>]> = []
  if (needs.userNames.size > 0 || needs.emails.size > 0) {
    const rows = yield* query<UserRow>(
      loadUsers,
      uuids([...needs.users]),
      texts([...needs.userNames]),
      texts([...needs.emails])
    )
    users.push(...rows.map(toUser))
  } else if (needs.users.size > 0) {
    users.push(...(yield* query<UserRow>(loadUsersById, uuids([...needs.users]))).map(toUser))
  }
  if (needs.groups.size > 0 || needs.groupNames.size > 0 || needs.groupNameKeys.size > 0) {
    const rows = yield* query<GroupRow>(
      loadGroups,
      uuids([...needs.groups]),
      texts([...needs.groupNames]),
      texts([...needs.groupNameKeys])
    )
    groups.push(...rows.map(toGroup))
  }
  if (needs.people.size > 0) {
    const rows = yield* query<{ readonly id: string }>(loadPeople, uuids([...needs.people]))
    people.push(...rows.map((row) => UserId.make(row.id, unchecked)))
  }
  if (needs.memberships.size > 0) {
    const asked = [...needs.memberships].flatMap(([group, ids]) => [...ids].map((id) => [group, id] as const))
    const rows = yield* query<MembershipRow>(
      loadMemberships,
      uuids(asked.map(([group]) => group)),
      uuids(asked.map(([, id]) => id))
    )
    for (const row of rows) memberships.push(membershipOf(row))
  }
  if (needs.members.size > 0) {
    const rows = yield* query<MembershipRow>(loadMembers, uuids([...needs.members]))
    members.push(...collect(rows.map(membershipOf)))
  }
  if (needs.groupsOf.size > 0) {
    const rows = yield* query<GroupRow & { readonly user_id: string }>(loadGroupsOf, uuids([...needs.groupsOf]))
    groups.push(...rows.map(toGroup))
    groupsOf.push(
      ...collect(rows.map((row) => [UserId.make(row.user_id, unchecked), GroupId.make(row.id, unchecked)] as const))
    )
  }
  return { users, groups, people, memberships, members, groupsOf }
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
