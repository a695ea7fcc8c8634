import { GroupTypeImport } from "@rollcall/domain/csv/GroupTypeImport"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { AlreadyTold } from "../../AlreadyTold.ts"
import { Json } from "../../Answer.ts"
import { importingHere, preparedHere } from "../../import/DatabaseImport.ts"
import { surveyFile } from "../../import/ImportFiles.ts"
import { runImport } from "../../import/runImport.ts"
import { findOrganization, organizationFlag } from "../../OrganizationArgument.ts"

const path = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.optional, Flag.withDescription(description), Flag.withMetavar("FILE"))

/** `rollcall groups import`: of which type groups are, from a CSV file (R-CSV-5). */
export const importTypes = Command.make(
  "import",
  {
    file: Argument.String("file").pipe(Argument.withDescription("CSV file with the columns group and type")),
    subdomain: organizationFlag,
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Tell what would happen to each row, and store nothing")
    ),
    report: path("report", "Write what became of each row: CSV, or JSON lines if the name ends in .json or .jsonl"),
    rejects: path("rejects", "Write the rows that stay out, to correct and import them")
  },
  Effect.fnUntraced(function* ({ dryRun, file, rejects, report, subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const groupTypes = yield* GroupTypeImport
    const { lines } = yield* surveyFile(file)
    const { counts } = yield* runImport({
      kind: "groupTypes",
      subdomain: organization.subdomain,
      prepared: preparedHere((stopped) =>
        Effect.map(importingHere(organization, "groups import", file, undefined, stopped), ({ importer, source }) =>
          groupTypes.run(importer, source, { dryRun })
        )
      ),
      file,
      lines,
      dryRun,
      resumable: false,
      report: Option.getOrUndefined(report),
      rejects: Option.getOrUndefined(Option.map(rejects, (named) => ({ path: named, isNamed: true }))),
      json: yield* Json
    })
    if (counts.rejected > 0) return yield* new AlreadyTold()
  })
).pipe(
  Command.withDescription("Move groups to group types by a CSV file; types that are missing are made"),
  Command.withExamples([
    { command: "rollcall groups import types.csv --org acme --dry-run", description: "See what would happen" },
    { command: "rollcall groups import types.csv --org acme" },
    { command: "rollcall export groups --org acme --out types.csv", description: "A file to begin with" }
  ])
)
