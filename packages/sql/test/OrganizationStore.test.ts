import { Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { organizationsContract } from "../../domain/test/contract/Organizations.ts"
import { layer } from "../src/OrganizationStore.ts"
import { databases } from "./BothDatabases.ts"

for (const [kind, database] of databases) {
  organizationsContract(kind, Layer.provide(layer, [database, SecureRandom.layerWebCrypto, Digest.layerWebCrypto]))
}
