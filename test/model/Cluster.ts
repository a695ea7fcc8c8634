import { DueUsers } from "@rollcall/domain/directory/DueUsers"
import { PeopleLookup } from "@rollcall/domain/directory/PeopleLookup"
import { Outbox } from "@rollcall/domain/mail/Outbox"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { layer as database } from "@rollcall/sql/Database"
import { layer as dueUserStore } from "@rollcall/sql/DueUserStore"
import { layer as organizationStore } from "@rollcall/sql/OrganizationStore"
import { layer as outboxStore } from "@rollcall/sql/OutboxStore"
import { layer as peopleLookupStore } from "@rollcall/sql/PeopleLookupStore"
import { layerSqlDirectory } from "@rollcall/sql/SqlDirectory"
import { Clock, ConfigProvider, Effect, Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { freePort } from "../support/FreePort.ts"
import { type LoopbackMailServer, type Received, startMailServer } from "../support/LoopbackMailServer.ts"
import { createDatabase } from "../support/Postgres.ts"
import { prepareServer, type ServerProcess } from "./ServerProcess.ts"
import { makeTimedClock } from "./TimedClock.ts"

/** How the mail server is: it takes all, asks to come later, is slow to take, or is not there. */
export type MailServerState = "up" | "later" | "slow" | "away"

/** A mail server on loopback that can be away for a while. */
export interface MailServer {
  readonly port: number
  /** What it took, at all times. */
  readonly received: ReadonlyArray<Received>
  readonly be: (state: MailServerState) => Effect.Effect<void>
}

const makeMailServer = Effect.gen(function* () {
  const port = yield* Effect.promise(freePort)
  const received: Array<Received> = []
  let state: MailServerState = "away"
  let running: LoopbackMailServer | undefined
  const open = () =>
    startMailServer({
      port,
      onMessage: async (message) => {
        if (state === "later") return "451 4.3.0 come back later"
        // A server that is slow: nothing waits for this but the one who sends.
        if (state === "slow") await new Promise((resolve) => setTimeout(resolve, 150))
        received.push(message)
        return undefined
      }
    })
  const be = (next: MailServerState) =>
    Effect.promise(async () => {
      state = next
      if (next === "away") {
        await running?.close()
        running = undefined
      } else running ??= await open()
    })
  yield* Effect.addFinalizer(() => be("away"))
  yield* be("up")
  return { port, received, be } satisfies MailServer
})

const stores = Layer.mergeAll(
  organizationStore,
  outboxStore,
  dueUserStore,
  peopleLookupStore,
  Layer.provide(OrganizationAdministration.layer, layerSqlDirectory(makeResourceTypes(defaultExtensionUserUrn)))
)

/** Two servers on one PostgreSQL 15 and a mail server, and the ports of that database for looking behind them. */
export interface Cluster {
  readonly servers: readonly [ServerProcess, ServerProcess]
  readonly mailServer: MailServer
  readonly organizations: Organizations["Service"]
  readonly administration: OrganizationAdministration["Service"]
  readonly outbox: Outbox["Service"]
  readonly due: DueUsers["Service"]
  readonly lookup: PeopleLookup["Service"]
  /** Moves the time of all, in milliseconds ahead of the real one. */
  readonly move: (offset: number) => Effect.Effect<void>
  readonly offset: () => number
}

/** Runs with two servers whose time is ahead by `first` milliseconds; all is gone afterwards. */
export const withCluster = <A, E, R>(first: number, use: (cluster: Cluster) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    let offset = first
    const { clock, move: moveOwn } = makeTimedClock(yield* Clock.Clock, first)
    const { url } = yield* Effect.acquireRelease(Effect.promise(createDatabase), ({ drop }) => Effect.promise(drop))
    const mailServer = yield* makeMailServer
    const env = {
      DATABASE_URL: url,
      SMTP_URL: `smtp://127.0.0.1:${mailServer.port}`,
      MAIL_FROM: "Halden <no-reply@halden.example>",
      PUBLIC_URL: "http://scim.halden.example",
      LOG_LEVEL: "warn"
    }
    const configured = Layer.provide(
      database(),
      ConfigProvider.layer(ConfigProvider.fromEnvRecord({ DATABASE_URL: url }))
    )
    const ports = stores.pipe(
      Layer.provideMerge(configured),
      Layer.provideMerge(Layer.mergeAll(SecureRandom.layerWebCrypto, Digest.layerWebCrypto))
    )
    return yield* Effect.gen(function* () {
      const servers = [
        yield* Effect.promise(() => prepareServer(env)),
        yield* Effect.promise(() => prepareServer(env))
      ] as const
      yield* Effect.addFinalizer(() => Effect.promise(() => Promise.all(servers.map((server) => server.kill()))))
      // The tables are there: they were made with the ports.
      yield* Effect.promise(() => Promise.all(servers.map((server) => server.start(offset))))
      return yield* use({
        servers,
        mailServer,
        organizations: yield* Organizations,
        administration: yield* OrganizationAdministration,
        outbox: yield* Outbox,
        due: yield* DueUsers,
        lookup: yield* PeopleLookup,
        move: (to) =>
          Effect.promise(async () => {
            offset = to
            moveOwn(to)
            await Promise.all(servers.filter((server) => server.isRunning()).map((server) => server.move(to)))
          }),
        offset: () => offset
      })
    }).pipe(Effect.provide(ports), Effect.provideService(Clock.Clock, clock))
  }).pipe(Effect.scoped)
