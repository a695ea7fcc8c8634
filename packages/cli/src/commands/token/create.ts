import { KeyScope } from "@rollcall/domain/organization/AccessKey"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { PlainName } from "@rollcall/domain/organization/PlainName"
import { Effect, Redacted } from "effect"
import { Command, Flag } from "effect/cli"
import { answer } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"
import { WrongUsage } from "../../WrongUsage.ts"

const command = "rollcall token create"

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
    ),
    scopes: Flag.Literals("scope", KeyScope.literals).pipe(
      Flag.between(0, KeyScope.literals.length),
      Flag.withDescription("With --api: what the key may do, once for each scope; without any it may do everything")
    )
  },
  Effect.fnUntraced(function* ({ api, label, scopes, subdomain }) {
    if (!api && scopes.length > 0) return yield* new WrongUsage({ problem: "--scope goes with --api", command })
    const organization = yield* findOrganization(subdomain)
    const kind = api ? "api" : "scim"
    const caller = yield* asOperator(organization, "token create")
    const { key, secret } = yield* (yield* OrganizationAdministration).issueKey(caller, {
      kind,
      label,
      ...(scopes.length === 0 ? {} : { scopes: [...new Set(scopes)] })
    })
    const shown = Redacted.value(secret)
    yield* answer({ subdomain: organization.subdomain, id: key.id, kind, label, scopes: key.scopes, secret: shown }, [
      `${api ? "API key" : "SCIM token"} of ${organization.subdomain}, shown only now:`,
      "",
      shown,
      "",
      `\`rollcall token revoke ${organization.subdomain} ${key.id}\` revokes it.`
    ])
  })
).pipe(
  Command.withDescription("Make a SCIM token, or an API key; those that are live stay so"),
  Command.withExamples([
    { command: 'rollcall token create acme --label "Okta, 2027"' },
    {
      command: 'rollcall token create acme --api --scope read --scope access-check --label "Shop"',
      description: "A key for the product next door"
    }
  ])
)
