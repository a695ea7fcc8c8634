import { printRecord } from "@rollcall/domain/csv/CsvCell"
import { customColumn, userColumns } from "@rollcall/domain/csv/UserColumn"
import type { Organization } from "@rollcall/domain/organization/Organization"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { AlreadyTold } from "../../AlreadyTold.ts"
import { answer, Json } from "../../Answer.ts"
import { Installation } from "../../Installation.ts"
import { rejectsBeside, surveyFile } from "../../import/ImportFiles.ts"
import { runImport } from "../../import/runImport.ts"
import { findOrganization, organizationFlag } from "../../OrganizationArgument.ts"
import { WrongUsage } from "../../WrongUsage.ts"

const command = "rollcall import"

const flag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDefault(false), Flag.withDescription(description))

const path = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.optional, Flag.withDescription(description), Flag.withMetavar("FILE"))

/** `--template`: the header of a file with every column that the organisation has. */
const printTemplate = Effect.fnUntraced(function* ({ customAttributes, subdomain }: Organization) {
  const types = yield* (yield* Installation).resourceTypes
  const columns = [...userColumns(types), ...customAttributes.map(({ name }) => customColumn(types, name))]
  const names = columns.map(({ name }) => name)
  yield* answer({ subdomain, columns: names }, [printRecord(names).trimEnd()])
})

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
    )
  },
  Effect.fnUntraced(function* ({ createGroups, dryRun, file, invite, rejects, report, resume, subdomain, template }) {
    if (template) {
      if (Option.isSome(file)) return yield* new WrongUsage({ problem: "--template takes no file", command })
      return yield* printTemplate(yield* findOrganization(subdomain))
    }
    if (Option.isNone(file)) return yield* new WrongUsage({ problem: "Missing required argument: file", command })
    const organization = yield* findOrganization(subdomain)
    const { fingerprint, lines } = yield* surveyFile(file.value)
    const summary = yield* runImport({
      kind: "users",
      organization,
      file: file.value,
      lines,
      fingerprint: resume && !dryRun ? fingerprint : undefined,
      options: { dryRun, invite, createGroups },
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
    { command: "rollcall import --template --org acme", description: "See which columns there are" }
  ])
)
