import { MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { layerMemoryOAuthClients } from "@rollcall/domain/organization/MemoryOAuthClients"
import { layerMemoryOrganizations } from "@rollcall/domain/organization/MemoryOrganizations"
import { Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { oauthClientsContract } from "../contract/OAuthClientsContract.ts"

oauthClientsContract(
  "memory",
  layerMemoryOAuthClients.pipe(
    Layer.provideMerge(layerMemoryOrganizations),
    Layer.provide([MemoryStore.layer, SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
  )
)
