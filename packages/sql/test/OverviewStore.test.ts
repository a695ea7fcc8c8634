import { assert, layer as suite } from "@effect/vitest"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Overview, overviewEdges } from "@rollcall/domain/organization/Overview"
import { Effect, Layer } from "effect"
import { overviewContract } from "../../domain/test/contract/OverviewContract.ts"
import { resourceTypes } from "../../domain/test/contract/Tenant.ts"
import * as GroupStore from "../src/GroupStore.ts"
import * as GroupTypeStore from "../src/GroupTypeStore.ts"
import { layer as overviewStore } from "../src/OverviewStore.ts"
import * as PeopleLookupStore from "../src/PeopleLookupStore.ts"
import { layerSqlDirectory } from "../src/SqlDirectory.ts"
import * as UserStore from "../src/UserStore.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { databases, layerPostgres } from "./BothDatabases.ts"
import { SentStatements, spied } from "./SpiedReads.ts"
import { layerDirectoryProbe } from "./SqlDirectoryProbe.ts"

for (const [kind, database] of databases) {
  overviewContract(
    kind,
    Layer.mergeAll(
      layerSqlDirectory(resourceTypes),
      UserStore.layer(resourceTypes),
      GroupStore.layer,
      GroupTypeStore.layer,
      PeopleLookupStore.layer,
      overviewStore,
      layerDirectoryProbe
    ).pipe(Layer.provide(database))
  )
}

const known = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000001")
const hour = 3_600_000
const now = Date.UTC(2027, 0, 31)
const entries = 100_000
const people = 100_000

const makeOrganization = `
  INSERT INTO organization (organization_id, subdomain, name, time_zone, single_sign_on, scim_enabled, settings, created_at,
    user_count)
  VALUES ($1::uuid, 'figures', 'Figures', 'UTC', '{}', true, '{}', to_timestamp(0), ${people})`

/** 100,000 entries of the last 30 days, evenly; every hundredth is a refusal. */
const fillLog = `
  INSERT INTO log_entry (organization_id, sequence, at, outcome, entry)
  SELECT $1::uuid, n, to_timestamp(${now}::float8 / 1000 - (${entries} - n) * 25.92),
    CASE WHEN n % 100 = 0 THEN 'refused' ELSE 'updated' END, repeat('x', 500)
  FROM generate_series(1, ${entries}) AS n`

/** 100,000 people, of whom every thousandth is deactivated, and another has a manager whom nobody matches. */
const fillPeople = `
  INSERT INTO user_account (organization_id, id, number, resource, search, sources, origin, user_name_key, version,
    created_at, last_modified_at, manager_pending)
  SELECT $1::uuid, gen_random_uuid(), n, '{}', json_build_object('active', n % 1000 <> 0)::jsonb, '{}', 'scim', 'u' || n, 1,
    to_timestamp(0), to_timestamp(0), CASE WHEN n % 1000 = 1 THEN 'unmatched' END
  FROM generate_series(1, ${people}) AS n`

interface PlanNode {
  readonly "Actual Rows": number
  readonly "Actual Loops": number
  readonly "Rows Removed by Filter"?: number
  readonly Plans?: ReadonlyArray<PlanNode>
}

/** How many rows the leaves of a plan looked at. */
const looked = ({ Plans, ...node }: PlanNode): number =>
  Plans === undefined
    ? node["Actual Loops"] * (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0))
    : Plans.reduce((sum, inner) => sum + looked(inner), 0)

suite(overviewStore.pipe(Layer.provideMerge(spied(Layer.fresh(layerPostgres)))), { timeout: "120 seconds" })(
  "plans of the overview, of 100,000 people and 100,000 entries",
  (it) => {
    it.effect("a look reads what is counted and some probes a span, with statistics and without", () =>
      Effect.gen(function* () {
        const sql = yield* WriteSql
        const sent = yield* SentStatements
        // Nor gathers the server any by itself in the middle, with a lock that VACUUM would wait for.
        for (const table of ["log_entry", "user_account"]) {
          yield* sql.unsafe(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`)
        }
        for (const statement of [makeOrganization, fillLog, fillPeople]) yield* sql.unsafe(statement, [known])
        for (const prepare of ["SELECT 1", "VACUUM ANALYZE log_entry, user_account"]) {
          yield* sql.unsafe(prepare)
          yield* sent.take
          const figures = yield* (yield* Overview).figures(known, overviewEdges("month", now - hour))
          assert.deepStrictEqual(figures.people, { started: 99_900, scheduled: 0, deactivated: 100 })
          assert.deepStrictEqual(figures.managers, { unmatched: 100, ambiguous: 0, held: 0 })
          assert.strictEqual(
            figures.calls.reduce((sum, { refused }) => sum + refused, 0),
            // The last of them is of the first moment after.
            999
          )
          let rows = 0
          for (const { params, text } of yield* sent.take) {
            const [row] = yield* sql.unsafe<{ readonly "QUERY PLAN": ReadonlyArray<{ readonly Plan: PlanNode }> }>(
              `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
              params
            )
            const plan = row?.["QUERY PLAN"][0]?.Plan
            if (plan === undefined) return assert.fail("no plan")
            rows += looked(plan)
          }
          // 1,000 refusals, 200 people, 31 edges with some 17 probes each, and each of these in a few nodes.
          assert.isBelow(rows, 8_000, prepare)
        }
      })
    )
  }
)
