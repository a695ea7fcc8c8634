import type { CsvReader } from "@rollcall/domain/csv/CsvReader"
import type { DirectoryBusy } from "@rollcall/domain/directory/Directory"
import type { OrganizationRefused } from "@rollcall/domain/organization/Organization"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import type { ScimError } from "@rollcall/domain/scim/ScimError"
import { Cause, Console, Effect, type Layer, Logger, References, Schema } from "effect"
import { CliConfig, CliError, CliOutput, Command, GlobalFlag } from "effect/cli"
import type { HttpClient } from "effect/http"
import { AlreadyTold } from "./AlreadyTold.ts"
import { Json } from "./Answer.ts"
import { compare } from "./commands/compare/run.ts"
import { config } from "./commands/config/show.ts"
import { migrate } from "./commands/db/migrate.ts"
import { status } from "./commands/db/status.ts"
import { doctor } from "./commands/doctor/run.ts"
import { groups as exportGroups } from "./commands/export/groups.ts"
import { log as exportLog } from "./commands/export/log.ts"
import { users as exportUsers } from "./commands/export/users.ts"
import { importTypes } from "./commands/groups/importTypes.ts"
import { importPeople, importWay } from "./commands/import/run.ts"
import { create as createKey } from "./commands/key/create.ts"
import { list as listKeys } from "./commands/key/list.ts"
import { revoke as revokeKey } from "./commands/key/revoke.ts"
import { search as searchLog } from "./commands/log/search.ts"
import { tail as tailLog } from "./commands/log/tail.ts"
import { addSecret } from "./commands/oauth-client/addSecret.ts"
import { create as createClient } from "./commands/oauth-client/create.ts"
import { federate } from "./commands/oauth-client/federate.ts"
import { list as listClients } from "./commands/oauth-client/list.ts"
import { revoke as revokeClient } from "./commands/oauth-client/revoke.ts"
import { allowCsv } from "./commands/org/allowCsv.ts"
import { create as createOrganization } from "./commands/org/create.ts"
import { list as listOrganizations } from "./commands/org/list.ts"
import { disableScim, enableScim, scim } from "./commands/org/scim.ts"
import { settings } from "./commands/org/settings.ts"
import { show } from "./commands/org/show.ts"
import { sso } from "./commands/org/sso.ts"
import { list as listMails } from "./commands/outbox/list.ts"
import { resend as resendMails } from "./commands/outbox/resend.ts"
import { close } from "./commands/review-window/close.ts"
import { list as listReviewWindows } from "./commands/review-window/list.ts"
import { open } from "./commands/review-window/open.ts"
import { create as createToken } from "./commands/token/create.ts"
import { list as listTokens } from "./commands/token/list.ts"
import { revoke } from "./commands/token/revoke.ts"
import { show as showUser } from "./commands/user/show.ts"
import type { Installation } from "./Installation.ts"
import type { ImportFailure } from "./import/PeopleImport.ts"
import type { Refused } from "./Refused.ts"
import type { Stores } from "./Stores.ts"
import { WrongUsage } from "./WrongUsage.ts"

/** What the program is composed with. */
export interface Parts {
  readonly version: string
  /** Opened only when a command needs it: help, wrong usage and `config` touch no database. */
  readonly stores: Layer.Layer<Stores, Refused>
  /** Made only when a command talks to a server by name. */
  readonly http: Layer.Layer<HttpClient.HttpClient>
  readonly installation: Layer.Layer<Installation | CsvReader>
}

