import { DirectoryExport, groupFormat } from "@rollcall/domain/csv/DirectoryExport"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { findOrganization } from "../../OrganizationArgument.ts"
import { exportAll, exportFlags } from "./ExportFlags.ts"

/** `rollcall export groups`: groups with their types, as `rollcall groups import` takes them. */
export const groups = Command.make(
  "groups",
  exportFlags,
  Effect.fnUntraced(function* ({ subdomain, ...target }) {
    const organization = yield* findOrganization(subdomain)
    yield* exportAll("groups", organization, target, groupFormat, (yield* DirectoryExport).groups(organization.id))
  })
).pipe(
  Command.withDescription("Write all groups with their types and admins; `groups import` takes the CSV file"),
  Command.withExamples([{ command: "rollcall export groups --org acme --out groups.csv" }])
)
