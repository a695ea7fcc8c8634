import { Layer } from "effect"
import { rateBucketsContract } from "../../domain/test/contract/RateBucketsContract.ts"
import { layer } from "../src/RateBucketStore.ts"
import { databases } from "./BothDatabases.ts"

for (const [kind, database] of databases) rateBucketsContract(kind, Layer.provide(layer, database))
