import { assert, layer as suite } from "@effect/vitest"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { attemptWindow, PasswordAttempts } from "@rollcall/domain/user/PasswordAttempts"
import { Effect, Layer } from "effect"
import { passwordAttemptsContract } from "../../domain/test/contract/PasswordAttemptsContract.ts"
import { layer as attemptStore } from "../src/PasswordAttemptStore.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { layerPostgres, onBothDatabases } from "./BothDatabases.ts"

onBothDatabases(
  "counting attempts at passwords",
  (database) => Layer.provide(attemptStore, database),
  passwordAttemptsContract
)

suite(Layer.provideMerge(attemptStore, Layer.fresh(layerPostgres)), { timeout: "60 seconds" })(
  "the table of attempts at passwords (PostgreSQL 15)",
  (it) => {
    it.effect("shrinks as windows end: each that begins removes some that are over", () =>
      Effect.gen(function* () {
        const sql = yield* WriteSql
        const attempts = yield* PasswordAttempts
        const organization = OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000001")
        const person = (n: number) => ({ kind: "person", id: `p${n}` }) as const
        const now = 1_900_000_000_000
        for (let n = 0; n < 30; n++) yield* attempts.take(organization, person(n), now)
        for (let n = 30; n < 33; n++) yield* attempts.take(organization, person(n), now + attemptWindow)
        const rows = yield* sql.unsafe<{ readonly subject: string }>("SELECT subject FROM password_attempt")
        assert.deepStrictEqual(rows.map(({ subject }) => subject).toSorted(), [
          "person p30",
          "person p31",
          "person p32"
        ])
      })
    )
  }
)
