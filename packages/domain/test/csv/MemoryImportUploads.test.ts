import { layerMemoryImportUploads } from "@rollcall/domain/csv/MemoryImportUploads"
import { MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { layerMemoryOrganizations } from "@rollcall/domain/organization/MemoryOrganizations"
import { Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { importUploadsContract } from "../contract/ImportUploadsContract.ts"

importUploadsContract(
  "memory",
  Layer.mergeAll(layerMemoryImportUploads, layerMemoryOrganizations).pipe(
    Layer.provide([MemoryStore.layer, SecureRandom.layerWebCrypto])
  )
)
