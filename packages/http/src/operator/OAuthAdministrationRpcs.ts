import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import {
  FederatedIdentity,
  OAuthClient,
  OAuthClientId,
  OAuthCredentialId,
  OAuthFederation,
  OAuthSecret
} from "@rollcall/domain/organization/OAuthClient"
import { operatorCaller } from "@rollcall/domain/organization/OrganizationAdministration"
import { Effect, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { answered, type RemoteClient } from "./RemoteCall.ts"
import { useCaseError as error, from, fromOf } from "./RemoteCaller.ts"

const client = Schema.UndefinedOr(OAuthClientId)
const label = Schema.String

/** The use cases of {@link OAuthAdministration} as calls of the operator, one a method. */
export const oauthAdministrationRpcs = RpcGroup.make(
  Rpc.make("create", { payload: { ...from, label }, success: OAuthClient, error }),
  Rpc.make("addSecret", {
    payload: { ...from, client, label },
    success: Schema.Struct({ entry: OAuthSecret, secret: Schema.RedactedFromValue(Schema.String) }),
    error
  }),
  Rpc.make("federate", {
    payload: { ...from, client, label, identity: FederatedIdentity },
    success: OAuthFederation,
    error
  }),
  Rpc.make("revokeClient", { payload: { ...from, client }, error }),
  Rpc.make("revokeCredential", {
    payload: { ...from, client, credential: Schema.UndefinedOr(OAuthCredentialId) },
    error
  })
).prefix("oauthAdministration.")

/** What the server does for each call. */
export const oauthAdministrationHandlers = oauthAdministrationRpcs.toLayer(
  Effect.map(OAuthAdministration, (administration) =>
    oauthAdministrationRpcs.of({
      "oauthAdministration.create": ({ label, organization, ...request }) =>
        administration.create(operatorCaller(organization, request), label),
      "oauthAdministration.addSecret": ({ client, label, organization, ...request }) =>
        administration.addSecret(operatorCaller(organization, request), client, label),
      "oauthAdministration.federate": ({ client, identity, label, organization, ...request }) =>
        administration.federate(operatorCaller(organization, request), client, label, identity),
      "oauthAdministration.revokeClient": ({ client, organization, ...request }) =>
        administration.revokeClient(operatorCaller(organization, request), client),
      "oauthAdministration.revokeCredential": ({ client, credential, organization, ...request }) =>
        administration.revokeCredential(operatorCaller(organization, request), client, credential)
    })
  )
)

/** The use cases, answered by the server; whoever the caller is here, there it is the operator. */
export const remoteOAuthAdministration = (
  calls: RemoteClient<typeof oauthAdministrationRpcs>
): OAuthAdministration["Service"] =>
  OAuthAdministration.of({
    create: (caller, label) => answered("save", calls["oauthAdministration.create"]({ ...fromOf(caller), label })),
    addSecret: (caller, client, label) =>
      answered("save", calls["oauthAdministration.addSecret"]({ ...fromOf(caller), client, label })),
    federate: (caller, client, label, identity) =>
      answered("save", calls["oauthAdministration.federate"]({ ...fromOf(caller), client, label, identity })),
    revokeClient: (caller, client) =>
      answered("save", calls["oauthAdministration.revokeClient"]({ ...fromOf(caller), client })),
    revokeCredential: (caller, client, credential) =>
      answered("save", calls["oauthAdministration.revokeCredential"]({ ...fromOf(caller), client, credential }))
  })
