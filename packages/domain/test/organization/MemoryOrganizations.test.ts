import { MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { layerMemoryOrganizations } from "@rollcall/domain/organization/MemoryOrganizations"
import { Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { organizationsContract } from "../contract/Organizations.ts"

organizationsContract(
  "memory",
  Layer.provide(layerMemoryOrganizations, [MemoryStore.layer, SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
)
