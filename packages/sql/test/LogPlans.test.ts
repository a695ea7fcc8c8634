import { assert, layer as suite } from "@effect/vitest"
import { caseCode } from "@rollcall/domain/log/CaseCode"
import { type LogSearch, ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { layer as logStore } from "../src/LogStore.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { layerPostgres } from "./BothDatabases.ts"
import { SentStatements, spied } from "./SpiedReads.ts"

const known = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000001")
const fresh = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000002")
const base = Date.UTC(2027, 0, 1)
const minute = 60_000
const entries = 60_000
const subjectOf = (number: number) => `00000000-0000-4000-8000-0000000${String(number).padStart(5, "0")}`

/** 60,000 entries of 3,000 people, one a minute; every thousandth is a refusal. */
const fill = `
  INSERT INTO log_entry (organization_id, sequence, at, outcome, subject_id, entry)
  SELECT $1::uuid, n, to_timestamp(${base}::float8 / 1000) + n * interval '1 minute',
    CASE WHEN n % 1000 = 0 THEN 'refused' ELSE 'updated' END,
    '00000000-0000-4000-8000-0000000' || lpad((n % 3000)::text, 5, '0'),
    json_build_object('request', 'PATCH', 'actor', json_build_object('keyId', 'k1'), 'changes', repeat('x', 500))::text
  FROM generate_series(1, ${entries}) AS n`

/** See `FilterPlans.test.ts`. */
const situations = {
  "before statistics": { filled: [known], analysed: false, asked: known },
  "with statistics": { filled: [known, fresh], analysed: true, asked: known },
  "for an organisation newer than the statistics": { filled: [known], analysed: true, asked: fresh }
} as const
type Situation = (typeof situations)[keyof typeof situations]

const arrange = ({ analysed, asked, filled }: Situation) =>
  Effect.gen(function* () {
    const sql = yield* WriteSql
    yield* sql.unsafe("ALTER TABLE log_entry SET (autovacuum_enabled = false)")
    for (const id of filled) yield* sql.unsafe(fill, [id])
    if (analysed) yield* sql.unsafe("VACUUM ANALYZE log_entry")
    if (!filled.some((id) => id === asked)) yield* sql.unsafe(fill, [asked])
  })

interface PlanNode {
  readonly "Actual Rows": number
  readonly "Actual Loops": number
  readonly "Rows Removed by Filter"?: number
  readonly "Rows Removed by Index Recheck"?: number
  readonly "Node Type": string
  readonly Plans?: ReadonlyArray<PlanNode>
}

/** How many rows the leaves of a plan looked at. */
const looked = (node: PlanNode): number =>
  node.Plans === undefined
    ? node["Actual Loops"] *
      (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0))
    : node.Plans.reduce((sum, inner) => sum + looked(inner), 0)

/** The rows that all statements together looked at which an effect sent. */
const rowsLookedAt = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const sent = yield* SentStatements
    const sql = yield* WriteSql
    yield* sent.take
    yield* effect
    let rows = 0
    for (const { params, text } of yield* sent.take) {
      const [row] = yield* sql.unsafe<{ readonly "QUERY PLAN": ReadonlyArray<{ readonly Plan: PlanNode }> }>(
        `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
        params
      )
      const plan = row?.["QUERY PLAN"][0]?.Plan
      assert.isDefined(plan)
      rows += looked(plan)
    }
    return rows
  })

const at = (sequence: number) => base + sequence * minute

/** A search, how many entries its first page has, and how many rows it may look at for it. */
const searches: ReadonlyArray<readonly [string, Omit<LogSearch, "limit">, found: number, rows: number]> = [
  ["everything", {}, 50, 100],
  ["an old page", { after: 1_000 }, 50, 100],
  ["one person", { subject: subjectOf(77) }, 20, 100],
  ["refusals", { outcome: "refused" }, 50, 200],
  ["refusals of long ago", { outcome: "refused", to: at(5_000) }, 4, 500],
  ["a day long ago", { from: at(2_000), to: at(2_010) }, 10, 500],
  ["nothing for a text", { text: "nowhere" }, 0, 2_500],
  ["a text of one person", { subject: subjectOf(77), text: "PATCH" }, 20, 200]
]

for (const [name, situation] of Object.entries(situations)) {
  const organization = situation.asked
  const layer = Layer.effectDiscard(Effect.orDie(arrange(situation))).pipe(
    Layer.provideMerge(logStore({ window: 1_000 })),
    Layer.provideMerge(spied(Layer.fresh(layerPostgres)))
  )
  suite(layer, { timeout: "120 seconds" })(`plans over ${entries} entries ${name} (PostgreSQL 15)`, (it) => {
    for (const [what, wanted, found, rows] of searches) {
      it.effect(`a search for ${what} looks at its page and not at the log (R-LOG-2)`, () =>
        Effect.gen(function* () {
          const log = yield* ProvisioningLog
          const search = log.search(organization, { ...wanted, limit: 50 })
          assert.isAtMost(yield* rowsLookedAt(search), rows)
          assert.strictEqual((yield* search).entries.length, found)
        })
      )
    }

    it.effect("a case code and a story are read through an index (R-LOG-3)", () =>
      Effect.gen(function* () {
        const log = yield* ProvisioningLog
        assert.isAtMost(yield* rowsLookedAt(log.find(organization, caseCode(777))), 10)
        assert.isAtMost(yield* rowsLookedAt(log.story(organization, subjectOf(77), { limit: 50 })), 50)
      })
    )

    it.effect("removal looks at the oldest entries only, and waits for nobody who holds some of them", () =>
      Effect.gen(function* () {
        const log = yield* ProvisioningLog
        const sql = yield* WriteSql
        const [locked, release] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const holder = yield* Effect.forkChild(
          sql.withTransaction(
            Effect.gen(function* () {
              yield* sql.unsafe("SELECT 1 FROM log_entry WHERE organization_id = $1 AND sequence <= 10 FOR UPDATE", [
                organization
              ])
              yield* Deferred.succeed(locked, undefined)
              yield* Deferred.await(release)
            })
          )
        )
        yield* Deferred.await(locked)
        assert.strictEqual(yield* log.remove(organization, at(1_000_000), 30), 20)
        yield* Deferred.succeed(release, undefined)
        yield* Fiber.join(holder)
        assert.strictEqual(yield* log.remove(organization, at(5), 30), 4)
      })
    )
  })
}
