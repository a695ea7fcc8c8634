import { Refused } from "@rollcall/cli/Refused"
import { ServedAddress } from "@rollcall/cli/ServedAddress"
import type { Stores } from "@rollcall/cli/Stores"
import type { MailConfigUnusable } from "@rollcall/delivery/MailConfig"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { readServerConfig } from "@rollcall/http/ServerConfig"
import { databaseTarget } from "@rollcall/sql/DatabaseConfig"
import type { DatabaseUnusable } from "@rollcall/sql/DatabaseUnusable"
import { readOperatorKey } from "@rollcall/sql/OperatorKeyFile"
import { Effect, Layer } from "effect"

export const refused = ({ problem, remedy }: DatabaseUnusable | MailConfigUnusable): Refused =>
  new Refused({ problem, remedy })

/** How the server is configured, which tells how the command line goes about the same database. */
export const serverConfig = Effect.mapError(
  readServerConfig,
  (error) =>
    new Refused({
      problem: `The environment is not right: ${error.message.replace(/^SchemaError\((.*)\)$/s, "$1")}`,
      remedy: "`rollcall config` lists every variable"
    })
)

export const resourceTypes = Effect.map(serverConfig, ({ extensionUrn }) => makeResourceTypes(extensionUrn))

// Loaded when a command needs them: help and wrong usage answer without a database's driver.
export const loadDatabase = Effect.promise(() => import("@rollcall/sql/Database"))
const loadOpened = Effect.promise(() => import("./OpenedStores.ts"))
export const loadClient = Effect.promise(() => import("@rollcall/http/operator/OperatorClient"))
const loadUndici = Effect.promise(() => import("@effect/platform-node/NodeHttpClient"))

/** How servers are asked. */
export const http = Layer.unwrap(Effect.map(loadUndici, ({ layerUndici }) => layerUndici))

const opened = Layer.unwrap(
  Effect.map(Effect.all([loadOpened, serverConfig]), ([{ openedStores }, config]) => openedStores(config))
)

/**
 * The server that holds the data directory, where that is why it cannot be opened here. Whoever can read the directory finds
 * the key there that the server lets its operator in by.
 */
export const holdingServer = (error: DatabaseUnusable) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const address = error.holder?.address
      if (address === undefined || address === null) return yield* refused(error)
      const target = yield* Effect.mapError(databaseTarget, refused)
      const key = target.kind === "directory" ? yield* readOperatorKey(target.directory) : undefined
      if (key === undefined) return yield* refused(error)
      yield* Effect.logInfo(`Through the server at ${address}, which holds the data directory`)
      const { OperatorClient } = yield* loadClient
      return OperatorClient.layer({ address: reachable(address), key }).pipe(
        Layer.provide(http),
        Layer.catchTag("ServerNotReached", () =>
          Layer.effectContext(
            Effect.fail(
              new Refused({
                problem: `${error.problem}, and does not let the command line in`,
                remedy: "If it is just starting or stopping, run the command again; else end it first"
              })
            )
          )
        )
      )
    })
  )

/** A server that listens on every address is reached on this machine's own. */
const reachable = (address: string): string => {
  const url = new URL(address)
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1"
  if (url.hostname === "[::]") url.hostname = "[::1]"
  return url.origin
}

const throughServer = (error: DatabaseUnusable): Layer.Layer<Stores, Refused> =>
  Layer.unwrap(
    Effect.map(loadClient, ({ OperatorClient, remoteStores }) =>
      Layer.merge(
        remoteStores,
        Layer.effect(
          ServedAddress,
          Effect.map(OperatorClient, ({ facts }) => facts.address)
        )
      ).pipe(Layer.provide(holdingServer(error)))
    )
  )

/** The ports of storage: of the database that the environment names, or of the server that holds its directory. */
export const stores: Layer.Layer<Stores, Refused> = opened.pipe(
  Layer.catchTag("DatabaseUnusable", throughServer),
  Layer.catchTag("MailConfigUnusable", (error) => Layer.effectContext(Effect.fail(refused(error))))
)
