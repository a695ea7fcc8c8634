import {
  checkedSecret,
  InstallationSecrets,
  installationSecretLength
} from "@rollcall/domain/organization/InstallationSecrets"
import { Effect, Layer, Result, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { Hex } from "effect/encoding"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

const insertSecret = `INSERT INTO installation_secret (name, secret) VALUES ($1, decode($2, 'hex')) ON CONFLICT DO NOTHING`
const readSecret = "SELECT encode(secret, 'hex') AS secret FROM installation_secret WHERE name = $1"
const decodeRows = Schema.decodeUnknownEffect(Schema.Tuple([Schema.Struct({ secret: Schema.String })]))

/** What servers sign with, in PostgreSQL: of several that make it at once the first to commit is everybody's. */
export const layer: Layer.Layer<InstallationSecrets, never, WriteSql | SecureRandom.SecureRandom> = Layer.effect(
  InstallationSecrets,
  Effect.gen(function* () {
    const sql = yield* WriteSql
    const random = yield* SecureRandom.SecureRandom
    const find = Effect.fnUntraced(function* (name: string) {
      const fresh = Hex.encode(yield* random.randomBytes(installationSecretLength))
      yield* sql.unsafe(insertSecret, [name, fresh])
      const [{ secret }] = yield* Effect.flatMap(sql.unsafe(readSecret, [name]), (rows) =>
        Effect.orDie(decodeRows(rows))
      )
      return yield* checkedSecret(Result.getOrThrow(Hex.decode(secret)))
    })
    return InstallationSecrets.of({ find: (name) => storeFailures("find what to sign with", find(name)) })
  })
)
