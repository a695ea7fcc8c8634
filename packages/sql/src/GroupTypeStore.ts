import { GroupId } from "@rollcall/domain/group/Group"
import { defaultGroupType, GroupTypeId } from "@rollcall/domain/group/GroupType"
import { type AdministeredGroup, type CountedGroupType, GroupTypes } from "@rollcall/domain/group/GroupTypes"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { parseUuid, UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer } from "effect"
import { uuids } from "./directory/ColumnArrays.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"

// Whatever is of no type of its own is of the default one: the organisation knows how many groups it has.
const listTypes = `
  SELECT t.id::text AS id, t.name, t.position, (
    SELECT count(*) FROM user_group g WHERE g.organization_id = $1 AND g.type_id = t.id)::float8 AS group_count
  FROM group_type t WHERE t.organization_id = $1
  UNION ALL
  SELECT NULL, '', 0, o.group_count::float8 - (
    SELECT count(*) FROM user_group g WHERE g.organization_id = $1 AND g.type_id IS NOT NULL)::float8
  FROM organization o WHERE o.organization_id = $1
  ORDER BY position`

const administeredGroups = `
  SELECT g.id::text AS id, g.display_name, g.type_id::text AS type_id, u.id::text AS user_id,
    COALESCE(NULLIF(u.resource::json ->> 'displayName', ''), u.resource::json ->> 'userName') AS display
  FROM user_group g
  LEFT JOIN group_admin a ON a.organization_id = g.organization_id AND a.group_id = g.id
  LEFT JOIN user_account u ON u.organization_id = a.organization_id AND u.id = a.user_id
  WHERE g.organization_id = $1 AND g.id = ANY ($2::uuid[])
  ORDER BY g.number, u.number`

const groupsOfAdmin = `
  SELECT g.id::text AS id, g.display_name FROM group_admin a
  JOIN user_group g ON g.organization_id = a.organization_id AND g.id = a.group_id
  WHERE a.organization_id = $1 AND a.user_id = $2::uuid ORDER BY g.display_name`

// Rows are trusted as the columns say, for the reasons given in UserStore.ts.
interface TypeRow {
  readonly id: string | null
  readonly name: string
  readonly position: number
  readonly group_count: number
}

interface AdministeredRow {
  readonly id: string
  readonly display_name: string
  readonly type_id: string | null
  readonly user_id: string | null
  readonly display: string | null
}

const unchecked = { disableChecks: true }

const toType = (row: TypeRow): CountedGroupType =>
  row.id === null
    ? { ...defaultGroupType, groupCount: row.group_count }
    : {
        id: GroupTypeId.make(row.id, unchecked),
        name: row.name,
        position: row.position,
        groupCount: row.group_count
      }

/** One row for each admin, and one for a group that has none. */
const toGroups = (rows: ReadonlyArray<AdministeredRow>): ReadonlyArray<AdministeredGroup> => {
  const groups = new Map<string, AdministeredGroup & { admins: Array<AdministeredGroup["admins"][number]> }>()
  for (const row of rows) {
    const group = groups.get(row.id) ?? {
      id: GroupId.make(row.id, unchecked),
      displayName: row.display_name,
      type: row.type_id === null ? defaultGroupType.id : GroupTypeId.make(row.type_id, unchecked),
      admins: []
    }
    groups.set(row.id, group)
    if (row.user_id !== null) group.admins.push({ id: UserId.make(row.user_id, unchecked), display: row.display ?? "" })
  }
  return [...groups.values()]
}

/** Reading group types and group admins in PostgreSQL. */
export const layer: Layer.Layer<GroupTypes, never, ReadSql> = Layer.effect(
  GroupTypes,
  Effect.map(ReadSql, (sql) => {
    const query = <Row extends object>(text: string, organization: OrganizationId, ...params: ReadonlyArray<unknown>) =>
      sql.unsafe<Row>(text, [organization, ...params])
    return GroupTypes.of({
      list: (organization) =>
        storeFailures(
          "list group types",
          Effect.map(query<TypeRow>(listTypes, organization), (rows) =>
            rows.length === 0 ? [{ ...defaultGroupType, groupCount: 0 }] : rows.map(toType)
          )
        ),
      administered: (organization, ids) =>
        storeFailures(
          "read group admins",
          Effect.map(
            query<AdministeredRow>(
              administeredGroups,
              organization,
              uuids(ids.filter((id) => parseUuid(id) !== undefined))
            ),
            toGroups
          )
        ),
      adminOf: (organization, user) =>
        storeFailures(
          "find groups of an admin",
          parseUuid(user) === undefined
            ? Effect.succeed([])
            : Effect.map(
                query<{ readonly id: string; readonly display_name: string }>(groupsOfAdmin, organization, user),
                (rows) => rows.map((row) => ({ id: GroupId.make(row.id, unchecked), displayName: row.display_name }))
              )
        )
    })
  })
)
