import { Installation } from "@rollcall/cli/Installation"
import { Refused } from "@rollcall/cli/Refused"
import { eventRetentionVariables } from "@rollcall/delivery/EventRetention"
import { federationVariables } from "@rollcall/delivery/federation/IssuerDocuments"
import { logRetentionVariables } from "@rollcall/delivery/LogRetention"
import { mailVariables } from "@rollcall/delivery/MailConfig"
import { readServerConfig, serverVariables } from "@rollcall/http/ServerConfig"
import { describeTarget, environment } from "@rollcall/sql/DatabaseConfig"
import type { DatabaseUnusable } from "@rollcall/sql/DatabaseUnusable"
import { Effect, Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"

const refused = ({ problem, remedy }: DatabaseUnusable): Refused => new Refused({ problem, remedy })

// Loaded when a command needs them: help and wrong usage answer without a database's driver.
const loadDatabase = Effect.promise(() => import("@rollcall/sql/Database"))
const loadStore = Effect.promise(() => import("@rollcall/sql/OrganizationStore"))

/** Organisations in the database that the environment names, which is migrated and opened first. */
export const organizations = Layer.unwrap(
  Effect.map(Effect.all([loadDatabase, loadStore]), ([database, store]) =>
    store.layer.pipe(
      Layer.provide(database.layer()),
      Layer.provide(Layer.mergeAll(Digest.layerWebCrypto, SecureRandom.layerWebCrypto))
    )
  )
).pipe(Layer.catchTag("DatabaseUnusable", (error) => Layer.effectContext(Effect.fail(refused(error)))))

/** What the commands are told of this program. */
export const installation = Layer.succeed(Installation, {
  variables: [
    ...environment,
    ...serverVariables,
    ...mailVariables,
    ...logRetentionVariables,
    ...eventRetentionVariables,
    ...federationVariables
  ],
  address: Effect.mapError(
    readServerConfig,
    (error) =>
      new Refused({
        problem: `The environment is not right: ${error.message.replace(/^SchemaError\((.*)\)$/s, "$1")}`,
        remedy: "`rollcall config` lists every variable"
      })
  ),
  migrate: loadDatabase.pipe(
    Effect.flatMap(({ migrateDatabase }) => migrateDatabase),
    Effect.mapError(refused),
    Effect.map(({ migrated: { done, version }, target }) => ({ database: describeTarget(target), done, version }))
  )
})
