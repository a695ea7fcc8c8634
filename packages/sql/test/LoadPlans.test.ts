import { PgTypes } from "@effect/sql-pg"
import { assert, layer as suite } from "@effect/vitest"
import { NeedsUnion } from "@rollcall/domain/directory/Needs"
import { GroupId } from "@rollcall/domain/group/Group"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { presets } from "@rollcall/domain/organization/Settings"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer } from "effect"
import { loadNeeds } from "../src/directory/DirectoryLoad.ts"
import { ReadSql } from "../src/ReadSql.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { layerPostgres } from "./BothDatabases.ts"
import { type Sent, SentStatements, spied } from "./SpiedReads.ts"

const small = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000011")
const large = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000012")
const personId = (n: number) => UserId.make(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`)
const groupId = (n: number) => GroupId.make(`00000000-0000-4000-9000-${String(n).padStart(12, "0")}`)

/** So many people, each with the one before as manager, in groups of 5, each the admin of their group; all by `$2`. */
const fill = [
  `INSERT INTO user_account (organization_id, id, number, resource, search, sources, origin, user_name_key, email_key,
     external_id, display_name_key, employee_number_key, version, created_at, last_modified_at, manager_id)
   SELECT $1::uuid, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, n,
     json_build_object('userName', 'user' || n, 'title', repeat('x', 400))::text, '{}', '{}', 'scim', 'user' || n,
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
const situations = {
  "before statistics": Effect.void,
  "with statistics of a tenth of them": Effect.andThen(
    add(small, 500),
    Effect.flatMap(WriteSql, (sql) => sql.unsafe("VACUUM ANALYZE"))
  )
}

const arrange = (before: Effect.Effect<unknown, unknown, WriteSql>) =>
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

/** A parameter as a literal: a scalar, or an array of names and numbers. */
const literal = (param: unknown): string => {
  const value = PgTypes.isParameter(param) ? param.value : param
  return `'${Array.isArray(value) ? `{${value.map((element) => `"${element}"`).join(",")}}` : String(value)}'`
}

/** The rows that a statement reads by the plan that is kept for all values of its parameters. */
const rowsOfKeptPlan = ({ params, text }: Sent) =>
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

const needsOf = (fill: (needs: NeedsUnion) => void): NeedsUnion => {
  const needs = new NeedsUnion()
  fill(needs)
  return needs
}

const lookUps: Readonly<Record<string, NeedsUnion>> = {
  "new people": needsOf((needs) =>
    needs.add({
      userNames: ["user7", "new"],
      emails: ["user7@halden.example", "new@halden.example"],
      numbers: [7],
      employeeNumbers: ["e7"],
      waiting: ["boss7", "boss8"],
      waitingNumbers: [1_000_007, 1_000_009]
    })
  ),
  "people and whom they report to": needsOf((needs) =>
    needs.add({ users: [personId(7), personId(4_000)], reportsOf: [personId(500)], chainsOf: [personId(4_000)] })
  ),
  "an addition of members": needsOf((needs) =>
    needs.add({
      groups: [groupId(7)],
      people: [personId(7), personId(8)],
      memberships: [[groupId(7), [personId(6), personId(8)]]]
    })
  ),
  "groups by name": needsOf((needs) =>
    needs.add({ groups: [groupId(7)], groupNames: ["Group 8"], groupNameKeys: ["group 9"], groupNearKeys: ["group10"] })
  ),
  "groups with all members and admins": needsOf((needs) =>
    needs.add({ groups: [groupId(7)], members: [groupId(7)], groupAdmins: [groupId(7)] })
  ),
  "the groups of people": needsOf((needs) => needs.add({ groupsOf: [personId(7)], adminOf: [personId(8)] }))
}

/** No look-up here is about more than a few dozen rows; an organisation has thousands of each kind. */
const most = 100

for (const [name, before] of Object.entries(situations)) {
  const layer = Layer.effectDiscard(Effect.orDie(arrange(before))).pipe(
    Layer.provideMerge(spied(Layer.fresh(layerPostgres)))
  )
  suite(layer, { timeout: "120 seconds" })(`look-ups of a batch among 5,000 people ${name} (PostgreSQL 15)`, (it) => {
    for (const [what, needs] of Object.entries(lookUps)) {
      it.effect(`${what} are found without reading the organisation, by the plan that is kept`, () =>
        Effect.gen(function* () {
          const sent = yield* SentStatements
          yield* sent.take
          const loaded = yield* loadNeeds(yield* ReadSql, large, needs)
          assert.isAbove(Object.values(loaded).flat().length, 0)
          for (const statement of yield* sent.take) {
            const { plan, rows } = yield* rowsOfKeptPlan(statement)
            assert.isAbove(rows, 0, plan)
            assert.isBelow(rows, most, `${statement.text}\n${plan}`)
          }
        })
      )
    }

    it.effect("what an addition of members is about is one round trip", () =>
      Effect.gen(function* () {
        const sent = yield* SentStatements
        yield* sent.take
        const needs = lookUps["an addition of members"] ?? new NeedsUnion()
        const { groups, memberships, people } = yield* loadNeeds(yield* ReadSql, large, needs)
        assert.lengthOf(yield* sent.take, 1)
        assert.deepStrictEqual(
          groups?.map(({ displayName, id }) => [id, displayName]),
          [[groupId(7), "Group 7"]]
        )
        assert.deepStrictEqual(new Set(people), new Set([personId(7), personId(8)]))
        assert.deepStrictEqual(memberships, [[groupId(7), personId(6)]])
      })
    )
  })
}
