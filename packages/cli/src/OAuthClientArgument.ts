import type { OAuthClient } from "@rollcall/domain/organization/OAuthClient"
import { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import { clientIdText, parseClientId } from "@rollcall/domain/organization/OAuthCredentials"
import type { Organization } from "@rollcall/domain/organization/Organization"
import { organizationOrigin } from "@rollcall/domain/organization/ScimBaseUrl"
import { Effect } from "effect"
import { Argument } from "effect/cli"
import { Refused } from "./Refused.ts"
import { addressSettings } from "./ServedAddress.ts"

/** `<client-id>`: the id by which a client asks for tokens. */
export const clientArgument = Argument.String("client-id").pipe(
  Argument.withDescription("Id of the client, as `rollcall oauth-client list` shows it")
)

/** The live client of that organisation with that `client_id`; where there is none, the refusal says how to find it. */
export const findClient = Effect.fnUntraced(function* (organization: Organization, clientId: string) {
  const address = parseClientId(clientId)
  const clients = yield* (yield* OAuthClients).list(organization.id)
  const found = clients.find(({ id, revokedAt }) => id === address?.client && revokedAt === null)
  if (found !== undefined && address?.organization === organization.id) return found
  // What stands there may be a secret, pasted by mistake: it is not repeated.
  return yield* new Refused({
    problem: `${organization.subdomain} has no live client with this id`,
    remedy: `\`rollcall oauth-client list ${organization.subdomain}\` lists them with their ids`
  })
})

/** The `client_id` of a client. */
export const publicId = (organization: Organization, client: Pick<OAuthClient, "id">): string =>
  clientIdText({ organization: organization.id, client: client.id })

/** Where a client gets its tokens. */
export const tokenUrl = Effect.fnUntraced(function* (organization: Organization) {
  const settings = yield* addressSettings
  return `${organizationOrigin(settings, organization.subdomain)}/oauth/token`
})
