import type { CsvReader } from "@rollcall/domain/csv/CsvReader"
import { RosterComparison, type RosterDifference } from "@rollcall/domain/csv/RosterComparison"
import { plainText, quoted } from "@rollcall/domain/log/ShownValue"
import { Console, Effect, type FileSystem, Path, Stream } from "effect"
import { Argument, Command } from "effect/cli"
import { AlreadyTold } from "../../AlreadyTold.ts"
import { answer, Json, table } from "../../Answer.ts"
import { recordsIn, surveyFile } from "../../import/ImportFiles.ts"
import { counted } from "../../import/ImportProgress.ts"
import { changesIn, outcomeJson } from "../../import/ImportTelling.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationFlag } from "../../OrganizationArgument.ts"

const words = {
  Missing: "missing",
  Different: "different",
  Unclear: "unclear",
  Extra: "extra"
} as const satisfies Readonly<Record<RosterDifference["_tag"], string>>

const differenceText = (difference: RosterDifference): string => {
  if (difference._tag === "Extra") {
    const { active, userId, userName } = difference.user
    return `extra: ${plainText(userName)} (User ID ${userId}${active ? "" : ", deactivated"}) is in no row`
  }
  const { changes, error, line, user } = difference.row
  const name = plainText(user?.userName ?? "")
  switch (difference._tag) {
    case "Missing":
      return `missing: ${name}, line ${line}`
    case "Different":
      return `different: ${name}, line ${line}: ${changesIn(changes)}`
    case "Unclear": {
      const column = error?.column === undefined ? "" : `, column ${quoted(error.column)}`
      return `unclear: line ${line}${column}: ${plainText(error?.detail ?? "")}`
    }
  }
}

const differenceJson = (difference: RosterDifference): unknown => ({
  event: words[difference._tag],
  ...(difference._tag === "Extra" ? { user: difference.user } : outcomeJson(difference.row))
})

/** `rollcall compare`: a roster against the directory. */
export const compare = Command.make(
  "compare",
  {
    file: Argument.String("file").pipe(
      Argument.withDescription(
        "CSV file of all people, as another system exports it; its columns are those of an import"
      )
    ),
    subdomain: organizationFlag
  },
  Effect.fnUntraced(function* ({ file, subdomain }) {
    const organization = yield* findOrganization(subdomain)
    // Read once before, so that a file that is not there is told as such.
    yield* surveyFile(file)
    const { actor, requestId } = yield* asOperator(organization, "compare")
    const json = yield* Json
    const services = yield* Effect.context<FileSystem.FileSystem | CsvReader>()
    const counts = { rows: 0, same: 0, missing: 0, different: 0, unclear: 0, extra: 0 }
    const records = Stream.provideContext(recordsIn(file, Effect.succeed(false)), services)
    const source = { name: (yield* Path.Path).basename(file), records }
    const events = (yield* RosterComparison).compare({ organization, actor, requestId }, source)
    yield* Stream.runForEach(events, (event) => {
      switch (event._tag) {
        case "Begun": {
          const unknown = event.ignored.map(
            ({ meant, name }) =>
              `The column ${quoted(name)} is not known and was ignored${meant === undefined ? "" : `: did you mean ${meant}?`}`
          )
          if (json)
            return Console.log(JSON.stringify({ event: "begun", columns: event.names, ignoredColumns: event.ignored }))
          return unknown.length === 0 ? Effect.void : Console.error(unknown.join("\n"))
        }
        case "Compared": {
          counts.rows += event.rows
          counts.same += event.same
          for (const { _tag } of event.differences) counts[words[_tag]]++
          if (event.differences.length === 0) return Effect.void
          const shown = json ? (one: RosterDifference) => JSON.stringify(differenceJson(one)) : differenceText
          return Console.log(event.differences.map(shown).join("\n"))
        }
        case "Ended":
          return Effect.void
      }
    })
    const { different, extra, missing, rows, same, unclear } = counts
    yield* answer({ event: "ended", subdomain: organization.subdomain, file, ...counts }, [
      `${plainText(file)} against ${organization.subdomain}; nothing was stored. ${counted(rows)} rows were looked at.`,
      ...table([
        ["  the same", counted(same).padStart(12)],
        ["  missing in the directory", counted(missing).padStart(12)],
        ["  different", counted(different).padStart(12)],
        ["  unclear", counted(unclear).padStart(12)],
        ["  extra in the directory", counted(extra).padStart(12)]
      ])
    ])
    if (missing + different + unclear + extra > 0) return yield* new AlreadyTold()
  })
).pipe(
  Command.withDescription("Tell who is missing, extra or different against a roster, and store nothing"),
  Command.withExamples([
    { command: "rollcall compare roster.csv --org acme", description: "Exit code 1 where they differ" },
    { command: "rollcall compare roster.csv --org acme --json", description: "A difference a line" }
  ])
)
