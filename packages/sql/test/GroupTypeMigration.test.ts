import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { groupNearKey } from "@rollcall/domain/group/Group"
import { Effect, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"
import { Migrator, SqlClient } from "effect/sql"
import { createDatabase } from "../../../test/support/Postgres.ts"
import { migrate, migrations, migrationTable } from "../src/Migrations.ts"

const acme = "5a1f0c7e-0b7d-4f0e-8a55-0c0de0000001"
const halden = "5a1f0c7e-0b7d-4f0e-8a55-0c0de0000002"

const organizations = `INSERT INTO organization (organization_id, subdomain, name, time_zone, single_sign_on, scim_enabled,
    settings, created_at)
  SELECT id, subdomain, subdomain, 'UTC', '{}', true, '{}', now()
  FROM (VALUES ('${acme}'::uuid, 'acme'), ('${halden}'::uuid, 'halden')) AS line (id, subdomain)`

/** More than the migration takes at a time, in two organisations; every third has a type that an admin gave it. */
const groups = `INSERT INTO user_group (organization_id, id, number, display_name, display_name_key, type, origin, version,
    created_at, last_modified_at)
  SELECT organization_id::uuid, gen_random_uuid(), n, 'Sales Team ' || n, 'sales team ' || n,
    CASE n % 3 WHEN 0 THEN 'Teams' ELSE 'Groups' END, 'scim', 7, now(), now()
  FROM generate_series(1, 1500) AS n, unnest(ARRAY['${acme}', '${halden}']) AS organization_id
  WHERE organization_id = '${acme}' OR n <= 2`

describe("the migration to group types", () => {
  it.effect("makes a type of every text that was one, in each organisation, and gives every name its key", () =>
    Effect.gen(function* () {
      const database = yield* Effect.acquireRelease(Effect.promise(createDatabase), (made) => Effect.promise(made.drop))
      const sql = yield* PgClient.makeClient({ url: Redacted.make(database.url) }).pipe(
        Effect.provide(Reactivity.layer)
      )
      const provide = Effect.provideService(SqlClient.SqlClient, sql)
      const earlier = Object.fromEntries(Object.entries(migrations).slice(0, 4))
      yield* Migrator.make({})({ loader: Migrator.fromRecord(earlier), table: migrationTable }).pipe(provide)
      yield* sql.unsafe(organizations)
      yield* sql.unsafe(groups)
      const { done } = yield* migrate.pipe(provide)
      assert.strictEqual(done[0], "0005_create_group_types")
      const types = yield* sql.unsafe("SELECT organization_id::text AS organization, name, position FROM group_type")
      assert.deepStrictEqual(types, [{ organization: acme, name: "Teams", position: 1 }])
      const counts = yield* sql.unsafe(`SELECT g.organization_id::text AS organization, t.name, count(*)::int AS count
        FROM user_group g LEFT JOIN group_type t ON t.organization_id = g.organization_id AND t.id = g.type_id
        GROUP BY 1, 2 ORDER BY 1, 2 NULLS FIRST`)
      assert.deepStrictEqual(counts, [
        { organization: acme, name: null, count: 1000 },
        { organization: acme, name: "Teams", count: 500 },
        { organization: halden, name: null, count: 2 }
      ])
      const names = yield* sql.unsafe<{
        readonly display_name: string
        readonly key: string
        readonly version: number
      }>("SELECT display_name, display_name_near_key AS key, version FROM user_group")
      for (const { display_name, key, version } of names) {
        assert.deepStrictEqual([key, version], [groupNearKey(display_name), 7])
      }
    })
  )
})
