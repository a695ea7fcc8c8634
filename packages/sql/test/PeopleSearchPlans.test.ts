import { assert, layer as suite } from "@effect/vitest"
import { GroupId } from "@rollcall/domain/group/Group"
import { GroupMembers } from "@rollcall/domain/group/GroupMembers"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { PeopleSearch } from "@rollcall/domain/user/PeopleSearch"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer } from "effect"
import { layer as groupMemberStore } from "../src/GroupMemberStore.ts"
import { layer as peopleSearchStore } from "../src/PeopleSearchStore.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { layerPostgres } from "./BothDatabases.ts"
import { SentStatements, spied } from "./SpiedReads.ts"

const known = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000001")
const fresh = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000002")
const group = GroupId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000003")

/** 8,000 people of 100 given names, half of them with one employee number, all of them in one group. */
const fill = [
  `INSERT INTO organization (organization_id, subdomain, name, time_zone, single_sign_on, scim_enabled, settings,
     created_at, user_count) SELECT $1::uuid, $1::text, 'Acme', 'UTC', '{}', true, '{}', now(), 8000`,
  `INSERT INTO user_account (organization_id, id, number, resource, search, sources, origin, user_name_key,
     display_name_key, employee_number_key, version, created_at, last_modified_at)
   SELECT $1::uuid, gen_random_uuid(), n, '{}',
     json_build_object('name', json_build_object('givenName', 'g' || n % 100, 'familyName', 'f' || n))::jsonb, '{}', 'scim',
     'u' || n, 'd' || n, CASE WHEN n % 2 = 0 THEN '0' ELSE 'e' || n END, 1, now(), now()
   FROM generate_series(1, 8000) AS n`,
  "INSERT INTO user_email SELECT organization_id, user_name_key || '@x', id FROM user_account WHERE organization_id = $1::uuid",
  `INSERT INTO user_group (organization_id, id, number, display_name, display_name_key, display_name_near_key, origin, version,
     created_at, last_modified_at) SELECT $1::uuid, '${group}', 1, 'All', 'all', 'all', 'scim', 1, now(), now()`,
  `INSERT INTO membership SELECT organization_id, '${group}', id FROM user_account WHERE organization_id = $1::uuid`
]

/** As for filters: nothing is known of the table yet, all is, or all but of this organisation. */
const situations = {
  "before statistics": { filled: [known], analysed: false, asked: known },
  "with statistics": { filled: [known, fresh], analysed: true, asked: known },
  "for an organisation newer than the statistics": { filled: [known], analysed: true, asked: fresh }
} as const
type Situation = (typeof situations)[keyof typeof situations]

const arrange = ({ analysed, asked, filled }: Situation) =>
  Effect.gen(function* () {
    const sql = yield* WriteSql
    const add = (id: OrganizationId) => Effect.forEach(fill, (text) => sql.unsafe(text, [id]))
    for (const table of ["user_account", "user_email", "membership"]) {
      yield* sql.unsafe(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`)
    }
    for (const id of filled) yield* add(id)
    if (analysed) yield* sql.unsafe("VACUUM ANALYZE")
    if (!filled.some((id) => id === asked)) yield* add(asked)
  })

const layerOf = (situation: Situation) =>
  Layer.effectDiscard(Effect.orDie(arrange(situation))).pipe(
    Layer.provideMerge(Layer.merge(peopleSearchStore, groupMemberStore)),
    Layer.provideMerge(spied(Layer.fresh(layerPostgres)))
  )

/** How PostgreSQL carried out what an effect sent, planned for these values and for any, and what it answered. */
const carriedOut = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const sent = yield* SentStatements
    const sql = yield* WriteSql
    yield* sent.take
    const answer = yield* effect
    const plans: Array<string> = []
    for (const { params, text } of yield* sent.take) {
      for (const mode of ["force_custom_plan", "force_generic_plan"]) {
        const rows = yield* sql.withTransaction(
          Effect.gen(function* () {
            yield* sql.unsafe(`SET LOCAL plan_cache_mode = ${mode}`).unprepared
            return yield* sql.unsafe<{ readonly "QUERY PLAN": string }>(
              `EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) ${text}`,
              params
            )
          })
        )
        plans.push(rows.map((row) => row["QUERY PLAN"]).join("\n"))
      }
    }
    return { answer, plans }
  })

/** Each index is walked from where the key begins, and no more rows come out of it than are asked for. */
const assertWalked = (plan: string, indexes: Readonly<Record<string, string>>, most: number) => {
  assert.notMatch(plan, /Seq Scan|Sort/, plan)
  for (const [index, condition] of Object.entries(indexes)) {
    assert.match(
      plan,
      new RegExp(`Index (Only )?Scan using ${index}\\b[^\\n]*\\n\\s*Index Cond: [^\\n]*${condition}`),
      plan
    )
  }
  const scanned = [...plan.matchAll(/Index (?:Only )?Scan .*actual rows=(\d+)/g)].map(([, rows]) => Number(rows))
  assert.isAbove(scanned.length, 0, plan)
  for (const rows of scanned) assert.isAtMost(rows, most, plan)
  assert.notMatch(plan, /Rows Removed by Filter/, plan)
}

const searched = {
  user_account_user_name: "user_name_key >= ",
  user_email_pkey: "email_key >= ",
  user_account_employee_number: "employee_number_key >= ",
  user_account_display_name: "display_name_key >= ",
  user_account_name: "name_key >= ",
  user_account_reverse_name: "reverse_name_key >= "
}

for (const [name, situation] of Object.entries(situations)) {
  suite(layerOf(situation), { timeout: "120 seconds" })(`8,000 people ${name}`, (it) => {
    it.effect("are searched by a look at each index that ends at the limit, whatever is typed", () =>
      Effect.gen(function* () {
        const search = yield* PeopleSearch
        for (const [typed, found] of [
          ["u", 20],
          ["g1 f1", 12],
          ["f77", 20],
          ["0", 20],
          ["nobody", 0]
        ] as const) {
          const { answer, plans } = yield* carriedOut(search.find(situation.asked, typed, 20))
          assert.lengthOf(answer, found, typed)
          for (const plan of plans) assertWalked(plan, searched, 20)
        }
      })
    )

    it.effect("are members whose pages cost a page", () =>
      Effect.gen(function* () {
        const members = yield* GroupMembers
        const after = UserId.make("80000000-0000-4000-8000-000000000000")
        for (const from of [undefined, after]) {
          const { answer, plans } = yield* carriedOut(members.page(situation.asked, group, from, 20))
          assert.lengthOf(answer, 20)
          for (const plan of plans) assertWalked(plan, { membership_pkey: "user_id > " }, 20)
        }
      })
    )
  })
}
