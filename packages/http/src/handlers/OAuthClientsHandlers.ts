import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import { type OAuthClient, type OAuthClientId, OAuthCredentialId } from "@rollcall/domain/organization/OAuthClient"
import { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import { clientIdText, parseClientId } from "@rollcall/domain/organization/OAuthCredentials"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { parseUuid } from "@rollcall/domain/user/UserId"
import { Effect, Redacted } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import type { OAuthClientView } from "../api/OAuthClientsApi.ts"
import { PublicApi } from "../api/PublicApi.ts"
import { orProblem } from "./ApiProblem.ts"

const viewOf = (organization: OrganizationId, { id, ...client }: OAuthClient): typeof OAuthClientView.Type => ({
  clientId: clientIdText({ organization, client: id }),
  ...client
})

/** The client of this organisation that a `client_id` names; of another's there is none (ABUSE-11). */
const clientOf = (organization: OrganizationId, clientId: string): OAuthClientId | undefined => {
  const address = parseClientId(clientId)
  return address?.organization === organization ? address.client : undefined
}

const credentialOf = (text: string): OAuthCredentialId | undefined => {
  const uuid = parseUuid(text)
  return uuid === undefined ? undefined : OAuthCredentialId.make(uuid)
}

export const oauthClientsHandlers = HttpApiBuilder.group(
  PublicApi,
  "oauthClients",
  Effect.fnUntraced(function* (handlers) {
    const clients = yield* OAuthClients
    const administration = yield* OAuthAdministration

    return handlers.handleAll({
      list: Effect.fnUntraced(function* () {
        const { organization } = (yield* ApiCaller).caller
        const all = yield* orProblem(clients.list(organization.id))
        return { items: all.map((client) => viewOf(organization.id, client)), next: null }
      }),
      create: Effect.fnUntraced(function* ({ payload: { label } }) {
        const { caller } = yield* ApiCaller
        return viewOf(caller.organization.id, yield* orProblem(administration.create(caller, label)))
      }),
      revoke: Effect.fnUntraced(function* ({ params: { clientId } }) {
        const { caller } = yield* ApiCaller
        yield* orProblem(administration.revokeClient(caller, clientOf(caller.organization.id, clientId)))
      }),
      addSecret: Effect.fnUntraced(function* ({ params: { clientId }, payload: { label } }) {
        const { caller } = yield* ApiCaller
        const client = clientOf(caller.organization.id, clientId)
        const { entry, secret } = yield* orProblem(administration.addSecret(caller, client, label))
        return { entry, secret: Redacted.value(secret) }
      }),
      federate: Effect.fnUntraced(function* ({ params: { clientId }, payload: { label, ...identity } }) {
        const { caller } = yield* ApiCaller
        const client = clientOf(caller.organization.id, clientId)
        return yield* orProblem(administration.federate(caller, client, label, identity))
      }),
      revokeCredential: Effect.fnUntraced(function* ({ params: { clientId, id } }) {
        const { caller } = yield* ApiCaller
        const client = clientOf(caller.organization.id, clientId)
        yield* orProblem(administration.revokeCredential(caller, client, credentialOf(id)))
      })
    })
  })
)
