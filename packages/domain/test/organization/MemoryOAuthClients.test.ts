import { layerMemoryDirectory, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { layerMemoryProvisioningLog } from "@rollcall/domain/log/MemoryProvisioningLog"
import { layerMemoryOAuthClients } from "@rollcall/domain/organization/MemoryOAuthClients"
import { layerMemoryOrganizations } from "@rollcall/domain/organization/MemoryOrganizations"
import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import { Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { oauthClientsContract, oauthLogContract } from "../contract/OAuthClientsContract.ts"
import { resourceTypes } from "../contract/Tenant.ts"

const memory = Layer.mergeAll(layerMemoryOAuthClients, OAuthAdministration.layer, layerMemoryProvisioningLog).pipe(
  Layer.provideMerge(Layer.mergeAll(layerMemoryOrganizations, layerMemoryDirectory(resourceTypes))),
  Layer.provide([MemoryStore.layer, SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
)

oauthClientsContract("memory", memory)
oauthLogContract("memory", memory)
