import { DirectoryExport } from "@rollcall/domain/csv/DirectoryExport"
import { GroupTypeImport } from "@rollcall/domain/csv/GroupTypeImport"
import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { OperatorAccess } from "@rollcall/http/operator/OperatorAccess"
import { RunningServer } from "@rollcall/http/operator/OperatorRpcs"
import type { ServerConfig } from "@rollcall/http/ServerConfig"
import { databaseTarget } from "@rollcall/sql/DatabaseConfig"
import * as GroupTypeStore from "@rollcall/sql/GroupTypeStore"
import { keepOperatorKey } from "@rollcall/sql/OperatorKeyFile"
import * as PeopleLookupStore from "@rollcall/sql/PeopleLookupStore"
import * as PreviewStore from "@rollcall/sql/PreviewStore"
import { ReadSql } from "@rollcall/sql/ReadSql"
import { latestMigration } from "@rollcall/sql/StoreProbe"
import { Effect, Layer } from "effect"

/**
 * Lets the operator's command line in while this server holds a data directory: its key stands there as long as the
 * directory is held. On a server of PostgreSQL nobody needs that, and nobody is let in.
 */
export const layerOperator = ({ baseDomain, host, port, publicUrl }: ServerConfig) =>
  Layer.merge(
    Layer.effect(
      OperatorAccess,
      Effect.gen(function* () {
        // The database is open, so the directory is ours.
        yield* ReadSql
        const target = yield* databaseTarget
        return { host, key: target.kind === "directory" ? yield* keepOperatorKey(target.directory) : undefined }
      })
    ),
    Layer.effect(
      RunningServer,
      Effect.map(ReadSql, (sql) => ({
        facts: latestMigration.pipe(
          Effect.provideService(ReadSql, sql),
          Effect.map((version) => ({ pid: process.pid, version, address: { baseDomain, host, port, publicUrl } }))
        )
      }))
    )
  )

/** What only the command line does with files, on the database of this server. */
export const layerOperatorFiles = (types: ResourceTypes) =>
  Layer.merge(GroupTypeImport.layer, DirectoryExport.layer).pipe(
    Layer.provide(Layer.mergeAll(GroupTypeStore.layer, PreviewStore.layer(types), PeopleLookupStore.layer))
  )
