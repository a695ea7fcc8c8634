import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import { PlainName } from "@rollcall/domain/organization/PlainName"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { answer } from "../../Answer.ts"
import { clientArgument, findClient, tokenUrl } from "../../OAuthClientArgument.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"

const claim = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.withMetavar(name.toUpperCase()))

/** `rollcall oauth-client federate`: lets an identity provider sign for a client (RFC 7523) in place of who did so before. */
export const federate = Command.make(
  "federate",
  {
    subdomain: organizationArgument,
    clientId: clientArgument,
    issuer: claim("issuer", "The iss of its assertions, an https address whose documents lead to its keys"),
    subject: claim("subject", "The sub of its assertions"),
    audience: claim("audience", "The aud of its assertions; a /.default at its end is left out"),
    label: Flag.String("label").pipe(
      Flag.withSchema(PlainName),
      Flag.withDefault("federated identity"),
      Flag.withDescription("What it is called in the log"),
      Flag.withMetavar("LABEL")
    )
  },
  Effect.fnUntraced(function* ({ audience, clientId, issuer, label, subdomain, subject }) {
    const organization = yield* findOrganization(subdomain)
    const client = yield* findClient(organization, clientId)
    const url = yield* tokenUrl(organization)
    const caller = yield* asOperator(organization, "oauth-client federate")
    const identity = { issuer, subject, audience }
    const made = yield* (yield* OAuthAdministration).federate(caller, client.id, label, identity)
    const { id: federationId, issuer: iss, subject: sub, audience: aud } = made
    yield* answer(
      {
        subdomain: organization.subdomain,
        clientId,
        federationId,
        issuer: iss,
        subject: sub,
        audience: aud,
        tokenUrl: url
      },
      [
        `${iss} now signs for ${client.label}, as ${sub} for ${aud}; nobody else does any more.`,
        "",
        `Client id  ${clientId}`,
        `Token URL  ${url}`
      ]
    )
  })
).pipe(
  Command.withDescription("Let an identity provider sign for a client, in place of who did so before"),
  Command.withExamples([
    {
      command:
        "rollcall oauth-client federate acme rco_... --issuer https://login.microsoftonline.com/TENANT/v2.0 " +
        "--subject OBJECT-ID --audience api://APP-ID"
    }
  ])
)
