import { assert, layer as suite } from "@effect/vitest"
import { type DueSearch, DueUsers } from "@rollcall/domain/directory/DueUsers"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { presets } from "@rollcall/domain/organization/Settings"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer } from "effect"
import { layer as dueUserStore } from "../src/DueUserStore.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { layerPostgres } from "./BothDatabases.ts"
import { SentStatements, spied } from "./SpiedReads.ts"

const known = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000001")
const fresh = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000002")

/** 20,000 people: 200 wait for a start, half of them for one that has come, 200 have an end, 100 a held manager. */
const fill = [
  `INSERT INTO organization (organization_id, subdomain, name, time_zone, single_sign_on, scim_enabled, settings,
     created_at, user_count) SELECT $1::uuid, $1::text, 'Acme', 'UTC', '{}', true, $2::jsonb, now(), 20000`,
  `INSERT INTO user_account (organization_id, id, number, resource, search, sources, origin, user_name_key, version,
     created_at, last_modified_at, starts_on, ends_on, manager_pending)
   SELECT $1::uuid, gen_random_uuid(), n, json_build_object('userName', 'user' || n, 'title', repeat('x', 400))::text,
     '{}', '{}', 'scim', 'user' || n, 1, now(), now(),
     CASE WHEN n % 100 = 0 THEN DATE '2027-03-01' + (n / 100 % 20) END,
     CASE WHEN n % 100 = 1 THEN DATE '2027-03-01' + (n / 100 % 20) END,
     CASE WHEN n % 200 = 2 THEN 'reviewWindow' WHEN n % 200 = 3 THEN 'unmatched' END
   FROM generate_series(1, 20000) AS n`
]

/** As for filters: nothing is known of the table yet, all is, or all but of this organisation. */
const situations = {
  "before statistics": { filled: [known], analysed: false, asked: known },
  "with statistics": { filled: [known, fresh], analysed: true, asked: known },
  "for an organisation newer than the statistics": { filled: [known], analysed: true, asked: fresh }
} as const
type Situation = (typeof situations)[keyof typeof situations]

const settings = { ...presets.product, deactivateOnTerminationDate: true }

const arrange = ({ analysed, asked, filled }: Situation) =>
  Effect.gen(function* () {
    const sql = yield* WriteSql
    const add = (id: OrganizationId) =>
      Effect.forEach(fill, (text) => sql.unsafe(text, text.includes("$2") ? [id, JSON.stringify(settings)] : [id]))
    yield* sql.unsafe("ALTER TABLE user_account SET (autovacuum_enabled = false)")
    for (const id of filled) yield* add(id)
    if (analysed) yield* sql.unsafe("VACUUM ANALYZE")
    if (!filled.some((id) => id === asked)) yield* add(asked)
  })

const layerOf = (situation: Situation) =>
  Layer.effectDiscard(Effect.orDie(arrange(situation))).pipe(
    Layer.provideMerge(dueUserStore),
    Layer.provideMerge(spied(Layer.fresh(layerPostgres)))
  )

/** The plans of all statements that an effect sends, as PostgreSQL makes them for these very values, and what it answers. */
const planned = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const sent = yield* SentStatements
    const sql = yield* WriteSql
    yield* sent.take
    const answer = yield* effect
    let plan = ""
    for (const statement of yield* sent.take) {
      const rows = yield* sql.unsafe<{ readonly "QUERY PLAN": string }>(`EXPLAIN ${statement.text}`, statement.params)
      plan += `${rows.map((row) => row["QUERY PLAN"]).join("\n")}\n`
    }
    return { answer, plan }
  })

const assertIndexes = (plan: string, indexes: ReadonlyArray<string>) => {
  for (const index of indexes) {
    assert.match(plan, new RegExp(`(Index Scan using|Index Only Scan using|Bitmap Index Scan on) ${index}\\b`), plan)
  }
  assert.notMatch(plan, /Seq Scan on user_account/, plan)
  // Another index would be read from one end of the organisation to the other.
  assert.notMatch(plan, /(using|on) user_account_(number|user_name|pkey)/, plan)
}

const search: DueSearch = {
  today: "2027-03-10",
  startDatesOff: false,
  endings: true,
  heldManagers: true,
  after: undefined,
  limit: 256
}
const indexes = ["user_account_starts_on", "user_account_ends_on", "user_account_(held_manager|manager_pending)"]

for (const [name, situation] of Object.entries(situations)) {
  suite(layerOf(situation), { timeout: "120 seconds" })(`the clock among 20,000 people ${name}`, (it) => {
    it.effect("finds whom something is due for through the index of each reason", () =>
      Effect.gen(function* () {
        const due = yield* DueUsers
        const searches: ReadonlyArray<readonly [found: number, indexes: ReadonlyArray<string>, DueSearch]> = [
          [290, indexes, { ...search, limit: 1_000 }],
          [256, indexes, search],
          [100, indexes.slice(0, 1), { ...search, endings: false, heldManagers: false }],
          [200, indexes.slice(0, 1), { ...search, endings: false, heldManagers: false, startDatesOff: true }]
        ]
        for (const [found, indexes, search] of searches) {
          const { answer, plan } = yield* planned(due.users(situation.asked, search))
          assert.lengthOf(answer, found)
          assertIndexes(plan, indexes)
        }
        const after = UserId.make("80000000-0000-4000-8000-000000000000")
        assertIndexes((yield* planned(due.users(situation.asked, { ...search, after }))).plan, indexes)
      })
    )

    it.effect("finds the organisations by one look at an index for each reason", () =>
      Effect.gen(function* () {
        const { answer, plan } = yield* planned((yield* DueUsers).organizations("2027-03-10"))
        assert.include(
          answer.map(({ id }) => id),
          situation.asked
        )
        assertIndexes(plan, indexes)
      })
    )
  })
}
