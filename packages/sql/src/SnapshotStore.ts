import {
  DirectorySnapshot,
  pairItems,
  readPlace,
  type SnapshotPlace,
  snapshotPage
} from "@rollcall/domain/events/DirectorySnapshot"
import { type FeedReach, reachFault } from "@rollcall/domain/events/EventCursor"
import { groupState, userState } from "@rollcall/domain/events/EventState"
import { GroupId } from "@rollcall/domain/group/Group"
import { defaultGroupType, GroupTypeId } from "@rollcall/domain/group/GroupType"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer } from "effect"
import { readStanding } from "./directory/StandingText.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"

const readReach = `
  SELECT event_floor::float8 AS floor, event_sequence::float8 AS head FROM organization WHERE organization_id = $1`

const groupTypes = "SELECT id::text AS id, name, position FROM group_type WHERE organization_id = $1 ORDER BY position"

const users = `
  SELECT id::text AS id, number::float8 AS number, resource, standing, version FROM user_account
  WHERE organization_id = $1 AND living AND number > $2::bigint ORDER BY number LIMIT $3::bigint`

const groups = `
  SELECT id::text AS id, number::float8 AS number, display_name, external_id, type_id::text AS type_id, version
  FROM user_group WHERE organization_id = $1 AND number > $2::bigint ORDER BY number LIMIT $3::bigint`

const pairsOf = (table: "membership" | "group_admin") => `
  SELECT group_id::text AS group_id, user_id::text AS user_id FROM ${table}
  WHERE organization_id = $1 AND (group_id, user_id) > ($2::uuid, $3::uuid)
  ORDER BY group_id, user_id LIMIT $4::bigint`

// Rows are trusted as the columns say, for the reasons given in UserStore.ts.
interface TypeRow {
  readonly id: string
  readonly name: string
  readonly position: number
}

interface UserRow {
  readonly id: string
  readonly number: number
  readonly resource: string
  readonly standing: string
  readonly version: number
}

interface GroupRow {
  readonly id: string
  readonly number: number
  readonly display_name: string
  readonly external_id: string | null
  readonly type_id: string | null
  readonly version: number
}

interface PairRow {
  readonly group_id: string
  readonly user_id: string
}

const unchecked = { disableChecks: true }
const typeId = (id: string | null) => (id === null ? defaultGroupType.id : GroupTypeId.make(id, unchecked))

/** Before every id. */
const nobody = "00000000-0000-0000-0000-000000000000"

type Found = Parameters<typeof snapshotPage>[2]

/**
 * Snapshots in PostgreSQL. Reads take no lock; the counter is read in a statement of its own before the first page, so
 * every event up to it is in what the pages show.
 */
export const layer = ({ extensionUrn }: ResourceTypes): Layer.Layer<DirectorySnapshot, never, ReadSql> =>
  Layer.effect(
    DirectorySnapshot,
    Effect.map(ReadSql, (sql) => {
      const toUser = ({ id, number, resource, standing, version }: UserRow) =>
        userState(extensionUrn, {
          id: UserId.make(id, unchecked),
          number,
          attributes: JSON.parse(resource) as JsonObject,
          ...readStanding(standing),
          version,
          deletedAt: undefined
        })

      const found = <Row>(rows: ReadonlyArray<Row>, limit: number, key: (row: Row) => string): Omit<Found, "items"> => {
        const last = rows.at(-1)
        return { lastKey: last === undefined ? "" : key(last), full: rows.length === limit }
      }

      const pairs = Effect.fnUntraced(function* (
        organization: OrganizationId,
        kind: "members" | "admins",
        key: string,
        limit: number
      ) {
        const [group = nobody, user = nobody] = key === "" ? [] : key.split(" ")
        const text = pairsOf(kind === "members" ? "membership" : "group_admin")
        const rows = yield* sql.unsafe<PairRow>(text, [organization, group, user, limit])
        const items = pairItems(
          kind,
          rows.map((row) => [GroupId.make(row.group_id, unchecked), UserId.make(row.user_id, unchecked)] as const)
        )
        return { items, ...found(rows, limit, (row) => `${row.group_id} ${row.user_id}`) }
      })

      const find = Effect.fnUntraced(function* (
        organization: OrganizationId,
        { key, section }: SnapshotPlace,
        limit: number
      ) {
        switch (section) {
          case "groupTypes": {
            const rows = yield* sql.unsafe<TypeRow>(groupTypes, [organization])
            const types = [defaultGroupType, ...rows.map((row) => ({ ...row, id: typeId(row.id) }))]
            const items = types.map((groupType) => ({ kind: "groupType", groupType }) as const)
            return { items, lastKey: "", full: false }
          }
          case "users": {
            const rows = yield* sql.unsafe<UserRow>(users, [organization, Number(key), limit])
            const items = rows.map((row) => ({ kind: "user", user: toUser(row) }) as const)
            return { items, ...found(rows, limit, (row) => String(row.number)) }
          }
          case "groups": {
            const rows = yield* sql.unsafe<GroupRow>(groups, [organization, Number(key), limit])
            const items = rows.map((row) => {
              const { display_name: displayName, external_id, id, type_id, version } = row
              const externalId = external_id ?? undefined
              const group = { id: GroupId.make(id, unchecked), version, displayName, externalId, type: typeId(type_id) }
              return { kind: "group", group: groupState(group) } as const
            })
            return { items, ...found(rows, limit, (row) => String(row.number)) }
          }
          case "members":
          case "admins":
            return yield* pairs(organization, section, key, limit)
        }
      })

      const page = Effect.fnUntraced(function* (
        organization: OrganizationId,
        after: string | undefined,
        limit: number
      ) {
        const asked = after === undefined ? undefined : yield* Effect.fromResult(readPlace(organization, after))
        const [reach = { floor: 0, head: 0 }] = yield* sql.unsafe<FeedReach>(readReach, [organization])
        const place: SnapshotPlace = asked ?? { sequence: reach.head, section: "groupTypes", key: "" }
        const fault = reachFault(reach, place.sequence)
        if (fault !== undefined) return yield* fault
        return snapshotPage(organization, place, yield* find(organization, place, limit))
      })

      return DirectorySnapshot.of({
        page: (organization, after, limit) =>
          storeFailures("read a snapshot of the directory", page(organization, after, limit))
      })
    })
  )
