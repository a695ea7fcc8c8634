import { assert, layer as suite } from "@effect/vitest"
import { Groups, type ResourceQuery, Users } from "@rollcall/domain/directory/Resources"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { presets } from "@rollcall/domain/organization/Settings"
import type { AttributeTable } from "@rollcall/domain/scim/AttributeTable"
import { parseFilter } from "@rollcall/domain/scim/FilterParser"
import { resolveSort } from "@rollcall/domain/scim/SortKey"
import { typeFilter } from "@rollcall/domain/scim/TypedFilter"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer, Result } from "effect"
import { layer as groupStore } from "../src/GroupStore.ts"
import { layer as userStore } from "../src/UserStore.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { layerPostgres } from "./BothDatabases.ts"
import { baseUrl, resourceTypes } from "./SampleDirectory.ts"
import { SentStatements, spied } from "./SpiedReads.ts"

const known = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000001")
const fresh = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000002")
const userId = "00000000-0000-4000-8000-000000000777"
const groupId = "00000000-0000-4000-9000-000000000077"

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

/** 20,000 people in 4,000 groups of 5; the tables are in no order, as after some years of changes. */
const fill = [
  `INSERT INTO organization (organization_id, subdomain, name, time_zone, single_sign_on, scim_enabled, settings,
     created_at, user_count, group_count) SELECT $1::uuid, $1::text, 'Acme', 'UTC', '{}', true, $2::jsonb, now(), 20000, 4000`,
  `INSERT INTO user_account (organization_id, id, number, resource, search, sources, origin, user_name_key, email_key,
     external_id, display_name_key, employee_number_key, version, created_at, last_modified_at, manager_id)
   SELECT $1::uuid, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, n,
     json_build_object('userName', 'user' || n, 'title', repeat('x', 400))::text,
     jsonb_build_object('userName', 'user' || n, 'title', 'engineer', '${enterprise}',
       jsonb_build_object('manager', jsonb_build_object('value', 'e' || n / 8)),
       'emails', jsonb_build_array(jsonb_build_object('value', 'user' || n || '@halden.example', 'type', 'work'))),
     '{}', 'scim', 'user' || n, 'user' || n || '@halden.example', 'x-' || n, 'person ' || n, 'e' || n, 1, now(), now(),
     ('00000000-0000-4000-8000-' || lpad((n / 8)::text, 12, '0'))::uuid
   FROM generate_series(1, 20000) AS n ORDER BY md5(n::text)`,
  `INSERT INTO user_email (organization_id, email_key, user_id)
   SELECT organization_id, email_key, id FROM user_account WHERE organization_id = $1::uuid`,
  `INSERT INTO user_group (organization_id, id, number, display_name, display_name_key, display_name_near_key,
     external_id, origin, version, created_at, last_modified_at)
   SELECT $1::uuid, ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid, n, 'Group ' || n, 'group ' || n,
     'group' || n, 'g-' || n, 'scim', 1, now(), now()
   FROM generate_series(1, 4000) AS n ORDER BY md5(n::text)`,
  `INSERT INTO membership (organization_id, group_id, user_id)
   SELECT $1::uuid, ('00000000-0000-4000-9000-' || lpad((n % 4000 + 1)::text, 12, '0'))::uuid,
     ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid FROM generate_series(1, 20000) AS n`
]

/**
 * What the planner may know: nothing yet, as in the first minute of a new database and always in the embedded one; the
 * organisation, once it was analysed, among others or alone; or others but not this organisation, which is so for every new customer.
 */
const situations = {
  "before statistics": { filled: [known], analysed: false, asked: known },
  "with statistics": { filled: [known, fresh], analysed: true, asked: known },
  "with statistics, of one organisation alone": { filled: [known], analysed: true, asked: known },
  "for an organisation newer than the statistics": { filled: [known], analysed: true, asked: fresh }
} as const
type Situation = (typeof situations)[keyof typeof situations]

