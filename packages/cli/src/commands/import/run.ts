import { printRecord } from "@rollcall/domain/csv/CsvCell"
import type { UserImport } from "@rollcall/domain/csv/UserImport"
import type { Organizations } from "@rollcall/domain/organization/Organizations"
import { Effect, Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import type { HttpClient } from "effect/http"
import { AlreadyTold } from "../../AlreadyTold.ts"
import { answer, Json } from "../../Answer.ts"
import { layerDatabaseImport } from "../../import/DatabaseImport.ts"
import { surveyFile } from "../../import/ImportFiles.ts"
import { PeopleImport } from "../../import/PeopleImport.ts"
import { rejectsBeside } from "../../import/RowFiles.ts"
import { runImport } from "../../import/runImport.ts"
import { readServerAccess, type ServerFlags } from "../../import/server/ServerAccess.ts"
import { organizationFlag } from "../../OrganizationArgument.ts"
import { WrongUsage } from "../../WrongUsage.ts"

const command = "rollcall import"

const flag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDefault(false), Flag.withDescription(description))

const path = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.optional, Flag.withDescription(description), Flag.withMetavar("FILE"))

/** `rollcall import`: people from a CSV file (R-CSV). */
export const importPeople = Command.make(
  "import",
  {
    file: Argument.String("file").pipe(
      Argument.optional,
      Argument.withDescription("CSV file of people; none with --template")
    ),
    subdomain: organizationFlag,
    template: flag("template", "Print an empty file with this organisation's columns").pipe(Flag.withoutNegation),
    dryRun: flag("dry-run", "Tell what would happen to each row, and store nothing").pipe(Flag.withoutNegation),
    report: path("report", "Write what became of each row: CSV, or JSON lines if the name ends in .json or .jsonl"),
    rejects: path("rejects", "Where rows that stay out go, to correct and import; else beside the file"),
    invite: flag("invite", "Send the welcome e-mail to those who start by this import"),
    createGroups: flag("create-groups", "Make the groups that rows name and that are missing"),
    resume: Flag.Boolean("resume").pipe(
      Flag.withDefault(true),
      Flag.withDescription("Go on where a run with the same file was ended; --no-resume begins at its first line")
    ),
    server: Flag.String("server").pipe(
      Flag.optional,
      Flag.withDescription("Import through this server's Public API, and not on the database"),
      Flag.withMetavar("URL")
    ),
    apiKey: Flag.Redacted("api-key").pipe(
      Flag.optional,
      Flag.withDescription("API key for --server; others on this machine see it: better set ROLLCALL_API_KEY"),
      Flag.withMetavar("KEY")
    ),
    apiKeyFile: path("api-key-file", "Read the API key from a file; - is the standard input"),
    insecureHttp: flag(
      "insecure-http",
      "Let --server be http:// on another machine, where all can be read on its way"
    ).pipe(Flag.withoutNegation)
  },
  Effect.fnUntraced(function* ({ createGroups, dryRun, file, invite, rejects, report, resume, subdomain, template }) {
    if (template) {
      if (Option.isSome(file)) return yield* new WrongUsage({ problem: "--template takes no file", command })
      const target = yield* (yield* PeopleImport).into(subdomain)
      const columns = yield* target.columns
      return yield* answer({ subdomain: target.subdomain, columns }, [printRecord(columns).trimEnd()])
    }
    if (Option.isNone(file)) return yield* new WrongUsage({ problem: "Missing required argument: file", command })
    const target = yield* (yield* PeopleImport).into(subdomain)
    const surveyed = yield* surveyFile(file.value)
    const options = { dryRun, invite, createGroups }
    const summary = yield* runImport({
      kind: "users",
      subdomain: target.subdomain,
      prepared: target.prepare({ path: file.value, surveyed, resume, options }),
      file: file.value,
      lines: surveyed.lines,
      dryRun,
      resumable: resume && !dryRun,
      report: Option.getOrUndefined(report),
      rejects: Option.match(rejects, {
        onSome: (named) => ({ path: named, isNamed: true }),
        // In a dry run nothing is written that was not asked for.
        onNone: () => (dryRun ? undefined : { path: rejectsBeside(file.value), isNamed: false })
      }),
      json: yield* Json
    })
    if (summary.counts.rejected + summary.before.rejected > 0) return yield* new AlreadyTold()
  })
).pipe(
  Command.withDescription("Import people from a CSV file: each row creates or updates a person"),
  Command.withExamples([
    { command: "rollcall import people.csv --org acme --dry-run", description: "See what would happen" },
    { command: "rollcall import people.csv --org acme --report report.csv", description: "Import, and keep a report" },
    { command: "rollcall import people.rejects.csv --org acme", description: "Import the corrected rejects" },
    { command: "rollcall import --template --org acme", description: "See which columns there are" },
    {
      command: "rollcall import people.csv --org acme --server https://rollcall.example.com --api-key-file key.txt",
      description: "From another machine, through the server"
    }
  ])
)

const loadServerImport = Effect.promise(() => import("../../import/server/ServerImport.ts"))

/** Where the file goes: to the server that is named, or else to the database, which is opened for nothing else. */
export const importWay =
  <E, E2>(stores: Layer.Layer<Organizations | UserImport, E>, http: Layer.Layer<HttpClient.HttpClient, E2>) =>
  (flags: ServerFlags) =>
    Layer.unwrap(
      Effect.gen(function* () {
        const access = yield* readServerAccess(flags)
        const direct: Layer.Layer<PeopleImport, E | E2> = Layer.provide(layerDatabaseImport, stores)
        if (access === undefined) return direct
        const { layerServerImport } = yield* loadServerImport
        return Layer.provide(layerServerImport(access), http)
      })
    )
