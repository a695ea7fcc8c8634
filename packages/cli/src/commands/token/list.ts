import { Organizations } from "@rollcall/domain/organization/Organizations"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { answer, isoTime, table } from "../../Answer.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"

/** `rollcall token list`: the tokens and keys of an organisation without their secrets, revoked ones too. */
export const list = Command.make(
  "list",
  { subdomain: organizationArgument },
  Effect.fnUntraced(function* ({ subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const keys = (yield* (yield* Organizations).listKeys(organization.id)).map((key) => ({
      id: key.id,
      kind: key.kind,
      label: key.label,
      scopes: key.scopes,
      hint: key.hint,
      createdAt: isoTime(key.createdAt),
      lastUsedAt: isoTime(key.lastUsedAt),
      revokedAt: isoTime(key.revokedAt)
    }))
    const lines = keys.map((key) => [
      key.id,
      key.kind === "scim" ? "SCIM token" : "API key",
      `...${key.hint}`,
      key.createdAt?.slice(0, 10) ?? "",
      key.revokedAt === null ? (key.lastUsedAt?.slice(0, 10) ?? "never") : "revoked",
      key.scopes.join(" "),
      key.label
    ])
    yield* answer(
      keys,
      keys.length === 0
        ? [`${organization.subdomain} has no token. \`rollcall token create ${organization.subdomain}\` makes one.`]
        : table([["ID", "KIND", "ENDS WITH", "CREATED", "LAST USED", "SCOPES", "LABEL"], ...lines])
    )
  })
).pipe(Command.withDescription("List an organisation's tokens and keys, without their secrets"))
