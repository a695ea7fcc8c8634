import { layerCsvReader } from "@rollcall/delivery/csv/CsvParseReader"
import { fileFingerprint } from "@rollcall/delivery/csv/fileFingerprint"
import { layerImportJob } from "@rollcall/delivery/ImportJob"
import { layerImportRetention } from "@rollcall/delivery/ImportRetention"
import { ImportWorker } from "@rollcall/domain/csv/ImportWorker"
import { UploadedImports } from "@rollcall/domain/csv/UploadedImports"
import { UserImport } from "@rollcall/domain/csv/UserImport"
import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import * as ImportStore from "@rollcall/sql/ImportStore"
import * as ImportUploadStore from "@rollcall/sql/ImportUploadStore"
import * as PeopleLookupStore from "@rollcall/sql/PeopleLookupStore"
import * as PreviewStore from "@rollcall/sql/PreviewStore"
import { Effect, Layer } from "effect"
import { untilStopping } from "./Shutdown.ts"

/** Imports of people from CSV (R-CSV), on the database of this server, and the jobs that do them for the Public API. */
export const layerImports = (types: ResourceTypes) =>
  Layer.merge(layerImportJob, layerImportRetention()).pipe(
    Layer.provide(Layer.provide(ImportWorker.layer({ fingerprint: fileFingerprint }), layerCsvReader)),
    Layer.provideMerge(Layer.unwrap(Effect.map(untilStopping, UploadedImports.layer))),
    Layer.provideMerge(UserImport.layer(types)),
    Layer.provide(Layer.mergeAll(PreviewStore.layer(types), PeopleLookupStore.layer, ImportUploadStore.layer)),
    Layer.provideMerge(ImportStore.layer)
  )
