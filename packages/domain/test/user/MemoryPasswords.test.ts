import { MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { layerMemoryOrganizations } from "@rollcall/domain/organization/MemoryOrganizations"
import { layerMemoryPasswordLinks, layerMemoryPasswords } from "@rollcall/domain/user/MemoryPasswords"
import { Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { passwordLinksContract } from "../contract/PasswordLinksContract.ts"
import { PasswordProbe } from "../contract/PasswordProbe.ts"

passwordLinksContract(
  "memory",
  Layer.mergeAll(layerMemoryPasswords, layerMemoryPasswordLinks, PasswordProbe.layerMemory).pipe(
    Layer.provideMerge(layerMemoryOrganizations),
    Layer.provide([MemoryStore.layer, SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
  )
)
