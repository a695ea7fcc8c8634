import { type Found, type ResourceQuery, type StoredUser, Users } from "@rollcall/domain/directory/Resources"
import { GroupId } from "@rollcall/domain/group/Group"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { parseUuid, UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { uuids } from "./directory/ColumnArrays.ts"
import { userPlaces } from "./filter/UserPlaces.ts"
import { ReadSql } from "./ReadSql.ts"
import { searchResources } from "./ResourceSearch.ts"
import { storeFailures } from "./SqlFailure.ts"
import { type LookupStatement, makeUserLookup, userNameAskedFor } from "./UserLookup.ts"

const columns = `u.id::text AS id, u.number::float8 AS number, u.resource, u.version,
  (extract(epoch FROM u.created_at) * 1000)::float8 AS created_at,
  (extract(epoch FROM u.last_modified_at) * 1000)::float8 AS last_modified_at,
  CASE WHEN u.manager_pending IS NULL THEN u.manager_id::text END AS manager_id`

const from = "FROM user_account u WHERE u.organization_id = $1 AND u.living"

/** Rows of people with the names of their managers who live; nobody else is looked for. */
const withManagers = (rows: string): string =>
  `SELECT found.*, CASE WHEN found.manager_id IS NOT NULL THEN (
     SELECT COALESCE(NULLIF(m.resource::json ->> 'displayName', ''), m.resource::json ->> 'userName')
     FROM user_account m WHERE m.organization_id = $1 AND m.id = found.manager_id::uuid AND m.living
   ) END AS manager_name FROM (${rows}) AS found`

const lookup = (key: string, condition: string): string =>
  withManagers(`SELECT ${key} AS lookup_key, ${columns} ${from} AND ${condition}`)

const lookups: LookupStatement = {
  id: { one: lookup("u.id::text", "u.id = $2::uuid"), many: lookup("u.id::text", "u.id = ANY ($2::uuid[])") },
  user_name_key: {
    one: lookup("u.user_name_key", "u.user_name_key = $2::text"),
    many: lookup("u.user_name_key", "u.user_name_key = ANY ($2::text[])")
  }
}

const groupsOfUsers = `SELECT m.user_id::text AS user_id, g.id::text AS id, g.display_name
  FROM membership m JOIN user_group g ON g.organization_id = m.organization_id AND g.id = m.group_id
  WHERE m.organization_id = $1 AND m.user_id = ANY ($2::uuid[])
  ORDER BY g.display_name`

/*
 * The rows of this file are trusted as the columns say: this package wrote them, the text of the statement fixes their
 * types, and decoding a page of a thousand people by a schema would take longer than finding it.
 */
interface UserRow {
  readonly id: string
  readonly number: number
  readonly resource: string
  readonly version: number
  readonly created_at: number
  readonly last_modified_at: number
  readonly manager_id: string | null
  readonly manager_name: string | null
}

interface GroupOfUserRow {
  readonly user_id: string
  readonly id: string
  readonly display_name: string
}

type GroupsOfUser = NonNullable<StoredUser["groups"]>

const unchecked = { disableChecks: true }

const toStored = (row: UserRow, groups: GroupsOfUser | undefined): StoredUser => ({
  id: UserId.make(row.id, unchecked),
  number: row.number,
  json: row.resource,
  version: row.version,
  createdAt: row.created_at,
  lastModifiedAt: row.last_modified_at,
  groups,
  manager:
    row.manager_id === null || row.manager_name === null
      ? undefined
      : { id: UserId.make(row.manager_id, unchecked), displayName: row.manager_name }
})

/** The groups of all these people, by one statement. */
const loadGroups = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  organization: OrganizationId,
  users: ReadonlyArray<UserRow>
): Effect.fn.Return<ReadonlyMap<string, GroupsOfUser>, SqlError.SqlError> {
  const found = new Map<string, Array<GroupsOfUser[number]>>()
  if (users.length === 0) return found
  const ids = uuids(users.map((user) => user.id))
  for (const row of yield* sql.unsafe<GroupOfUserRow>(groupsOfUsers, [organization, ids])) {
    const group = { id: GroupId.make(row.id, unchecked), displayName: row.display_name }
    const known = found.get(row.user_id)
    if (known === undefined) found.set(row.user_id, [group])
    else known.push(group)
  }
  return found
})

/** Reading people in PostgreSQL, a server's or the embedded one. */
export const layer = (resourceTypes: ResourceTypes): Layer.Layer<Users, never, ReadSql> =>
  Layer.effect(
    Users,
    Effect.gen(function* () {
      const sql = yield* ReadSql
      const lookUp = makeUserLookup<UserRow & { readonly lookup_key: string }>(sql, lookups)

      const withGroups = Effect.fnUntraced(function* (
        organization: OrganizationId,
        rows: ReadonlyArray<UserRow>,
        wanted: boolean
      ) {
        if (!wanted) return rows.map((row) => toStored(row, undefined))
        const groups = yield* loadGroups(sql, organization, rows)
        return rows.map((row) => toStored(row, groups.get(row.id) ?? []))
      })

      const find = Effect.fnUntraced(function* (organization: OrganizationId, id: UserId, groups: boolean) {
        if (parseUuid(id) === undefined) return undefined
        const row = yield* lookUp(organization, "id", id)
        if (row === undefined) return undefined
        if (!groups) return toStored(row, undefined)
        const [stored] = yield* withGroups(organization, [row], groups)
        return stored
      })

      const search = Effect.fnUntraced(function* (
        organization: OrganizationId,
        query: ResourceQuery
      ): Effect.fn.Return<Found<StoredUser>, SqlError.SqlError> {
        const userName = userNameAskedFor(query)
        if (userName !== undefined) {
          const row = yield* lookUp(organization, "user_name_key", userName)
          const items = yield* withGroups(organization, row === undefined ? [] : [row], query.withMembership)
          return { totalResults: items.length, items, next: undefined }
        }
        const options = { extensionUrn: resourceTypes.extensionUrn, baseUrl: query.baseUrl }
        const found = yield* searchResources<UserRow>(
          sql,
          {
            columns,
            from,
            alias: "u",
            number: "u.number",
            counter: "user_count",
            places: (params) => userPlaces(params, options),
            extend: withManagers
          },
          organization,
          query
        )
        const items = yield* withGroups(organization, found.rows, query.withMembership)
        return { totalResults: found.totalResults, items, next: found.next }
      })

      return {
        find: (organization, id, groups) => storeFailures("find user", find(organization, id, groups)),
        search: (organization, query) => storeFailures("search users", search(organization, query))
      }
    })
  )
