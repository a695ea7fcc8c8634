import { Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { importUploadsContract } from "../../domain/test/contract/ImportUploadsContract.ts"
import * as ImportUploadStore from "../src/ImportUploadStore.ts"
import * as OrganizationStore from "../src/OrganizationStore.ts"
import { databases } from "./BothDatabases.ts"

for (const [kind, database] of databases) {
  importUploadsContract(
    kind,
    Layer.mergeAll(ImportUploadStore.layer, OrganizationStore.layer).pipe(
      Layer.provide([database, Digest.layerWebCrypto, SecureRandom.layerWebCrypto])
    )
  )
}
