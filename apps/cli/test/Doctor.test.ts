import { assert, describe, it } from "@effect/vitest"
import type { Stores } from "@rollcall/cli/Stores"
import { ConfigProvider, Effect, Layer } from "effect"
import { installation } from "../src/Composition.ts"
import { http } from "../src/Storage.ts"
import { capturedRun } from "./CapturedRun.ts"

const run = capturedRun({
  version: "1.2.3",
  http,
  installation,
  stores: Layer.effectContext<Stores, never, never>(Effect.die(new Error("the stores were opened")))
})
const doctor = (variables: Record<string, string>, ...flags: ReadonlyArray<string>) =>
  Effect.provide(run("doctor", ...flags), ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables)))

describe("rollcall doctor", () => {
  // The clock of the database is a real one.
  it.live("tells what it found, and ends with 0 where nothing is wrong", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* doctor({ DATA_DIR: "memory:", BASE_DOMAIN: "example.com" })
      assert.deepStrictEqual([code, stderr], [0, ""])
      const lines = stdout.trimEnd().split("\n")
      assert.lengthOf(lines, 3)
      assert.match(lines[0] ?? "", /^ok +configuration +.*127\.0\.0\.1:3000.*example\.com/)
      assert.match(lines[1] ?? "", /^ok +database +an embedded database in memory, schema version \d+, clocks agree$/)
      assert.match(lines[2] ?? "", /^ok +e-mail +SMTP_URL is not set/)
    })
  )

  it.effect("tells of each thing that is wrong what to do, without a password, and ends with 1", () =>
    Effect.gen(function* () {
      const variables = {
        DATABASE_URL: "postgresql://ada:hunter2@127.0.0.1:9/rollcall",
        PORT: "many",
        SMTP_URL: "smtp://mail:hunter3@127.0.0.1:9",
        MAIL_FROM: "rollcall@example.com"
      }
      const { code, stderr, stdout } = yield* doctor(variables, "--json")
      assert.deepStrictEqual([code, stderr], [1, ""])
      assert.notMatch(stdout, /hunter/)
      const results: ReadonlyArray<Record<string, unknown>> = JSON.parse(stdout)
      assert.deepStrictEqual(
        results.map(({ check, ok }) => [check, ok]),
        [
          ["configuration", false],
          ["database", false],
          ["e-mail", false]
        ]
      )
      assert.match(String(results[0]?.found), /PORT/)
      assert.match(String(results[1]?.found), /127\.0\.0\.1:9\/rollcall refused the connection/)
      assert.match(String(results[2]?.remedy), /SMTP_URL/)
      const told = yield* doctor(variables)
      assert.match(told.stdout, /^database: Check DATABASE_URL/m)
    })
  )
})
