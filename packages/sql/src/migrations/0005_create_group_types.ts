import { groupNearKey } from "@rollcall/domain/group/Group"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { texts, uuids } from "../directory/ColumnArrays.ts"

/**
 * Group types and group admins, which SCIM knows nothing of (R-GROUP-3), and the key by which groups of nearly one name are
 * found (R-GROUP-2). Types that were texts until now become rows.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of before) yield* sql.unsafe(statement)
  yield* fillNearKeys
  for (const statement of after) yield* sql.unsafe(statement)
})

const before = [
  // The default type is not in it: its groups have no type_id.
  `CREATE TABLE group_type (
    organization_id uuid NOT NULL REFERENCES organization (organization_id),
    id uuid NOT NULL,
    name text NOT NULL,
    position integer NOT NULL,
    PRIMARY KEY (organization_id, id)
  )`,
  `INSERT INTO group_type (organization_id, id, name, position)
   SELECT organization_id, gen_random_uuid(), type, row_number() OVER (PARTITION BY organization_id ORDER BY type)
   FROM (SELECT DISTINCT organization_id, type FROM user_group WHERE type <> 'Groups') AS used`,
  'ALTER TABLE user_group ADD COLUMN type_id uuid, ADD COLUMN display_name_near_key text COLLATE "C"',
  `UPDATE user_group g SET type_id = t.id FROM group_type t
   WHERE t.organization_id = g.organization_id AND t.name = g.type`,
  `CREATE TABLE group_admin (
    organization_id uuid NOT NULL,
    group_id uuid NOT NULL,
    user_id uuid NOT NULL,
    PRIMARY KEY (organization_id, group_id, user_id),
    FOREIGN KEY (organization_id, group_id) REFERENCES user_group (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES user_account (organization_id, id)
  )`,
  "CREATE INDEX group_admin_by_user ON group_admin (organization_id, user_id, group_id)"
]

const after = [
  `ALTER TABLE user_group
    DROP COLUMN type,
    ALTER COLUMN display_name_near_key SET NOT NULL,
    ADD FOREIGN KEY (organization_id, type_id) REFERENCES group_type (organization_id, id)`,
  "CREATE INDEX user_group_type ON user_group (organization_id, type_id) WHERE type_id IS NOT NULL",
  // In the order in which the first of a name are taken.
  "CREATE INDEX user_group_display_name_near_key ON user_group (organization_id, display_name_near_key, number)",
  ...["group_type", "group_admin"].map((table) => `ALTER TABLE ${table} ALTER COLUMN organization_id SET STATISTICS 0`)
]

/** So many groups are read and written at a time. */
const pageSize = 1_000

const firstId = "00000000-0000-0000-0000-000000000000"

const groupsAfter = `SELECT organization_id::text AS organization_id, id::text AS id, display_name FROM user_group
  WHERE (organization_id, id) > ($1::uuid, $2::uuid) ORDER BY organization_id, id LIMIT ${pageSize}`

const setNearKeys = `UPDATE user_group g SET display_name_near_key = line.near_key
  FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS line (organization_id, id, near_key)
  WHERE g.organization_id = line.organization_id AND g.id = line.id`

const decodeGroups = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ organization_id: Schema.String, id: Schema.String, display_name: Schema.String }))
)

/** The keys are the domain's: SQL does not fold names as it does. */
const fillNearKeys = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  let last = { organization_id: firstId, id: firstId }
  for (;;) {
    const rows = yield* sql.unsafe(groupsAfter, [last.organization_id, last.id])
    const groups = yield* Effect.orDie(decodeGroups(rows))
    const end = groups.at(-1)
    if (end === undefined) return
    yield* sql.unsafe(setNearKeys, [
      uuids(groups.map((group) => group.organization_id)),
      uuids(groups.map((group) => group.id)),
      texts(groups.map((group) => groupNearKey(group.display_name)))
    ])
    last = end
  }
})
