import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import { PlainName } from "@rollcall/domain/organization/PlainName"
import { Effect, Redacted } from "effect"
import { Command, Flag } from "effect/cli"
import { answer } from "../../Answer.ts"
import { publicId, tokenUrl } from "../../OAuthClientArgument.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"

/** `rollcall oauth-client create`: a client that gets its tokens at /oauth/token (R-ORG-5), with a first secret or without. */
export const create = Command.make(
  "create",
  {
    subdomain: organizationArgument,
    label: Flag.String("label").pipe(
      Flag.withSchema(PlainName),
      Flag.withDescription("Who the client is, such as the name of the identity provider"),
      Flag.withMetavar("LABEL")
    ),
    secretLabel: Flag.String("secret-label").pipe(
      Flag.withSchema(PlainName),
      Flag.withDefault("first"),
      Flag.withDescription("What its secret is called, to tell it from later ones"),
      Flag.withMetavar("LABEL")
    ),
    noSecret: Flag.Boolean("no-secret").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Make no secret: another identity provider will sign for it (`oauth-client federate`)")
    )
  },
  Effect.fnUntraced(function* ({ label, noSecret, secretLabel, subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const clients = yield* OAuthAdministration
    const caller = yield* asOperator(organization, "oauth-client create")
    const url = yield* tokenUrl(organization)
    const client = yield* clients.create(caller, label)
    const clientId = publicId(organization, client)
    const made = { subdomain: organization.subdomain, clientId, label: client.label, tokenUrl: url }
    if (noSecret) {
      return yield* answer(made, [
        `Client of ${organization.subdomain}:`,
        "",
        `Client id  ${clientId}`,
        `Token URL  ${url}`,
        "",
        `\`rollcall oauth-client federate ${organization.subdomain} ${clientId}\` says who signs for it.`
      ])
    }
    const { entry, secret } = yield* clients.addSecret(caller, client.id, secretLabel)
    const shown = Redacted.value(secret)
    yield* answer({ ...made, secretId: entry.id, secret: shown }, [
      `Client of ${organization.subdomain}, its secret shown only now:`,
      "",
      `Client id  ${clientId}`,
      `Secret     ${shown}`,
      `Token URL  ${url}`
    ])
  })
).pipe(
  Command.withDescription("Make a client that gets its tokens by OAuth 2.0"),
  Command.withExamples([{ command: 'rollcall oauth-client create acme --label "Microsoft Entra"' }])
)
