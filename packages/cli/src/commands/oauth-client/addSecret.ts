import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import { PlainName } from "@rollcall/domain/organization/PlainName"
import { Effect, Redacted } from "effect"
import { Command, Flag } from "effect/cli"
import { answer } from "../../Answer.ts"
import { clientArgument, findClient } from "../../OAuthClientArgument.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"

/** `rollcall oauth-client add-secret`: a further secret beside those that are live, so that they can be rotated (R-ORG-5). */
export const addSecret = Command.make(
  "add-secret",
  {
    subdomain: organizationArgument,
    clientId: clientArgument,
    label: Flag.String("label").pipe(
      Flag.withSchema(PlainName),
      Flag.withDescription("What the secret is called, to tell it from others"),
      Flag.withMetavar("LABEL")
    )
  },
  Effect.fnUntraced(function* ({ clientId, label, subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const client = yield* findClient(organization, clientId)
    const caller = yield* asOperator(organization, "oauth-client add-secret")
    const { entry, secret } = yield* (yield* OAuthAdministration).addSecret(caller, client.id, label)
    const shown = Redacted.value(secret)
    yield* answer(
      { subdomain: organization.subdomain, clientId, secretId: entry.id, label: entry.label, secret: shown },
      [
        `Secret of ${client.label}, shown only now:`,
        "",
        shown,
        "",
        `\`rollcall oauth-client revoke ${organization.subdomain} ${clientId} --secret ${entry.id}\` revokes it.`
      ]
    )
  })
).pipe(Command.withDescription("Make a further secret for a client; those that are live stay so"))
