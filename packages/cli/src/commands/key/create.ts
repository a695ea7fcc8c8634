import { KeyScope } from "@rollcall/domain/organization/AccessKey"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { PlainName } from "@rollcall/domain/organization/PlainName"
import { Effect, Redacted } from "effect"
import { Command, Flag } from "effect/cli"
import { answer } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"

/** `rollcall key create`: a key for the Public API that may do what its scopes say (R-ORG-3). */
export const create = Command.make(
  "create",
  {
    subdomain: organizationArgument,
    label: Flag.String("label").pipe(
      Flag.withSchema(PlainName),
      Flag.withDefault("key"),
      Flag.withDescription("What it is for, to tell it from others"),
      Flag.withMetavar("LABEL")
    ),
    scopes: Flag.Literals("scope", KeyScope.literals).pipe(
      Flag.between(0, KeyScope.literals.length),
      Flag.withDescription("What the key may do, once for each scope; without any it may do everything")
    )
  },
  Effect.fnUntraced(function* ({ label, scopes, subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const caller = yield* asOperator(organization, "key create")
    const { key, secret } = yield* (yield* OrganizationAdministration).issueKey(caller, {
      kind: "api",
      label,
      ...(scopes.length === 0 ? {} : { scopes: [...new Set(scopes)] })
    })
    const shown = Redacted.value(secret)
    yield* answer({ subdomain: organization.subdomain, id: key.id, label, scopes: key.scopes, secret: shown }, [
      `API key of ${organization.subdomain} for ${key.scopes.join(", ")}, shown only now:`,
      "",
      shown,
      "",
      `\`rollcall key revoke ${organization.subdomain} ${key.id}\` revokes it.`
    ])
  })
).pipe(
  Command.withDescription("Make a key for the Public API; those that are live stay so"),
  Command.withExamples([
    { command: 'rollcall key create acme --scope read --scope access-check --label "Shop"' },
    { command: 'rollcall key create acme --scope import --label "HR export"', description: "Only imports" }
  ])
)
