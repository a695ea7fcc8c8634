import type { Stores } from "@rollcall/cli/Stores"
import { UserImport } from "@rollcall/domain/csv/UserImport"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import * as Database from "@rollcall/sql/Database"
import type { DatabaseUnusable } from "@rollcall/sql/DatabaseUnusable"
import * as ImportStore from "@rollcall/sql/ImportStore"
import * as OAuthStore from "@rollcall/sql/OAuthStore"
import * as OrganizationStore from "@rollcall/sql/OrganizationStore"
import * as PeopleLookupStore from "@rollcall/sql/PeopleLookupStore"
import * as PreviewStore from "@rollcall/sql/PreviewStore"
import { layerSqlDirectory } from "@rollcall/sql/SqlDirectory"
import { Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"

/**
 * The database that the environment names, migrated and opened by this process. Loaded when a command needs it: help and
 * wrong usage answer without a database's driver.
 */
export const openedStores = (types: ResourceTypes): Layer.Layer<Stores, DatabaseUnusable> =>
  Layer.mergeAll(
    OrganizationStore.layer,
    OrganizationAdministration.layer,
    OAuthStore.layer,
    UserImport.layer(types)
  ).pipe(
    Layer.provide(
      Layer.mergeAll(layerSqlDirectory(types), ImportStore.layer, PreviewStore.layer(types), PeopleLookupStore.layer)
    ),
    Layer.provide(Database.layer()),
    Layer.provide(Layer.mergeAll(Digest.layerWebCrypto, SecureRandom.layerWebCrypto))
  )
