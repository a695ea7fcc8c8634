import { Organizations } from "@rollcall/domain/organization/Organizations"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { accessKeyCells, accessKeyView } from "../../AccessKeyView.ts"
import { answer, table } from "../../Answer.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"

/** `rollcall token list`: the tokens and keys of an organisation without their secrets, revoked ones too. */
export const list = Command.make(
  "list",
  { subdomain: organizationArgument },
  Effect.fnUntraced(function* ({ subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const all = yield* (yield* Organizations).listKeys(organization.id)
    const keys = all.map((key) => ({ id: key.id, kind: key.kind, ...accessKeyView(key) }))
    const lines = keys.map((key) => [key.id, key.kind === "scim" ? "SCIM token" : "API key", ...accessKeyCells(key)])
    yield* answer(
      keys,
      keys.length === 0
        ? [`${organization.subdomain} has no token. \`rollcall token create ${organization.subdomain}\` makes one.`]
        : table([["ID", "KIND", "ENDS WITH", "CREATED", "LAST USED", "SCOPES", "LABEL"], ...lines])
    )
  })
).pipe(Command.withDescription("List an organisation's tokens and keys, without their secrets"))
