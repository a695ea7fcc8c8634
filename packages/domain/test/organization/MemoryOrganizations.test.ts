import { layerMemoryDirectory, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { layerMemoryProvisioningLog } from "@rollcall/domain/log/MemoryProvisioningLog"
import { layerMemoryOrganizations } from "@rollcall/domain/organization/MemoryOrganizations"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { organizationAdministrationContract } from "../contract/OrganizationAdministrationContract.ts"
import { organizationsContract } from "../contract/Organizations.ts"
import { resourceTypes } from "../contract/Tenant.ts"

const memory = Layer.mergeAll(
  OrganizationAdministration.layer,
  layerMemoryOrganizations,
  layerMemoryProvisioningLog
).pipe(
  Layer.provideMerge(layerMemoryDirectory(resourceTypes)),
  Layer.provide([MemoryStore.layer, SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
)

organizationsContract("memory", Layer.fresh(memory))
organizationAdministrationContract("memory", Layer.fresh(memory))
