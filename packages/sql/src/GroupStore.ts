import { type Found, Groups, type ResourceQuery, type StoredGroup } from "@rollcall/domain/directory/Resources"
import { GroupId } from "@rollcall/domain/group/Group"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { parseUuid, UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { uuids } from "./directory/ColumnArrays.ts"
import { groupPlaces } from "./filter/GroupPlaces.ts"
import { ReadSql } from "./ReadSql.ts"
import { searchResources } from "./ResourceSearch.ts"
import { storeFailures } from "./SqlFailure.ts"

const columns = `g.id::text AS id, g.number::float8 AS number, g.display_name, g.external_id, g.version,
  (extract(epoch FROM g.created_at) * 1000)::float8 AS created_at,
  (extract(epoch FROM g.last_modified_at) * 1000)::float8 AS last_modified_at`

const from = "FROM user_group g WHERE g.organization_id = $1"

const findGroup = `SELECT ${columns} ${from} AND g.id = $2::uuid`

const membersOfGroups = `SELECT m.group_id::text AS group_id, m.user_id::text AS id,
    COALESCE(NULLIF(u.resource::json ->> 'displayName', ''), u.resource::json ->> 'userName') AS display
  FROM membership m JOIN user_account u ON u.organization_id = m.organization_id AND u.id = m.user_id
  WHERE m.organization_id = $1 AND m.group_id = ANY ($2::uuid[])
  ORDER BY u.number`

// Rows are trusted as the columns say, for the reasons given in UserStore.ts.
interface GroupRow {
  readonly id: string
  readonly number: number
  readonly display_name: string
  readonly external_id: string | null
  readonly version: number
  readonly created_at: number
  readonly last_modified_at: number
}

interface MemberRow {
  readonly group_id: string
  readonly id: string
  readonly display: string
}

type Members = NonNullable<StoredGroup["members"]>

const unchecked = { disableChecks: true }

const toStored = (row: GroupRow, members: Members | undefined): StoredGroup => ({
  id: GroupId.make(row.id, unchecked),
  number: row.number,
  displayName: row.display_name,
  externalId: row.external_id ?? undefined,
  version: row.version,
  createdAt: row.created_at,
  lastModifiedAt: row.last_modified_at,
  members
})

/** The members of all these groups, by one statement. */
const loadMembers = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  organization: OrganizationId,
  groups: ReadonlyArray<GroupRow>
): Effect.fn.Return<ReadonlyMap<string, Members>, SqlError.SqlError> {
  const found = new Map<string, Array<Members[number]>>()
  if (groups.length === 0) return found
  const ids = uuids(groups.map((group) => group.id))
  for (const row of yield* sql.unsafe<MemberRow>(membersOfGroups, [organization, ids])) {
    const member = { id: UserId.make(row.id, unchecked), display: row.display }
    const known = found.get(row.group_id)
    if (known === undefined) found.set(row.group_id, [member])
    else known.push(member)
  }
  return found
})

/** Reading groups in PostgreSQL; without their members the table of memberships is in no statement (R-GROUP-5). */
export const layer: Layer.Layer<Groups, never, ReadSql> = Layer.effect(
  Groups,
  Effect.gen(function* () {
    const sql = yield* ReadSql

    const withMembers = Effect.fnUntraced(function* (
      organization: OrganizationId,
      rows: ReadonlyArray<GroupRow>,
      wanted: boolean
    ) {
      if (!wanted) return rows.map((row) => toStored(row, undefined))
      const members = yield* loadMembers(sql, organization, rows)
      return rows.map((row) => toStored(row, members.get(row.id) ?? []))
    })

    const find = Effect.fnUntraced(function* (organization: OrganizationId, id: GroupId, members: boolean) {
      if (parseUuid(id) === undefined) return undefined
      const [row] = yield* sql.unsafe<GroupRow>(findGroup, [organization, id])
      if (row === undefined) return undefined
      const [stored] = yield* withMembers(organization, [row], members)
      return stored
    })

    const search = Effect.fnUntraced(function* (
      organization: OrganizationId,
      query: ResourceQuery
    ): Effect.fn.Return<Found<StoredGroup>, SqlError.SqlError> {
      const options = { baseUrl: query.baseUrl }
      const found = yield* searchResources<GroupRow>(
        sql,
        {
          columns,
          from,
          alias: "g",
          number: "g.number",
          counter: "group_count",
          places: (params) => groupPlaces(params, options)
        },
        organization,
        query
      )
      const items = yield* withMembers(organization, found.rows, query.withMembership)
      return { totalResults: found.totalResults, items, next: found.next }
    })

    return {
      find: (organization, id, members) => storeFailures("find group", find(organization, id, members)),
      search: (organization, query) => storeFailures("search groups", search(organization, query))
    }
  })
)
