import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Queue, Schema, type Scope } from "effect"
import { Reactivity } from "effect/reactivity"
import type { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { openEmbedded } from "../src/EmbeddedDatabase.ts"
import { dueChores, keepTidy } from "../src/EmbeddedUpkeep.ts"

const open = (directory: string | undefined) => Effect.provide(openEmbedded({ directory }), Reactivity.layer)

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "rollcall-upkeep-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

const rows = 2_000

/** A table of people who are about to change, again and again. */
const people = (sql: SqlClient.SqlClient) =>
  Effect.gen(function* () {
    yield* sql`CREATE TABLE person (id int PRIMARY KEY, turn int NOT NULL, state text NOT NULL)`
    yield* sql`CREATE INDEX ON person (turn)`
    yield* sql`INSERT INTO person SELECT n, 0, repeat('x', 200) FROM generate_series(1, ${rows}) AS n`
  })

const changeAll = (sql: SqlClient.SqlClient) => sql`UPDATE person SET turn = turn + 1`

const Standing = Schema.Tuple([Schema.Struct({ dead: Schema.Int, size: Schema.Int })])
const standing = (sql: SqlClient.SqlClient) =>
  Effect.gen(function* () {
    yield* sql`SELECT pg_stat_force_next_flush()`
    const found = yield* sql`SELECT n_dead_tup::int AS dead, pg_total_relation_size(relid)::int AS size
      FROM pg_stat_user_tables WHERE relname = 'person'`
    return (yield* Schema.decodeUnknownEffect(Standing)(found))[0]
  })

/** The client, and each statement of upkeep that it has carried out. */
const watched = Effect.fnUntraced(function* (sql: SqlClient.SqlClient) {
  const done = yield* Queue.unbounded<string>()
  const isChore = (text: string) => /^(VACUUM|ANALYZE|CHECKPOINT)/.test(text)
  const spied: SqlClient.SqlClient = Object.assign(Object.create(sql), {
    unsafe: (text: string, params?: ReadonlyArray<unknown>) =>
      Effect.tap(sql.unsafe(text, params), () => (isChore(text) ? Queue.offer(done, text) : Effect.void))
  })
  return { done, spied }
})

/** Lets time pass until something has come about, as fast as the database does its work. */
const passing = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))
    const time = yield* Effect.forkChild(Effect.forever(Effect.andThen(TestClock.adjust("250 millis"), turn)))
    return yield* Effect.ensuring(effect, Fiber.interrupt(time))
  })

const changes = 6

/** How large the table is after many changes of everybody, with and without upkeep between them. */
const sizeAfterChanges = (
  between: (sql: SqlClient.SqlClient) => Effect.Effect<Effect.Effect<unknown>, never, Scope.Scope>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { sql } = yield* open(undefined)
      yield* people(sql)
      const { size: first } = yield* standing(sql)
      const next = yield* between(sql)
      for (let turn = 0; turn < changes; turn++) {
        yield* changeAll(sql)
        yield* next
      }
      const { dead, size } = yield* standing(sql)
      return { dead, times: size / first }
    })
  )

