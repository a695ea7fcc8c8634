import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import { OAuthCredentialId } from "@rollcall/domain/organization/OAuthClient"
import { parseUuid } from "@rollcall/domain/user/UserId"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { answer } from "../../Answer.ts"
import { clientArgument, findClient } from "../../OAuthClientArgument.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"
import { Refused } from "../../Refused.ts"

/** `rollcall oauth-client revoke`: ends a client, or one of its credentials; tokens end within the cache time (ABUSE-24). */
export const revoke = Command.make(
  "revoke",
  {
    subdomain: organizationArgument,
    clientId: clientArgument,
    credential: Flag.String("secret").pipe(
      Flag.optional,
      Flag.withDescription("Id of one secret or federated identity: only that is revoked"),
      Flag.withMetavar("ID")
    )
  },
  Effect.fnUntraced(function* ({ clientId, credential, subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const client = yield* findClient(organization, clientId)
    const clients = yield* OAuthAdministration
    const caller = yield* asOperator(organization, "oauth-client revoke")
    const told = { subdomain: organization.subdomain, clientId }
    if (Option.isNone(credential)) {
      yield* clients.revokeClient(caller, client.id)
      return yield* answer({ ...told, revoked: true }, [
        `${client.label} of ${organization.subdomain} is revoked, with all its secrets and tokens.`
      ])
    }
    const id = parseUuid(credential.value)
    const wanted = id === undefined ? undefined : OAuthCredentialId.make(id)
    yield* Effect.catchTag(clients.revokeCredential(caller, client.id, wanted), "ScimError", () =>
      Effect.fail(
        new Refused({
          problem: `${client.label} has no live secret or federated identity with this id`,
          remedy: `\`rollcall oauth-client list ${organization.subdomain}\` lists them with their ids`
        })
      )
    )
    yield* answer({ ...told, secretId: id, revoked: true }, [`${id} of ${client.label} is revoked, with its tokens.`])
  })
).pipe(Command.withDescription("Revoke a client, or one of its secrets"))
