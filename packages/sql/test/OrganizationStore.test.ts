import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { organizationAdministrationContract } from "../../domain/test/contract/OrganizationAdministrationContract.ts"
import { organizationsContract } from "../../domain/test/contract/Organizations.ts"
import { resourceTypes } from "../../domain/test/contract/Tenant.ts"
import { layer as logStore } from "../src/LogStore.ts"
import { layer } from "../src/OrganizationStore.ts"
import { layerSqlDirectory } from "../src/SqlDirectory.ts"
import { databases } from "./BothDatabases.ts"

for (const [kind, database] of databases) {
  const stores = Layer.mergeAll(OrganizationAdministration.layer, layer, logStore()).pipe(
    Layer.provideMerge(layerSqlDirectory(resourceTypes)),
    Layer.provide([database, SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
  )
  organizationsContract(kind, Layer.fresh(stores))
  organizationAdministrationContract(kind, Layer.fresh(stores))
}
