import type { Check } from "@rollcall/cli/Installation"
import { Refused } from "@rollcall/cli/Refused"
import { readMailConfig } from "@rollcall/delivery/MailConfig"
import type { AddressSettings } from "@rollcall/domain/organization/ScimBaseUrl"
import { databaseTarget, describeTarget } from "@rollcall/sql/DatabaseConfig"
import type { DatabaseUnusable } from "@rollcall/sql/DatabaseUnusable"
import { Clock, Effect, Option, Redacted } from "effect"
import { holdingServer, loadClient, loadDatabase, refused, serverConfig } from "./Storage.ts"

const loadProbe = Effect.promise(() => import("@rollcall/sql/StoreProbe"))
const loadLock = Effect.promise(() => import("@rollcall/sql/DataDirectoryLock"))
const loadUnusable = Effect.promise(() => import("@rollcall/sql/DatabaseUnusable"))
const loadSmtp = Effect.promise(() => import("@rollcall/delivery/mail/SmtpMailer"))

/** By how much the clocks of the database and of this machine may differ, in milliseconds. */
const clockDifference = 5_000

/** What the database says of itself, asked over a connection of its own. */
const asked = Effect.gen(function* () {
  const [{ layer }, { databaseTime, latestMigration }] = yield* Effect.all([loadDatabase, loadProbe])
  const facts = Effect.all({ version: latestMigration, time: databaseTime })
  return yield* Effect.provide(facts, layer())
})

const throughServer = (error: DatabaseUnusable) =>
  Effect.gen(function* () {
    const { OperatorClient } = yield* loadClient
    const { facts } = yield* Effect.provide(OperatorClient, holdingServer(error))
    return `schema version ${facts.version}, through the server of process ${facts.pid}, which holds ${error.holder?.address}`
  })

const database: Check["run"] = Effect.gen(function* () {
  const place = describeTarget(yield* Effect.mapError(databaseTarget, refused))
  const startedAt = yield* Clock.currentTimeMillis
  return yield* asked.pipe(
    Effect.flatMap(({ time, version }) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        // The answer was given at some moment between.
        const apart = Math.max(startedAt - time, time - now, 0)
        return apart <= clockDifference
          ? Effect.succeed(`${place}, schema version ${version}, clocks agree`)
          : Effect.fail(
              new Refused({
                problem: `The clock of ${place} and the one of this machine are ${Math.round(apart / 1000)} s apart`,
                remedy: "Set both by NTP: tokens, start dates and the log go by them"
              })
            )
      })
    ),
    Effect.catchTag("DatabaseUnusable", throughServer),
    Effect.catchTag("StoreUnavailable", (error) =>
      Effect.fail(
        new Refused({
          problem: error.message,
          remedy: "Run the command again; if it stays, look at the database's log"
        })
      )
    )
  )
})

const mail: Check["run"] = Effect.gen(function* () {
  const { from, smtpUrl } = yield* Effect.mapError(
    readMailConfig,
    (error) =>
      new Refused({ problem: error.message.replace(/\.$/, ""), remedy: "`rollcall config` lists every variable" })
  )
  if (smtpUrl === undefined) return "SMTP_URL is not set: e-mails are kept in the outbox and nobody gets any"
  const { verifySmtp } = yield* loadSmtp
  const { host } = new URL(Redacted.value(smtpUrl))
  return yield* Effect.matchEffect(verifySmtp(smtpUrl), {
    onSuccess: () => Effect.succeed(`${host} takes e-mails from ${from.address}`),
    onFailure: ({ detail }) =>
      Effect.fail(
        new Refused({
          problem: `The mail server ${host} does not let us in: ${detail.replace(/\.$/, "")}`,
          remedy: "Check SMTP_URL, its user and password, and that the mail server can be reached from here"
        })
      )
  })
})

/**
 * What the server says of itself that holds the data directory; undefined where none does. Why one cannot be asked that should be
 * there is told by the look at the database.
 */
const running = Effect.gen(function* () {
  const target = yield* databaseTarget
  if (target.kind !== "directory") return undefined
  const [{ readHolder }, { DatabaseUnusable }] = yield* Effect.all([loadLock, loadUnusable])
  const holder = Option.getOrUndefined(yield* readHolder(target.directory))
  if (holder === undefined || holder.address === null) return undefined
  const { OperatorClient } = yield* loadClient
  const held = new DatabaseUnusable({ problem: "A server holds the data directory", remedy: "End it first", holder })
  return (yield* Effect.provide(OperatorClient, holdingServer(held))).facts
}).pipe(Effect.orElseSucceed(() => undefined))

const addressText = ({ baseDomain, host, port, publicUrl }: AddressSettings): string =>
  `listens on ${host}:${port}, organisations are below ${baseDomain}${publicUrl === undefined ? "" : `, reached at ${publicUrl}`}`

/** As a running server was started, where commands go through it; what the environment here says holds for the next start. */
const configuration: Check["run"] = Effect.gen(function* () {
  const here = addressText(yield* serverConfig)
  const facts = yield* running
  if (facts === undefined) return `the server ${here}`
  const there = addressText(facts.address)
  const differs = here === there ? "" : `; as the environment is here, the next one ${here}`
  return `the running server (process ${facts.pid}) ${there}${differs}`
})

/** What `rollcall doctor` looks at, in this order. */
export const checks: ReadonlyArray<Check> = [
  { name: "configuration", run: configuration },
  { name: "database", run: database },
  { name: "e-mail", run: mail }
]
