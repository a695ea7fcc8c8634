import { layerMemoryRepeatableRequests } from "@rollcall/domain/organization/MemoryRepeatableRequests"
import { Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { repeatableRequestsContract } from "../contract/RepeatableRequestsContract.ts"

repeatableRequestsContract("memory", Layer.provide(layerMemoryRepeatableRequests, SecureRandom.layerWebCrypto))
