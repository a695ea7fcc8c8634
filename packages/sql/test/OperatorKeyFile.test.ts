import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { keepOperatorKey, readOperatorKey } from "../src/OperatorKeyFile.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "rollcall-key-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
)
const keep = (directory: string) => Effect.provide(keepOperatorKey(directory), SecureRandom.layerWebCrypto)

describe("the operator's key in a data directory", () => {
  it.effect("is for its owner alone, also where a killed server left one that everybody could read", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      for (const name of ["operator.key", "operator.key.new"]) writeFileSync(join(directory, name), "", { mode: 0o644 })
      const key = yield* keep(directory)
      assert.strictEqual(statSync(join(directory, "operator.key")).mode & 0o777, 0o600)
      const read = yield* readOperatorKey(directory)
      assert.match(Redacted.value(key), /^[0-9a-f]{64}$/)
      assert.strictEqual(read === undefined ? "" : Redacted.value(read), Redacted.value(key))
    })
  )

  it.effect("is another one at each start, and is gone when the server ends", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      const first = yield* Effect.scoped(keep(directory))
      assert.isFalse(existsSync(join(directory, "operator.key")))
      assert.isUndefined(yield* readOperatorKey(directory))
      assert.notStrictEqual(Redacted.value(yield* keep(directory)), Redacted.value(first))
    })
  )

  it.effect("that was damaged opens nothing", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      writeFileSync(join(directory, "operator.key"), "6b")
      assert.isUndefined(yield* readOperatorKey(directory))
    })
  )

  it.effect("that cannot be written is told with what to do", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.scoped(keep("/nowhere/at/all")))
      assert.match(error.message, /cannot be written to \/nowhere\/at\/all.*Set DATA_DIR/)
    })
  )
})
