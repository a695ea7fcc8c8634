import { Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { repeatableRequestsContract } from "../../domain/test/contract/RepeatableRequestsContract.ts"
import { layer } from "../src/RepeatableRequestStore.ts"
import { databases } from "./BothDatabases.ts"

for (const [kind, database] of databases) {
  repeatableRequestsContract(kind, Layer.provide(layer, [database, SecureRandom.layerWebCrypto]))
}