const makeCommand = ({ http, installation, stores }: Parts) => {
  // Storage goes to each verb and not to its noun: a noun alone shows its help, and opens no database for it.
  const org = Command.make("org").pipe(
    Command.withDescription("Organisations: the customers, each with its own people and groups"),
    Command.withSubcommands([
      Command.provide(createOrganization, stores),
      Command.provide(listOrganizations, stores),
      Command.provide(show, stores),
      Command.provide(settings, stores),
      Command.provide(sso, stores),
      Command.provide(scim, stores),
      Command.provide(enableScim, stores),
      Command.provide(disableScim, stores),
      Command.provide(allowCsv, stores)
    ])
  )
  const exports = Command.make("export").pipe(
    Command.withDescription("Write people, groups or the log as CSV or JSON lines"),
    Command.withSubcommands([
      Command.provide(exportUsers, stores),
      Command.provide(exportGroups, stores),
      Command.provide(exportLog, stores)
    ])
  )
  const groups = Command.make("groups").pipe(
    Command.withDescription("Groups and their types"),
    Command.withSubcommands([Command.provide(importTypes, stores)])
  )
  const user = Command.make("user").pipe(
    Command.withDescription("People"),
    Command.withSubcommands([Command.provide(showUser, stores)])
  )
  const log = Command.make("log").pipe(
    Command.withDescription("The provisioning log: what happened, and why"),
    Command.withSubcommands([Command.provide(tailLog, stores), Command.provide(searchLog, stores)])
  )
  const outbox = Command.make("outbox").pipe(
    Command.withDescription("E-mails to people: owed, sent, failing, given up"),
    Command.withSubcommands([Command.provide(listMails, stores), Command.provide(resendMails, stores)])
  )
  const token = Command.make("token").pipe(
    Command.withDescription("SCIM tokens and API keys of an organisation"),
    Command.withSubcommands([
      Command.provide(createToken, stores),
      Command.provide(listTokens, stores),
      Command.provide(revoke, stores)
    ])
  )
  const key = Command.make("key").pipe(
    Command.withDescription("Keys for the Public API, each for what its scopes say"),
    Command.withSubcommands([
      Command.provide(createKey, stores),
      Command.provide(listKeys, stores),
      Command.provide(revokeKey, stores)
    ])
  )
  const oauthClient = Command.make("oauth-client").pipe(
    Command.withDescription("Clients that get their tokens by OAuth 2.0, and what they prove themselves by"),
    Command.withSubcommands([
      Command.provide(createClient, stores),
      Command.provide(listClients, stores),
      Command.provide(addSecret, stores),
      Command.provide(federate, stores),
      Command.provide(revokeClient, stores)
    ])
  )
  const reviewWindow = Command.make("review-window").pipe(
    Command.withDescription("Review windows: the times in which managers stay who they are"),
    Command.withSubcommands([
      Command.provide(open, stores),
      Command.provide(close, stores),
      Command.provide(listReviewWindows, stores)
    ])
  )
  const db = Command.make("db").pipe(
    Command.withDescription("The database"),
    Command.withSubcommands([migrate, status])
  )
  return Command.make("rollcall").pipe(
    Command.withDescription("Look after a Rollcall installation: organisations, their tokens, the database."),
    Command.withSubcommands([
      org,
      Command.provide(importPeople, importWay(stores, http)),
      Command.provide(compare, stores),
      exports,
      groups,
      user,
      log,
      outbox,
      reviewWindow,
      token,
      key,
      oauthClient,
      db,
      config,
      doctor
    ]),
    Command.withGlobalFlags([Json]),
    Command.provide(installation)
  )
}

/** Help that was asked for is a result; everything else that is shown is about a mistake, and goes to the other output. */
const presenter = CliOutput.layerPresenter({
  present: Effect.fnUntraced(function* (event) {
    const formatter = CliOutput.defaultFormatter({ colors: false })
    const about = event._tag === "Version" ? [] : event.commandPath
    switch (event._tag) {
      case "Help": {
        const help = formatter.formatHelpDoc(event.helpDoc)
        return yield* event.reason === "Requested" ? Console.log(help) : Console.error(help)
      }
      case "InvalidInvocation":
        yield* Console.error(event.errors.map(({ message }) => oneLine(message)).join("\n"))
        return yield* Console.error(`\`${about.join(" ")} --help\` explains the usage.`)
      case "Version":
        return yield* Console.log(`${event.name} ${event.version}`)
    }
  })
})

const oneLine = (text: string): string =>
  text
    .replace("Expected: Schema validation failed: ", "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ")
    .replace(/ Did you mean this\? (.+)$/, ". Did you mean $1?")

type Failure =
  | Refused
  | WrongUsage
  | AlreadyTold
  | OrganizationRefused
  | ImportFailure
  | ScimError
  | StoreUnavailable
  | DirectoryBusy
  | CliError.CliError

const tell = (cause: Cause.Cause<Failure>): Effect.Effect<number> => {
  const error = Cause.squash(cause)
  if (CliError.isCliError(error) && error._tag === "ShowHelp") return Effect.succeed(2)
  if (Cause.hasInterruptsOnly(cause)) return Effect.succeed(130)
  if (Schema.is(AlreadyTold)(error)) return Effect.succeed(1)
  if (Schema.is(WrongUsage)(error)) {
    return Effect.as(Console.error(`${oneLine(error.message)}\n\`${error.command} --help\` explains the usage.`), 2)
  }
  const known = !Cause.hasDies(cause)
  const text = oneLine(error instanceof Error ? error.message : String(error))
  const line = known ? text : `The program failed in a way that was not foreseen: ${text}`
  return Console.error(line).pipe(Effect.andThen(Effect.logDebug(cause)), Effect.as(1))
}

/**
 * Runs the program with its arguments and gives its exit code: 0 done, 1 refused or failed, 2 wrong usage.
 *
 * The standard output has the result and nothing else; a refusal is a line or two on the other one.
 */
export const runCli = (parts: Parts) => (args: ReadonlyArray<string>) =>
  Command.runWith(makeCommand(parts), { version: parts.version })(args).pipe(
    Effect.as(0),
    Effect.catchCause(tell),
    Effect.provide([
      presenter,
      CliConfig.layer({
        builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions, GlobalFlag.LogLevel]
      }),
      Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])
    ]),
    Effect.provideService(References.MinimumLogLevel, "Warn")
  )
