import { assert, layer as suite } from "@effect/vitest"
import { type Needs, NeedsUnion } from "@rollcall/domain/directory/Needs"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { PasswordHash } from "@rollcall/domain/user/PasswordHash"
import type { User } from "@rollcall/domain/user/User"
import { Effect, Layer } from "effect"
import { nothingWritten } from "../../domain/test/contract/nothingWritten.ts"
import { loadNeeds } from "../src/directory/DirectoryLoad.ts"
import { writeStatement } from "../src/directory/DirectoryWrite.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { layerPostgres } from "./BothDatabases.ts"
import { arrange, large, personId, rowsOfKeptPlan, situations } from "./KeptPlans.ts"

const types = makeResourceTypes(defaultExtensionUserUrn)

const hash = PasswordHash.make(`$argon2id$v=19$m=19456,t=2,p=1$${"A".repeat(22)}$${"A".repeat(43)}`)

/** What writes these people as they are now, on an organisation that nothing was written to. */
const statementOf = (changed: ReadonlyArray<readonly [User, User]>, absent?: NeedsUnion) => {
  const writes = {
    ...nothingWritten,
    users: changed.map(([before, user]) => ({ user, before, isNew: false })),
    passwords: changed.map(([{ id }]) => ({ user: id, hash, synced: hash })),
    counters: { ...nothingWritten.counters, userSequence: 5_000, userCount: 5_000 }
  }
  return writeStatement(large, 0, types, writes, 0, absent)
}

/** People with another title, which no index knows of. */
const promoted = (numbers: ReadonlyArray<number>) =>
  Effect.gen(function* () {
    const needs = new NeedsUnion()
    needs.add({ users: numbers.map(personId) })
    const { users = [] } = yield* loadNeeds(yield* WriteSql, large, needs)
    assert.lengthOf(users, numbers.length)
    // What is stored of a manager besides their id is not part of the sample.
    return users.map((user): readonly [User, User] => {
      const before = { ...user, manager: { ...user.manager, id: personId(Math.floor(user.number / 8)) } }
      return [before, { ...before, version: 2, attributes: { ...user.attributes, title: "Head of it all" } }]
    })
  })

for (const [name, before] of Object.entries(situations)) {
  const layer = Layer.effectDiscard(Effect.orDie(arrange(before))).pipe(Layer.provideMerge(Layer.fresh(layerPostgres)))
  suite(layer, { timeout: "120 seconds" })(`changes among 5,000 people ${name} (PostgreSQL 15)`, (it) => {
    it.effect("find their people without reading the organisation, by the plan that is kept", () =>
      Effect.gen(function* () {
        const { plan, rows } = yield* rowsOfKeptPlan(statementOf(yield* promoted([7, 8])))
        assert.isAbove(rows, 0, plan)
        assert.isBelow(rows, 20, plan)
      })
    )

    it.effect("take newcomers to be absent without reading the organisation, by the plan that is kept", () =>
      Effect.gen(function* () {
        const absent = new NeedsUnion()
        const keys = ["new1@halden.example", "new2@halden.example"]
        absent.add({ userNames: keys, emails: keys, employeeNumbers: ["e7001", "e7002"], numbers: [7_001, 7_002] })
        absent.add({ waiting: [...keys, "e7001"], waitingNumbers: [7_001, 7_002] })
        const { plan, rows } = yield* rowsOfKeptPlan(statementOf(yield* promoted([7, 8]), absent))
        assert.isAbove(rows, 0, plan)
        assert.isBelow(rows, 20, plan)
      })
    )

    it.effect("write nothing where somebody is there who was taken to be absent, in whatever way", () =>
      Effect.gen(function* () {
        const sql = yield* WriteSql
        const held: ReadonlyArray<Needs> = [
          { userNames: ["new@halden.example", "user9"] },
          { emails: ["new@halden.example", "user9@halden.example"] },
          { numbers: [9] },
          { employeeNumbers: ["e9"] },
          { waiting: ["boss9"] },
          { waitingNumbers: [1_000_009, 1_000_009] }
        ]
        yield* sql.unsafe("UPDATE organization SET revision = 0 WHERE organization_id = $1", [large])
        for (const needs of held) {
          const absent = new NeedsUnion()
          absent.add(needs)
          const { params, text } = statementOf(yield* promoted([7]), absent)
          assert.lengthOf(yield* sql.unsafe(text, params), 0, JSON.stringify(needs))
        }
      })
    )

    it.effect("change people in place where nothing changes that an index knows of", () =>
      Effect.gen(function* () {
        const sql = yield* WriteSql
        const { params, text } = statementOf(yield* promoted([70, 1_070, 2_070, 3_070]))
        const counts = sql.unsafe<{ readonly updated: number; readonly inPlace: number }>(
          `SELECT pg_stat_get_xact_tuples_updated('user_account'::regclass)::int AS updated,
             pg_stat_get_xact_tuples_hot_updated('user_account'::regclass)::int AS "inPlace"`
        )
        const [before, after] = yield* sql.withTransaction(
          Effect.gen(function* () {
            // The plan test has written as well.
            yield* sql.unsafe("UPDATE organization SET revision = 0 WHERE organization_id = $1", [large])
            const [before] = yield* counts
            assert.lengthOf(yield* sql.unsafe(text, params), 1)
            return [before, (yield* counts)[0]] as const
          })
        )
        const counted = (what: "updated" | "inPlace") => (after?.[what] ?? 0) - (before?.[what] ?? 0)
        assert.deepStrictEqual([counted("updated"), counted("inPlace")], [4, 4])
      })
    )
  })
}
