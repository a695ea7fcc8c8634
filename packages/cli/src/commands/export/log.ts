import { DirectoryExport, logFormat } from "@rollcall/domain/csv/DirectoryExport"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { findOrganization } from "../../OrganizationArgument.ts"
import { exportAll, exportFlags } from "./ExportFlags.ts"

/** `rollcall export log`: the provisioning log, the newest first. */
export const log = Command.make(
  "log",
  exportFlags,
  Effect.fnUntraced(function* ({ subdomain, ...target }) {
    const organization = yield* findOrganization(subdomain)
    yield* exportAll("log", organization, target, logFormat, (yield* DirectoryExport).log(organization.id))
  })
).pipe(
  Command.withDescription("Write the provisioning log, the newest entry first; JSON lines have all of each entry"),
  Command.withExamples([{ command: "rollcall export log --org acme --out log.jsonl" }])
)
