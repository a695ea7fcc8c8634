import { layerMemoryDirectory, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { layerMemoryProvisioningLog } from "@rollcall/domain/log/MemoryProvisioningLog"
import { layerMemoryOrganizations } from "@rollcall/domain/organization/MemoryOrganizations"
import { layerMemoryPasswordLinks, layerMemoryPasswords } from "@rollcall/domain/user/MemoryPasswords"
import { OwnPassword } from "@rollcall/domain/user/OwnPassword"
import { Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { passwordLinksContract } from "../contract/PasswordLinksContract.ts"
import { PasswordProbe } from "../contract/PasswordProbe.ts"
import { resourceTypes } from "../contract/Tenant.ts"

passwordLinksContract(
  "memory",
  Layer.mergeAll(
    layerMemoryPasswords,
    layerMemoryPasswordLinks,
    OwnPassword.layer,
    layerMemoryProvisioningLog,
    PasswordProbe.layerMemory
  ).pipe(
    Layer.provideMerge(Layer.merge(layerMemoryOrganizations, layerMemoryDirectory(resourceTypes))),
    Layer.provide([MemoryStore.layer, SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
  )
)
