import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import { Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { oauthClientsContract, oauthLogContract } from "../../domain/test/contract/OAuthClientsContract.ts"
import { resourceTypes } from "../../domain/test/contract/Tenant.ts"
import * as LogStore from "../src/LogStore.ts"
import * as OAuthStore from "../src/OAuthStore.ts"
import * as OrganizationStore from "../src/OrganizationStore.ts"
import { layerSqlDirectory } from "../src/SqlDirectory.ts"
import { databases } from "./BothDatabases.ts"

const layerServices = Layer.mergeAll(OAuthStore.layer, OAuthAdministration.layer, LogStore.layer()).pipe(
  Layer.provideMerge(Layer.mergeAll(OrganizationStore.layer, layerSqlDirectory(resourceTypes))),
  Layer.provide([SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
)

for (const [kind, database] of databases) {
  const services = Layer.provide(layerServices, database)
  oauthClientsContract(kind, services)
  oauthLogContract(kind, services)
}
