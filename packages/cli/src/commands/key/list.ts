import { Organizations } from "@rollcall/domain/organization/Organizations"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { answer, isoTime, table } from "../../Answer.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"

/** `rollcall key list`: the API keys of an organisation without their secrets, revoked ones too. */
export const list = Command.make(
  "list",
  { subdomain: organizationArgument },
  Effect.fnUntraced(function* ({ subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const all = yield* (yield* Organizations).listKeys(organization.id)
    const keys = all
      .filter(({ kind }) => kind === "api")
      .map(({ createdAt, hint, id, label, lastUsedAt, revokedAt, scopes }) => ({
        id,
        label,
        scopes,
        hint,
        createdAt: isoTime(createdAt),
        lastUsedAt: isoTime(lastUsedAt),
        revokedAt: isoTime(revokedAt)
      }))
    const lines = keys.map((key) => [
      key.id,
      `...${key.hint}`,
      key.createdAt?.slice(0, 10) ?? "",
      key.revokedAt === null ? (key.lastUsedAt?.slice(0, 10) ?? "never") : "revoked",
      key.scopes.join(" "),
      key.label
    ])
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
