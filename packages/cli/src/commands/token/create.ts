import { Organizations } from "@rollcall/domain/organization/Organizations"
import { PlainName } from "@rollcall/domain/organization/PlainName"
import { Effect, Redacted } from "effect"
import { Command, Flag } from "effect/cli"
import { answer } from "../../Answer.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"

/** `rollcall token create`: a further SCIM token or API key, beside those that are live, so that they can be rotated (R-ORG-3). */
export const create = Command.make(
  "create",
  {
    subdomain: organizationArgument,
    label: Flag.String("label").pipe(
      Flag.withSchema(PlainName),
      Flag.withDefault("token"),
      Flag.withDescription("What it is for, to tell it from others"),
      Flag.withMetavar("LABEL")
    ),
    api: Flag.Boolean("api").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Make a key for the Public API in place of a SCIM token")
    )
  },
  Effect.fnUntraced(function* ({ api, label, subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const kind = api ? "api" : "scim"
    const { key, secret } = yield* (yield* Organizations).issueKey(organization.id, kind, label)
    const shown = Redacted.value(secret)
    yield* answer({ subdomain: organization.subdomain, id: key.id, kind, label, secret: shown }, [
      `${api ? "API key" : "SCIM token"} of ${organization.subdomain}, shown only now:`,
      "",
      shown,
      "",
      `\`rollcall token revoke ${organization.subdomain} ${key.id}\` revokes it.`
    ])
  })
).pipe(
  Command.withDescription("Make a SCIM token, or an API key; those that are live stay so"),
  Command.withExamples([{ command: 'rollcall token create acme --label "Okta, 2027"' }])
)
