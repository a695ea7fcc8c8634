import { Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { outboxContract } from "../../domain/test/contract/OutboxContract.ts"
import { layer } from "../src/OutboxStore.ts"
import { databases } from "./BothDatabases.ts"
import { layerOutboxProbe } from "./OutboxRows.ts"

for (const [kind, database] of databases) {
  outboxContract(
    kind,
    Layer.merge(layer, layerOutboxProbe).pipe(Layer.provide([database, SecureRandom.layerWebCrypto]))
  )
}
