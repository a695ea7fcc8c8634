import { assert } from "@effect/vitest"
import { InstallationSecrets, installationSecretLength } from "@rollcall/domain/organization/InstallationSecrets"
import { Cause, Effect, Exit, Layer, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { layer } from "../src/InstallationSecretStore.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { onBothDatabases } from "./BothDatabases.ts"

onBothDatabases(
  "what servers sign with",
  (database) => Layer.provideMerge(layer, Layer.merge(database, SecureRandom.layerWebCrypto)),
  (it) => {
    it.effect("is made once, by whoever asks first, and is the same for all", () =>
      Effect.gen(function* () {
        const { find } = yield* InstallationSecrets
        const found = yield* Effect.all(
          Array.from({ length: 8 }, () => find("session")),
          { concurrency: "unbounded" }
        )
        const texts = new Set(found.map((secret) => Redacted.value(secret).join()))
        assert.strictEqual(texts.size, 1)
        assert.isTrue(found.every((secret) => Redacted.value(secret).byteLength === installationSecretLength))
      })
    )

    it.effect("ABUSE-21: one that is too short is no secret, and what to do is said", () =>
      Effect.gen(function* () {
        const sql = yield* WriteSql
        yield* (yield* InstallationSecrets).find("session")
        yield* sql.unsafe("UPDATE installation_secret SET secret = decode('00', 'hex')", [])
        const exit = yield* Effect.exit((yield* InstallationSecrets).find("session"))
        assert.isTrue(Exit.isFailure(exit))
        assert.match(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", /has 1 bytes and needs 32/)
      })
    )
  }
)