const arrange = ({ analysed, asked, filled }: Situation) =>
  Effect.gen(function* () {
    const sql = yield* WriteSql
    const add = (id: OrganizationId) =>
      Effect.forEach(fill, (text) => sql.unsafe(text, text.includes("$2") ? [id, JSON.stringify(presets.rfc)] : [id]))
    for (const table of ["user_account", "user_email", "user_group", "membership"]) {
      yield* sql.unsafe(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`)
    }
    for (const id of filled) yield* add(id)
    if (analysed) yield* sql.unsafe("VACUUM ANALYZE")
    if (!filled.some((id) => id === asked)) yield* add(asked)
  })

const layerOf = (situation: Situation) =>
  Layer.effectDiscard(Effect.orDie(arrange(situation))).pipe(
    Layer.provideMerge(Layer.mergeAll(userStore(resourceTypes), groupStore)),
    Layer.provideMerge(spied(Layer.fresh(layerPostgres)))
  )

const query = (table: AttributeTable, filter: string | undefined, sortBy?: string): ResourceQuery => ({
  filter:
    filter === undefined ? undefined : Result.getOrThrow(typeFilter(table, Result.getOrThrow(parseFilter(filter)))),
  sort: sortBy === undefined ? undefined : { target: Result.getOrThrow(resolveSort(table, sortBy)), descending: false },
  page: { _tag: "Index", startIndex: 1, count: 100 },
  withMembership: false,
  baseUrl
})

/** The plans of all statements that an effect sends, as PostgreSQL makes them for these very values. */
const plansOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const sent = yield* SentStatements
    const sql = yield* WriteSql
    yield* sent.take
    yield* effect
    let text = ""
    for (const statement of yield* sent.take) {
      const rows = yield* sql.unsafe<{ readonly "QUERY PLAN": string }>(`EXPLAIN ${statement.text}`, statement.params)
      text += `${rows.map((row) => row["QUERY PLAN"]).join("\n")}\n`
    }
    return text
  })

/** The plan of the one statement that an effect sends, as it is kept for all values of its parameters. */
const keptPlanOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const sent = yield* SentStatements
    const sql = yield* WriteSql
    yield* sent.take
    yield* effect
    const statements = yield* sent.take
    assert.strictEqual(statements.length, 1)
    const explain = [
      "SET LOCAL plan_cache_mode = force_generic_plan",
      `PREPARE kept AS ${statements[0]?.text}`,
      `EXPLAIN EXECUTE kept (${statements[0]?.params.map(() => "NULL").join(", ")})`,
      "DEALLOCATE kept"
    ]
    const results = yield* sql.withTransaction(
      Effect.forEach(explain, (text) => sql.unsafe<{ readonly "QUERY PLAN": string }>(text).unprepared)
    )
    return results.flatMap((rows) => rows.flatMap((row) => row["QUERY PLAN"] ?? [])).join("\n")
  })

const assertIndex = (plan: string, index: string) => {
  assert.match(plan, new RegExp(`(Index Scan using|Index Only Scan using|Bitmap Index Scan on) ${index}\\b`), plan)
  assert.notMatch(plan, /Seq Scan on (user_account|user_group|membership|user_email)/, plan)
}

/** Sorting those few who have an equal key is no sorting of the whole. */
const assertNoWholeSort = (plan: string) => assert.notMatch(plan, /(?<!Incremental )Sort {2}\(/, plan)

const assertWalked = (plan: string, index: string) => {
  assert.match(plan, new RegExp(`Index (Only )?Scan using ${index}\\b`), plan)
  assert.notMatch(plan, /Sort|Bitmap/, plan)
}

for (const [name, situation] of Object.entries(situations)) {
  const organization = situation.asked
  suite(layerOf(situation), { timeout: "120 seconds" })(`plans over 20,000 people ${name} (PostgreSQL 15)`, (it) => {
    const userFilters: ReadonlyArray<readonly [filter: string, index: string]> = [
      [`id eq "${userId}"`, "user_account_pkey"],
      ['userName eq "USER777"', "user_account_user_name"],
      ['userName eq "USER777" and title sw "eng"', "user_account_user_name"],
      ['userName eq "user777" or userName eq "user778"', "user_account_user_name"],
      ['userName eq "user777" or externalId eq "x-778"', "user_account_external_id"],
      ['userName sw "user777"', "user_account_user_name"],
      ['externalId eq "x-777"', "user_account_external_id"],
      ['displayName eq "Person 777"', "user_account_display_name"],
      [`${enterprise}:employeeNumber eq "E777"`, "user_account_employee_number"],
      ['emails eq "user777@halden.example"', "user_email_pkey"],
      ['emails.value eq "USER777@halden.example"', "user_email_pkey"],
      ['emails[type eq "work" and value eq "user777@halden.example"]', "user_email_pkey"],
      [`groups.value eq "${groupId}"`, "membership_pkey"],
      [`manager eq "${userId}"`, "user_account_manager"],
      [`manager.value eq "${userId}"`, "user_account_manager_key"],
      ['manager eq "E777"', "user_account_manager_key"],
      [`${enterprise}:manager[value eq "${userId}"]`, "user_account_manager"],
      [`manager.$ref eq "${baseUrl}/Users/${userId}"`, "user_account_manager"],
      ['manager.displayName eq "Person 777"', "user_account_display_name"]
    ]
    for (const [filter, index] of userFilters) {
      it.effect(`people by ${filter} are found through ${index}`, () =>
        Effect.gen(function* () {
          const users = yield* Users
          const search = users.search(organization, query(resourceTypes.user, filter))
          assertIndex(yield* plansOf(search), index)
          assert.isAbove((yield* search).totalResults, 0)
        })
      )
    }

    const groupFilters: ReadonlyArray<readonly [filter: string, index: string]> = [
      [`id eq "${groupId}"`, "user_group_pkey"],
      ['displayName eq "GROUP 77"', "user_group_display_name_key"],
      ['externalId eq "g-77"', "user_group_external_id"],
      [`members eq "${userId}"`, "membership_by_user"],
      [`members[value eq "${userId}"]`, "membership_by_user"]
    ]
    for (const [filter, index] of groupFilters) {
      it.effect(`groups by ${filter} are found through ${index}`, () =>
        Effect.gen(function* () {
          const groups = yield* Groups
          const search = groups.search(organization, query(resourceTypes.group, filter))
          assertIndex(yield* plansOf(search), index)
          assert.strictEqual((yield* search).totalResults, 1)
        })
      )
    }

    it.effect("one person is read by the primary key, their groups by the index of members", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const plan = yield* plansOf(users.find(organization, UserId.make(userId), true))
        assertIndex(plan, "user_account_pkey")
        assertIndex(plan, "membership_by_user")
      })
    )

    it.effect(
      "the plans that are kept for one person, by id and by userName, go by the index, and so for the manager",
      () =>
        Effect.gen(function* () {
          const users = yield* Users
          const byId = yield* keptPlanOf(users.find(organization, UserId.make(userId), false))
          assertIndex(byId, "user_account_pkey")
          assert.strictEqual(byId.split("user_account_pkey").length, 3, byId)
          const byName = query(resourceTypes.user, 'userName eq "user777"')
          assertIndex(yield* keptPlanOf(users.search(organization, byName)), "user_account_user_name")
        })
    )

    it.effect("a page, by index or cursor, is read in the order of an index and not sorted", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const groups = yield* Groups
        const pages: ReadonlyArray<ResourceQuery["page"]> = [
          { _tag: "Index", startIndex: 1, count: 1 },
          { _tag: "Index", startIndex: 1, count: 100 },
          { _tag: "Index", startIndex: 301, count: 100 },
          { _tag: "Index", startIndex: 1, count: 1000 },
          { _tag: "Cursor", after: undefined, count: 100 },
          { _tag: "Cursor", after: "1500", count: 100 }
        ]
        for (const page of pages) {
          const people = { ...query(resourceTypes.user, undefined), page }
          const plans = [
            yield* plansOf(users.search(organization, people)),
            yield* keptPlanOf(users.search(organization, people))
          ]
          for (const plan of plans) assertWalked(plan, "user_account_number")
          const all = { ...query(resourceTypes.group, undefined), page }
          plans.push(yield* plansOf(groups.search(organization, all)))
          assertWalked(plans.at(-1) ?? "", "user_group_number")
          if (page._tag === "Cursor" || page.startIndex === 1) continue
          // The rows before the page are passed in the index alone.
          for (const plan of plans) assert.match(plan, /Index Only Scan using user_(account|group)_number/, plan)
        }
      })
    )

    it.effect("a page of what no index finds is looked for in the order of an index and not sorted", () =>
      Effect.gen(function* () {
        const users = yield* Users
        // The page may be followed by its count, which has to look at everybody.
        const [plan = ""] = (yield* plansOf(
          users.search(organization, query(resourceTypes.user, 'title co "e"'))
        )).split("\nAggregate")
        assertWalked(plan, "user_account_number")
      })
    )

    it.effect("a list sorted by userName needs no sorting of the whole", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const plan = yield* plansOf(users.search(organization, query(resourceTypes.user, undefined, "userName")))
        assert.match(plan, /Index Scan using user_account_user_name/, plan)
        assertNoWholeSort(plan)
      })
    )
  })
}
