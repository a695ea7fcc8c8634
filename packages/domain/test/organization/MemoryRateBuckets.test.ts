import { layerMemoryRateBuckets } from "@rollcall/domain/organization/RateBuckets"
import { rateBucketsContract } from "../contract/RateBucketsContract.ts"

rateBucketsContract("memory", layerMemoryRateBuckets)
