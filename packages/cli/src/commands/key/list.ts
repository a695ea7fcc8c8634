import { Organizations } from "@rollcall/domain/organization/Organizations"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { accessKeyCells, accessKeyView } from "../../AccessKeyView.ts"
import { answer, table } from "../../Answer.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"

/** `rollcall key list`: the API keys of an organisation without their secrets, revoked ones too. */
export const list = Command.make(
  "list",
  { subdomain: organizationArgument },
  Effect.fnUntraced(function* ({ subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const all = yield* (yield* Organizations).listKeys(organization.id)
    const keys = all.filter(({ kind }) => kind === "api").map((key) => ({ id: key.id, ...accessKeyView(key) }))
    const lines = keys.map((key) => [key.id, ...accessKeyCells(key)])
    yield* answer(
      keys,
      keys.length === 0
        ? [`${organization.subdomain} has no API key. \`rollcall key create ${organization.subdomain}\` makes one.`]
        : table([["ID", "ENDS WITH", "CREATED", "LAST USED", "SCOPES", "LABEL"], ...lines])
    )
  })
).pipe(
  Command.withDescription("List an organisation's API keys, without their secrets"),
  Command.withExamples([{ command: "rollcall key list acme" }])
)
