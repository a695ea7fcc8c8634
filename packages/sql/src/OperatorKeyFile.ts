import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Redacted, type Scope } from "effect"
import { SecureRandom } from "effect/crypto"
import { DatabaseUnusable } from "./DatabaseUnusable.ts"

const keyFile = (directory: string) => join(directory, "operator.key")

const keyForm = /^[0-9a-f]{64}$/

/**
 * A new key of 256 bits in a file of the data directory that only its owner may read, until the scope ends: whoever can
 * read the directory is the operator of the server that holds it. The caller holds the directory.
 */
export const keepOperatorKey: (
  directory: string
) => Effect.Effect<Redacted.Redacted<string>, DatabaseUnusable, Scope.Scope | SecureRandom.SecureRandom> =
  Effect.fnUntraced(function* (directory) {
    const key = Buffer.from(yield* (yield* SecureRandom.SecureRandom).randomBytes(32)).toString("hex")
    yield* Effect.acquireRelease(
      Effect.try({
        try: () => {
          const draft = `${keyFile(directory)}.new`
          // What a killed server left may have other rights than are asked for here.
          rmSync(draft, { force: true })
          writeFileSync(draft, `${key}\n`, { mode: 0o600, flag: "wx" })
          renameSync(draft, keyFile(directory))
        },
        catch: (error) =>
          new DatabaseUnusable({
            problem: `The key of the operator cannot be written to ${keyFile(directory)}: ${error instanceof Error ? error.message : String(error)}`,
            remedy: "Set DATA_DIR to a directory that this user may write, or DATABASE_URL"
          })
      }),
      () => Effect.sync(() => rmSync(keyFile(directory), { force: true }))
    )
    return Redacted.make(key, { label: "operator key" })
  })

/** The key of the server that holds the directory; undefined where there is none that this user may read. */
export const readOperatorKey = (directory: string): Effect.Effect<Redacted.Redacted<string> | undefined> =>
  Effect.sync(() => {
    try {
      const key = readFileSync(keyFile(directory), "utf8").trim()
      return keyForm.test(key) ? Redacted.make(key, { label: "operator key" }) : undefined
    } catch {
      return undefined
    }
  })
