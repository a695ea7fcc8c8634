import { DirectoryExport, userFormat } from "@rollcall/domain/csv/DirectoryExport"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { Installation } from "../../Installation.ts"
import { findOrganization } from "../../OrganizationArgument.ts"
import { exportAll, exportFlags } from "./ExportFlags.ts"

/** `rollcall export users`: people as an import takes them. */
export const users = Command.make(
  "users",
  exportFlags,
  Effect.fnUntraced(function* ({ subdomain, ...target }) {
    const organization = yield* findOrganization(subdomain)
    const types = yield* (yield* Installation).resourceTypes
    const people = (yield* DirectoryExport).users(organization.id)
    yield* exportAll("users", organization, target, userFormat(types, organization.customAttributes), people)
  })
).pipe(
  Command.withDescription("Write all people; the CSV file can be imported again, which changes nothing"),
  Command.withExamples([
    { command: "rollcall export users --org acme --out people.csv" },
    { command: "rollcall export users --org acme --format jsonl | gzip > people.jsonl.gz", description: "For programs" }
  ])
)
