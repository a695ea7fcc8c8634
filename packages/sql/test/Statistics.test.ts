import { assert } from "@effect/vitest"
import type { BatchWrites } from "@rollcall/domain/directory/BatchWrites"
import { GroupId } from "@rollcall/domain/group/Group"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, identity, Queue } from "effect"
import { keepStatistics } from "../src/directory/Statistics.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { onBothDatabases } from "./BothDatabases.ts"

/** A batch that made somebody a member of that many groups. */
const batchOf = (rows: number): BatchWrites => ({
  users: [],
  passwords: [],
  groups: [],
  deletedGroups: [],
  memberships: [
    { group: GroupId.make("g"), added: Array.from({ length: rows }, (_, i) => UserId.make(String(i))), removed: [] }
  ],
  customAttributes: undefined,
  counters: { eventSequence: 0, logSequence: 0, userSequence: 0, groupSequence: 0, userCount: 0, groupCount: 0 },
  events: [],
  log: []
})

const analyzed = "SELECT reltuples::float8 AS rows FROM pg_class WHERE relname = 'user_account'"

onBothDatabases("statistics for the planner", identity, (it) => {
  it.effect("are gathered after 256 rows, and again whenever there are four times as many", () =>
    Effect.gen(function* () {
      const sql = yield* WriteSql
      const gathered = yield* Queue.unbounded<void>()
      const spied = Object.assign(Object.create(sql), {
        unsafe: (text: string) => Effect.tap(sql.unsafe(text), () => Queue.offer(gathered, undefined))
      })
      assert.deepStrictEqual(yield* sql.unsafe(analyzed), [{ rows: -1 }])
      yield* Effect.scoped(
        Effect.gen(function* () {
          const note = yield* keepStatistics(spied, { oneSession: false })
          yield* note(batchOf(255))
          yield* note(batchOf(1))
          yield* Queue.take(gathered)
          assert.deepStrictEqual(yield* sql.unsafe(analyzed), [{ rows: 0 }])
          yield* note(batchOf(766))
          yield* note(batchOf(1))
          assert.strictEqual(yield* Queue.size(gathered), 0)
          yield* note(batchOf(1))
          yield* Queue.take(gathered)
          yield* note(batchOf(20_000))
          yield* Queue.take(gathered)
        })
      )
      assert.strictEqual(yield* Queue.size(gathered), 0)
    })
  )

  it.effect("where all share one session, are there when the batch is done: the next one would not let them in", () =>
    Effect.gen(function* () {
      const sql = yield* WriteSql
      let gathered = 0
      const spied = Object.assign(Object.create(sql), {
        unsafe: (text: string) => Effect.tap(sql.unsafe(text), () => Effect.sync(() => gathered++))
      })
      yield* Effect.scoped(
        Effect.gen(function* () {
          const note = yield* keepStatistics(spied, { oneSession: true })
          yield* note(batchOf(256))
          assert.strictEqual(gathered, 1)
        })
      )
    })
  )

  it.effect("where all share one session, its upkeep has its turn with the batch after every 8,192 rows", () =>
    Effect.gen(function* () {
      const sql = yield* WriteSql
      let tidied = 0
      const upkeep = { tidy: Effect.sync(() => void tidied++) }
      yield* Effect.scoped(
        Effect.gen(function* () {
          const note = yield* keepStatistics(sql, { oneSession: true, upkeep })
          for (const [rows, times] of [
            [8_191, 0],
            [1, 1],
            [8_191, 1],
            [20_000, 2],
            [8_192, 3]
          ] as const) {
            yield* note(batchOf(rows))
            assert.strictEqual(tidied, times)
          }
        })
      )
    })
  )
})
