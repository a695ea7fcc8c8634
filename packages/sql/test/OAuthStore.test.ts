import { Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { oauthClientsContract } from "../../domain/test/contract/OAuthClientsContract.ts"
import * as OAuthStore from "../src/OAuthStore.ts"
import * as OrganizationStore from "../src/OrganizationStore.ts"
import { databases } from "./BothDatabases.ts"

const layerServices = Layer.merge(OAuthStore.layer, OrganizationStore.layer).pipe(
  Layer.provide([SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
)

for (const [kind, database] of databases) {
  oauthClientsContract(kind, Layer.provide(layerServices, database))
}
