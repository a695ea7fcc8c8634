import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import type { Stores } from "@rollcall/cli/Stores"
import { pendingAfter } from "@rollcall/sql/Migrations"
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

describe("rollcall db", () => {
  it.effect("status tells what is to come and makes nothing; after migrate nothing is to come", () =>
    Effect.gen(function* () {
      const parent = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "rollcall-db-"))),
        (made) => Effect.sync(() => rmSync(made, { recursive: true }))
      )
      const directory = join(parent, "data")
      const within = Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord({ DATA_DIR: directory })))
      const all = pendingAfter(0)
      const before = yield* within(run("db", "status", "--json"))
      assert.deepInclude(JSON.parse(before.stdout), { version: 0, pending: all })
      assert.isFalse(existsSync(directory))
      assert.strictEqual((yield* within(run("db", "migrate"))).code, 0)
      const after = yield* within(run("db", "status"))
      assert.strictEqual(after.code, 0)
      assert.match(after.stdout, new RegExp(`schema version ${all.length}, up to date\\n$`))
    })
  )
})
