import type { Stores } from "@rollcall/cli/Stores"
import { type MailConfigUnusable, readMailConfig } from "@rollcall/delivery/MailConfig"
import { layerMailPreview } from "@rollcall/delivery/mail/MailAttempts"
import { DirectoryExport } from "@rollcall/domain/csv/DirectoryExport"
import { GroupTypeImport } from "@rollcall/domain/csv/GroupTypeImport"
import { RosterComparison } from "@rollcall/domain/csv/RosterComparison"
import { UserImport } from "@rollcall/domain/csv/UserImport"
import { LogReading } from "@rollcall/domain/log/LogReading"
import { OutboxAdministration } from "@rollcall/domain/mail/OutboxAdministration"
import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import type { AddressSettings } from "@rollcall/domain/organization/ScimBaseUrl"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { PeopleReading } from "@rollcall/domain/user/PeopleReading"
import { UserMatching } from "@rollcall/domain/user/UserMatching"
import * as Database from "@rollcall/sql/Database"
import type { DatabaseUnusable } from "@rollcall/sql/DatabaseUnusable"
import * as GroupStore from "@rollcall/sql/GroupStore"
import * as GroupTypeStore from "@rollcall/sql/GroupTypeStore"
import * as ImportStore from "@rollcall/sql/ImportStore"
import * as LogStore from "@rollcall/sql/LogStore"
import * as OAuthStore from "@rollcall/sql/OAuthStore"
import * as OrganizationStore from "@rollcall/sql/OrganizationStore"
import * as OutboxStore from "@rollcall/sql/OutboxStore"
import * as PeopleLookupStore from "@rollcall/sql/PeopleLookupStore"
import * as PeopleSearchStore from "@rollcall/sql/PeopleSearchStore"
import * as PreviewStore from "@rollcall/sql/PreviewStore"
import { layerSqlDirectory } from "@rollcall/sql/SqlDirectory"
import * as UserStore from "@rollcall/sql/UserStore"
import { Effect, Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"

/**
 * The database that the environment names, migrated and opened by this process. Loaded when a command needs it: help and
 * wrong usage answer without a database's driver.
 */
export const openedStores = (
  config: AddressSettings & { readonly extensionUrn: string }
): Layer.Layer<Stores, DatabaseUnusable | MailConfigUnusable> => {
  const types = makeResourceTypes(config.extensionUrn)
  const previews = Layer.unwrap(
    Effect.map(readMailConfig, ({ from, productName }) => layerMailPreview({ productName, from, address: config }))
  )
  const files = RosterComparison.layer.pipe(
    Layer.provideMerge(Layer.mergeAll(UserImport.layer(types), GroupTypeImport.layer, DirectoryExport.layer))
  )
  const reading = Layer.mergeAll(
    Layer.provide(PeopleReading.layer(types), UserMatching.layer),
    LogReading.layer,
    Layer.provide(OutboxAdministration.layer, previews)
  )
  const stores = Layer.mergeAll(
    layerSqlDirectory(types),
    UserStore.layer(types),
    GroupStore.layer,
    GroupTypeStore.layer,
    ImportStore.layer,
    LogStore.layer(),
    OutboxStore.layer,
    PeopleLookupStore.layer,
    PeopleSearchStore.layer,
    PreviewStore.layer(types)
  )
  return Layer.mergeAll(
    OrganizationStore.layer,
    OrganizationAdministration.layer,
    OAuthAdministration.layer,
    OAuthStore.layer,
    files,
    reading
  ).pipe(
    Layer.provide(stores),
    Layer.provide(Database.layer()),
    Layer.provide(Layer.mergeAll(Digest.layerWebCrypto, SecureRandom.layerWebCrypto))
  )
}
