import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer } from "effect"
import { SqlError } from "effect/sql"
import { classify, storeFailures } from "../src/SqlFailure.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { layerPostgres } from "./BothDatabases.ts"

const failure = (reason: SqlError.SqlErrorReason) => new SqlError.SqlError({ reason })
const unknown = (code?: string) =>
  failure(new SqlError.UnknownError({ cause: Object.assign(new Error("failed"), code === undefined ? {} : { code }) }))
const serialization = failure(new SqlError.SerializationError({ cause: new Error("40001") }))

/** Fails so many times, then succeeds with the number of attempts. */
const failing = (times: number, error: SqlError.SqlError) => {
  let attempts = 0
  return Effect.suspend(() => (++attempts <= times ? Effect.fail(error) : Effect.succeed(attempts)))
}

describe("failures of the database", () => {
  it("what may pass is unavailability, what the statement did is a defect", () => {
    const cause = new Error("x")
    const unavailable = [
      new SqlError.ConnectionError({ cause }),
      new SqlError.AuthenticationError({ cause }),
      new SqlError.LockTimeoutError({ cause }),
      new SqlError.StatementTimeoutError({ cause })
    ].map(failure)
    const states = ["53300", "53100", "57P01", "57P02", "57P03", "57P05", "25006", "58030"].map(unknown)
    for (const error of [...unavailable, ...states]) assert.strictEqual(classify(error), "unavailable", error.message)
    const defects = [
      new SqlError.SqlSyntaxError({ cause }),
      new SqlError.UniqueViolation({ cause, constraint: "user_account_pkey" }),
      new SqlError.ConstraintError({ cause }),
      new SqlError.AuthorizationError({ cause })
    ].map(failure)
    const faults = [undefined, "22021", "22P02", "54001", "57P04"].map((code) => unknown(code))
    for (const error of [...defects, ...faults]) assert.strictEqual(classify(error), "defect")
    assert.strictEqual(classify(serialization), "repeat")
    assert.strictEqual(classify(failure(new SqlError.DeadlockError({ cause }))), "repeat")
  })

  it.live("a lost transaction is repeated as a whole, but not for ever", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* storeFailures("write", failing(3, serialization)), 4)
      const given = yield* Effect.flip(storeFailures("write", failing(100, serialization)))
      assert.strictEqual(given._tag, "StoreUnavailable")
      assert.strictEqual(given.message, "Storage cannot be reached (write)")
    })
  )

  it.effect("unavailability is not waited for, other errors go through, and a fault in the statement dies", () =>
    Effect.gen(function* () {
      const gone = yield* Effect.flip(storeFailures("read", failing(1, unknown("57P01"))))
      assert.strictEqual(gone._tag, "StoreUnavailable")
      assert.strictEqual(yield* Effect.flip(storeFailures("read", Effect.fail("mine" as const))), "mine")
      const exit = yield* Effect.exit(storeFailures("read", failing(1, unknown("22P02"))))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    })
  )

  it.live("a real deadlock of two transactions is repeated until both are done (40P01)", () =>
    Effect.gen(function* () {
      const sql = yield* WriteSql
      yield* sql`CREATE TABLE pair (id int PRIMARY KEY, value int NOT NULL)`
      yield* sql`INSERT INTO pair VALUES (1, 0), (2, 0)`
      yield* sql`CREATE TABLE arrival (id int)`
      const update = (first: number, second: number) =>
        storeFailures(
          "write",
          sql.withTransaction(
            Effect.gen(function* () {
              yield* sql`UPDATE pair SET value = value + 1 WHERE id = ${first}`
              yield* waitForBoth
              yield* sql`UPDATE pair SET value = value + 1 WHERE id = ${second}`
            })
          )
        )
      // Both hold a row before either asks for the other's; who comes again finds both arrived.
      let arrived = 0
      const waitForBoth = Effect.suspend(() => {
        arrived++
        return Effect.repeat(Effect.yieldNow, { until: () => arrived >= 2 })
      })
      const fibers = [yield* Effect.forkChild(update(1, 2)), yield* Effect.forkChild(update(2, 1))]
      for (const fiber of fibers) yield* Fiber.join(fiber)
      assert.isAtLeast(arrived, 3)
      const rows = yield* sql`SELECT value FROM pair`
      assert.deepStrictEqual(
        rows.map((row) => row.value),
        [2, 2]
      )
    }).pipe(Effect.provide(Layer.fresh(layerPostgres)))
  )

  it.live("a session that the server ended is unavailability, inside a transaction too, and the next one works", () =>
    Effect.gen(function* () {
      const sql = yield* WriteSql
      const end = sql`SELECT pg_terminate_backend(pg_backend_pid())`
      // A transaction whose connection is gone cannot be rolled back either.
      for (const ended of [end, sql.withTransaction(end), sql.withTransaction(Effect.andThen(end, sql`SELECT 1`))]) {
        const failed = yield* Effect.flip(storeFailures("read", ended))
        assert.strictEqual(failed._tag, "StoreUnavailable")
        assert.deepStrictEqual(yield* sql`SELECT 1 AS one`, [{ one: 1 }])
      }
    }).pipe(Effect.provide(Layer.fresh(layerPostgres)))
  )
})