describe("the upkeep of the embedded database", () => {
  it.effect("dead rows go within a minute and are no more space; without it every change of everybody stays", () =>
    Effect.gen(function* () {
      const left = yield* sizeAfterChanges(() => Effect.succeed(Effect.void))
      assert.isAbove(left.dead, (changes - 1) * rows)
      assert.isAbove(left.times, changes / 2)
      const kept = yield* sizeAfterChanges((sql) =>
        Effect.gen(function* () {
          const { done, spied } = yield* watched(sql)
          yield* keepTidy(spied, { files: undefined, uses: () => 0 })
          return passing(Queue.take(done))
        })
      )
      assert.strictEqual(kept.dead, 0)
      assert.isBelow(kept.times, 3)
    })
  )

  it.effect("waits for a moment in which nobody asks, yet not for ever", () =>
    Effect.gen(function* () {
      const { sql } = yield* open(undefined)
      yield* people(sql)
      yield* changeAll(sql)
      const { done, spied } = yield* watched(sql)
      let [asked, uses] = [0, 0]
      yield* keepTidy(spied, {
        files: undefined,
        // Somebody has asked by each of the first ten looks.
        uses: () => (++asked <= 20 ? ++uses : uses)
      })
      assert.match(yield* passing(Queue.take(done)), /^VACUUM/)
      assert.isAbove(asked, 20)
      yield* changeAll(sql)
      yield* changeAll(sql)
      yield* keepTidy(spied, { files: undefined, uses: () => ++uses })
      assert.match(yield* passing(Queue.take(done)), /person/)
    })
  )

  it.effect.prop(
    "whoever asks meanwhile is answered, and finds what was written",
    [Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: rows }))).check(Schema.isMaxLength(30))],
    ([ids]) =>
      Effect.scoped(
        Effect.gen(function* () {
          const { sql, uses } = yield* open(undefined)
          yield* people(sql)
          yield* changeAll(sql)
          const { done, spied } = yield* watched(sql)
          yield* keepTidy(spied, { files: undefined, uses })
          const answers = yield* passing(
            Effect.andThen(
              Effect.forEach(
                [...new Set(ids)],
                (id) =>
                  Effect.andThen(
                    sql`UPDATE person SET state = ${`new ${id}`} WHERE id = ${id}`,
                    sql`SELECT state FROM person WHERE id = ${id}`
                  ),
                { concurrency: "unbounded" }
              ),
              (answers) => Effect.as(Queue.take(done), answers)
            )
          )
          assert.deepStrictEqual(
            answers,
            [...new Set(ids)].map((id) => [{ state: `new ${id}` }])
          )
          assert.isBelow((yield* standing(sql)).dead, rows / 2)
        })
      ),
    { arbitrary: { runs: 2 } }
  )

  it.effect("the log is cut where much was written; what was written is there when it is opened again", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { files, sql, uses } = yield* open(directory)
          yield* sql`CREATE TABLE much (id int, state text)`
          const { tidy } = yield* keepTidy(sql, { files, uses, sinceCheckpoint: 1 })
          yield* tidy
          assert.deepStrictEqual(yield* dueChores(sql, 1), [])
          yield* sql`INSERT INTO much SELECT n, repeat('x', 1000) FROM generate_series(1, 2000) AS n`
          assert.deepInclude(yield* dueChores(sql, 1), { statement: "CHECKPOINT", frees: true })
          yield* tidy
          assert.notDeepInclude(yield* dueChores(sql, 1), { statement: "CHECKPOINT", frees: true })
        })
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { sql } = yield* open(directory)
          assert.deepStrictEqual(yield* sql`SELECT count(*)::int AS count FROM much`, [{ count: 2_000 }])
        })
      )
    })
  )

  it.effect(
    "what was forgotten of a table since it was closed is looked up again; an import is spared what frees nothing",
    () =>
      Effect.gen(function* () {
        const { sql, uses } = yield* open(undefined)
        yield* people(sql)
        // What was counted before counts from here on.
        yield* standing(sql)
        yield* sql`ANALYZE`
        assert.notDeepInclude(yield* dueChores(sql), { statement: "ANALYZE public.person", frees: false })
        yield* sql`SELECT pg_stat_reset()`
        assert.deepInclude(yield* dueChores(sql), { statement: "ANALYZE public.person", frees: false })
        const { done, spied } = yield* watched(sql)
        const { tidy } = yield* keepTidy(spied, { files: undefined, uses })
        yield* tidy
        assert.strictEqual(yield* Queue.size(done), 0)
        yield* changeAll(sql)
        yield* tidy
        assert.match(yield* Queue.take(done), /^VACUUM .*public\.person$/)
      })
  )
})
