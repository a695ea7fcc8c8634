import { UserImport } from "@rollcall/domain/csv/UserImport"
import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import * as ImportStore from "@rollcall/sql/ImportStore"
import * as PeopleLookupStore from "@rollcall/sql/PeopleLookupStore"
import * as PreviewStore from "@rollcall/sql/PreviewStore"
import { Layer } from "effect"

/** Imports of people from CSV (R-CSV), on the database of this server. */
export const layerImports = (types: ResourceTypes) =>
  UserImport.layer(types).pipe(
    Layer.provide(Layer.mergeAll(ImportStore.layer, PreviewStore.layer(types), PeopleLookupStore.layer))
  )
