import { GroupMembers } from "@rollcall/domain/group/GroupMembers"
import { parseUuid, UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer } from "effect"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"

const firstId = "00000000-0000-0000-0000-000000000000"

const membersAfter = `SELECT m.user_id::text AS id FROM membership m
  WHERE m.organization_id = $1 AND m.group_id = $2::uuid AND m.user_id > $3::uuid ORDER BY m.user_id LIMIT $4`

const countMembers = `SELECT count(*)::float8 AS total FROM membership m
  WHERE m.organization_id = $1 AND m.group_id = $2::uuid`

/** Reading the members of a group a page at a time, in the order of the table's key. */
export const layer: Layer.Layer<GroupMembers, never, ReadSql> = Layer.effect(
  GroupMembers,
  Effect.map(ReadSql, (sql) =>
    GroupMembers.of({
      page: (organization, group, after = UserId.make(firstId), limit) =>
        [group, after].some((id) => parseUuid(id) === undefined)
          ? Effect.succeed([])
          : storeFailures(
              "read members",
              Effect.map(
                sql.unsafe<{ readonly id: string }>(membersAfter, [organization, group, after, limit]),
                (rows) => rows.map(({ id }) => UserId.make(id, { disableChecks: true }))
              )
            ),
      count: (organization, group) =>
        parseUuid(group) === undefined
          ? Effect.succeed(0)
          : storeFailures(
              "count members",
              Effect.map(
                sql.unsafe<{ readonly total: number }>(countMembers, [organization, group]),
                ([row]) => row?.total ?? 0
              )
            )
    })
  )
)
