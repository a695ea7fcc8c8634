import { Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { resourceTypes } from "../../domain/test/contract/Tenant.ts"
import * as GroupStore from "../src/GroupStore.ts"
import * as GroupTypeStore from "../src/GroupTypeStore.ts"
import * as ImportStore from "../src/ImportStore.ts"
import * as PeopleLookupStore from "../src/PeopleLookupStore.ts"
import * as PreviewStore from "../src/PreviewStore.ts"
import type { ReadSql } from "../src/ReadSql.ts"
import { layerSqlDirectory } from "../src/SqlDirectory.ts"
import * as UserStore from "../src/UserStore.ts"
import type { WriteSql } from "../src/WriteSql.ts"
import { layerDirectoryProbe } from "./SqlDirectoryProbe.ts"

/** All that imports take, on a database. */
export const layerSqlImportAdapters = (database: Layer.Layer<ReadSql | WriteSql>) =>
  Layer.mergeAll(
    layerSqlDirectory(resourceTypes),
    UserStore.layer(resourceTypes),
    GroupStore.layer,
    GroupTypeStore.layer,
    PeopleLookupStore.layer,
    PreviewStore.layer(resourceTypes),
    ImportStore.layer,
    layerDirectoryProbe
  ).pipe(Layer.provide(SecureRandom.layerWebCrypto), Layer.provideMerge(database))
