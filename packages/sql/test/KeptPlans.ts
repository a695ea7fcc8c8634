import { PgTypes } from "@effect/sql-pg"
import { GroupId } from "@rollcall/domain/group/Group"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { presets } from "@rollcall/domain/organization/Settings"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect } from "effect"
import { WriteSql } from "../src/WriteSql.ts"
import type { Sent } from "./SpiedReads.ts"

const small = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000011")
export const large = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000012")
export const personId = (n: number) => UserId.make(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`)
export const groupId = (n: number) => GroupId.make(`00000000-0000-4000-9000-${String(n).padStart(12, "0")}`)

/** So many people, each with the one before as manager, in groups of 5, each the admin of their group; all by `$2`. */
const fill = [
  `INSERT INTO user_account (organization_id, id, number, resource, search, sources, origin, user_name_key, email_key,
     external_id, display_name_key, employee_number_key, version, created_at, last_modified_at, manager_id)
   SELECT $1::uuid, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, n,
     json_build_object('userName', 'user' || n, 'externalId', 'x-' || n, 'displayName', 'Person ' || n,
       'emails', json_build_array(json_build_object('value', 'user' || n || '@halden.example', 'primary', true)),
       'title', repeat('x', 400),
       'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', json_build_object('employeeNumber', 'E' || n))::text,
     '{}', '{}', 'scim', 'user' || n,
     'user' || n || '@halden.example', 'x-' || n, 'person ' || n, 'e' || n, 1, now(), now(),
     ('00000000-0000-4000-8000-' || lpad((n / 8)::text, 12, '0'))::uuid
   FROM generate_series(1, $2::int) AS n`,
  `INSERT INTO user_group (organization_id, id, number, display_name, display_name_key, display_name_near_key,
     external_id, origin, version, created_at, last_modified_at)
   SELECT $1::uuid, ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid, n, 'Group ' || n, 'group ' || n,
     'group' || n, 'g-' || n, 'scim', 1, now(), now() FROM generate_series(1, $2::int / 5) AS n`,
  ...["membership", "group_admin"].map(
    (table) => `INSERT INTO ${table} (organization_id, group_id, user_id)
     SELECT $1::uuid, ('00000000-0000-4000-9000-' || lpad((n % ($2::int / 5) + 1)::text, 12, '0'))::uuid,
       ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid FROM generate_series(1, $2::int) AS n`
  ),
  `INSERT INTO manager_reference (organization_id, reference_key, reference_number, user_id)
   SELECT $1::uuid, 'boss' || n, 1000000 + n, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid
   FROM generate_series(1, $2::int) AS n`
]

const add = Effect.fnUntraced(function* (organization: OrganizationId, people: number) {
  const sql = yield* WriteSql
  yield* sql.unsafe(
    `INSERT INTO organization (organization_id, subdomain, name, time_zone, single_sign_on, scim_enabled, settings,
       created_at) SELECT $1::uuid, $1::text, 'Acme', 'UTC', '{}', true, $2::jsonb, now()`,
    [organization, JSON.stringify(presets.rfc)]
  )
  for (const text of fill) yield* sql.unsafe(text, [organization, people])
})

/** What the planner takes for the size of an organisation: what it knows is of a small one, or nothing at all. */
export const situations = {
  "before statistics": Effect.void,
  "with statistics of a tenth of them": Effect.andThen(
    add(small, 500),
    Effect.flatMap(WriteSql, (sql) => sql.unsafe("VACUUM ANALYZE"))
  )
}

export const arrange = (before: Effect.Effect<unknown, unknown, WriteSql>) =>
  Effect.gen(function* () {
    const sql = yield* WriteSql
    for (const table of ["user_account", "user_group", "membership", "group_admin", "manager_reference"]) {
      yield* sql.unsafe(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`)
    }
    yield* before
    yield* add(large, 5_000)
  })

interface Plan {
  readonly "Actual Rows"?: number
  readonly "Actual Loops"?: number
  readonly "Rows Removed by Filter"?: number
  readonly "Rows Removed by Index Recheck"?: number
  readonly "Relation Name"?: string
  readonly Plans?: ReadonlyArray<Plan>
}

/** The rows of tables that a plan has read, passed on or not. */
const rowsRead = (plan: Plan): number => {
  const loops = plan["Actual Loops"] ?? 0
  const each =
    plan["Relation Name"] === undefined
      ? 0
      : (plan["Actual Rows"] ?? 0) +
        (plan["Rows Removed by Filter"] ?? 0) +
        (plan["Rows Removed by Index Recheck"] ?? 0)
  return (plan.Plans ?? []).reduce((sum, inner) => sum + rowsRead(inner), each * loops)
}

/** A parameter as a literal: a scalar, or an array of scalars. */
const literal = (param: unknown): string => {
  const value = PgTypes.isParameter(param) ? param.value : param
  const element = (each: unknown) => (each === null ? "NULL" : JSON.stringify(String(each)))
  const text = Array.isArray(value) ? `{${value.map(element).join(",")}}` : String(value)
  return `'${text.replaceAll("'", "''")}'`
}

/** The rows that a statement reads by the plan that is kept for all values of its parameters. */
export const rowsOfKeptPlan = ({ params, text }: Sent) =>
  Effect.gen(function* () {
    const sql = yield* WriteSql
    const results = yield* sql.withTransaction(
      Effect.forEach(
        [
          "SET LOCAL plan_cache_mode = force_generic_plan",
          `PREPARE kept AS ${text}`,
          `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE kept (${params.map(literal).join(", ")})`,
          "DEALLOCATE kept"
        ],
        (command) => sql.unsafe<{ readonly "QUERY PLAN": ReadonlyArray<{ readonly Plan: Plan }> }>(command).unprepared
      )
    )
    const row = results[2]?.[0]
    return { rows: rowsRead(row?.["QUERY PLAN"][0]?.Plan ?? {}), plan: JSON.stringify(row) }
  })
