import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Reactivity } from "effect/reactivity"
import { makeEmbedded } from "../src/EmbeddedDatabase.ts"
import { dropTemplate, findTemplate, keepTemplate, templatePath } from "../src/EmbeddedTemplate.ts"

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "rollcall-template-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

const answers = (directory: string | undefined) =>
  Effect.scoped(
    Effect.gen(function* () {
      const sql = yield* Effect.provide(makeEmbedded({ directory }), Reactivity.layer)
      return (yield* sql`SELECT 1 AS one`)[0]?.one
    })
  )

describe("the files that a new embedded database begins with", { timeout: 240_000 }, () => {
  it.effect("are there once one was made, and the next begins with them", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* answers(undefined), 1)
      assert.isTrue(existsSync(templatePath()))
      const directory = join(yield* temporaryDirectory, "data")
      assert.strictEqual(yield* answers(directory), 1)
      assert.strictEqual(yield* answers(directory), 1)
    })
  )

  it.effect("are kept whole or not at all, and their loss harms nothing", () =>
    Effect.promise(async () => {
      const home = mkdtempSync(join(tmpdir(), "rollcall-template-"))
      const path = join(home, "cache", "embedded.tar")
      assert.isUndefined(await findTemplate(path))
      await keepTemplate(path, new Blob(["files"]))
      assert.strictEqual(await (await findTemplate(path))?.text(), "files")
      assert.deepStrictEqual(readdirSync(join(home, "cache")), ["embedded.tar"])
      await dropTemplate(path)
      await dropTemplate(path)
      assert.isUndefined(await findTemplate(path))
      writeFileSync(join(home, "file"), "")
      await keepTemplate(join(home, "file", "embedded.tar"), new Blob(["files"]))
      rmSync(home, { recursive: true })
    })
  )
})
