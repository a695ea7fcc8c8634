import {
  FederatedIdentity,
  OAuthClient,
  OAuthClientId,
  OAuthCredentialId
} from "@rollcall/domain/organization/OAuthClient"
import { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import { Organization, OrganizationId } from "@rollcall/domain/organization/Organization"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Effect, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { answered, type RemoteClient } from "./RemoteCall.ts"

const organization = OrganizationId
const client = OAuthClientId
const credential = OAuthCredentialId
const error = StoreUnavailable
const live = {
  organization: Schema.Struct({ id: OrganizationId, subdomain: Subdomain }),
  id: OAuthCredentialId
}
const Secret = Schema.RedactedFromValue(Schema.String)

/** The port {@link OAuthClients} as calls, one a method. */
export const oauthRpcs = RpcGroup.make(
  Rpc.make("list", { payload: { organization }, success: Schema.Array(OAuthClient), error }),
  Rpc.make("findSecret", {
    payload: { organization, client, secretHash: Schema.String },
    success: Schema.UndefinedOr(Schema.Struct({ ...live, identity: Schema.UndefinedOr(FederatedIdentity) })),
    error
  }),
  Rpc.make("findFederation", {
    payload: { organization, client },
    success: Schema.UndefinedOr(Schema.Struct({ ...live, identity: FederatedIdentity })),
    error
  }),
  Rpc.make("useAssertion", {
    payload: { organization, assertionHash: Schema.String, expiresAt: Schema.Number },
    success: Schema.Boolean,
    error
  }),
  Rpc.make("issueToken", {
    payload: { organization, credential },
    success: Schema.UndefinedOr(Schema.Struct({ token: Secret, expiresAt: Schema.Number })),
    error
  }),
  Rpc.make("findTokenHolder", {
    payload: { token: Schema.String },
    success: Schema.UndefinedOr(
      Schema.Struct({ organization: Organization, credential, label: Schema.String, expiresAt: Schema.Number })
    ),
    error
  }),
  Rpc.make("removeExpired", {
    payload: { organization, limit: Schema.Int },
    success: Schema.Int,
    error
  })
).prefix("oauth.")

/** What the server does for each call. */
export const oauthHandlers = oauthRpcs.toLayer(
  Effect.map(OAuthClients, (port) =>
    oauthRpcs.of({
      "oauth.list": ({ organization }) => port.list(organization),
      "oauth.findSecret": ({ client, organization, secretHash }) => port.findSecret(organization, client, secretHash),
      "oauth.findFederation": ({ client, organization }) => port.findFederation(organization, client),
      "oauth.useAssertion": ({ assertionHash, expiresAt, organization }) =>
        port.useAssertion(organization, assertionHash, expiresAt),
      "oauth.issueToken": ({ credential, organization }) => port.issueToken(organization, credential),
      "oauth.findTokenHolder": ({ token }) => port.findTokenHolder(token),
      "oauth.removeExpired": ({ limit, organization }) => port.removeExpired(organization, limit)
    })
  )
)

/** The port, answered by the server. */
export const remoteOAuthClients = (calls: RemoteClient<typeof oauthRpcs>): OAuthClients["Service"] =>
  OAuthClients.of({
    list: (organization) => answered("read", calls["oauth.list"]({ organization })),
    findSecret: (organization, client, secretHash) =>
      answered("read", calls["oauth.findSecret"]({ organization, client, secretHash })),
    findFederation: (organization, client) => answered("read", calls["oauth.findFederation"]({ organization, client })),
    useAssertion: (organization, assertionHash, expiresAt) =>
      answered("save", calls["oauth.useAssertion"]({ organization, assertionHash, expiresAt })),
    issueToken: (organization, credential) => answered("save", calls["oauth.issueToken"]({ organization, credential })),
    findTokenHolder: (token) => answered("read", calls["oauth.findTokenHolder"]({ token })),
    removeExpired: (organization, limit) => answered("save", calls["oauth.removeExpired"]({ organization, limit }))
  })
