import { FederatedIdentity } from "@rollcall/domain/organization/OAuthClient"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AnswersSecret, OpenTo } from "./ApiAccess.ts"
import { Moment, pageOf } from "./ApiTypes.ts"
import { problems } from "./Problem.ts"

const history = {
  id: Schema.String,
  label: Schema.String,
  createdAt: Moment,
  lastUsedAt: Schema.NullOr(Moment).annotate({ description: "When it last got a token" }),
  revokedAt: Schema.NullOr(Moment)
}

/** A secret as it is listed. */
export const ClientSecretView = Schema.Struct({
  ...history,
  hint: Schema.String.annotate({ description: "The last four characters" })
}).annotate({ identifier: "ClientSecret" })

/** Who signs for a client. */
export const ClientFederationView = Schema.Struct({ ...history, ...FederatedIdentity.fields }).annotate({
  identifier: "ClientFederation"
})

/** A client as it is listed, with what it has, and had, to prove itself by. */
export const OAuthClientView = Schema.Struct({
  clientId: Schema.String,
  label: Schema.String,
  createdAt: Moment,
  revokedAt: Schema.NullOr(Moment),
  secrets: Schema.Array(ClientSecretView),
  federations: Schema.Array(ClientFederationView)
}).annotate({ identifier: "OAuthClient" })

/** A secret that was just made. */
export const RevealedClientSecret = Schema.Struct({
  entry: ClientSecretView,
  secret: Schema.String.annotate({ description: "Shown this once" })
}).annotate({ identifier: "RevealedClientSecret" })

const Label = Schema.Struct({ label: Schema.String })
const params = { clientId: Schema.String }

/** Clients that get tokens for the SCIM endpoint by OAuth 2.0 (R-ORG-5; docs/oauth.md). */
export class OAuthClientsApi extends HttpApiGroup.make("oauthClients")
  .add(
    HttpApiEndpoint.get("list", "/", { success: pageOf(OAuthClientView), error: problems })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "List the clients with their credentials, revoked ones too"),
    HttpApiEndpoint.post("create", "/", {
      payload: Label,
      success: OAuthClientView.pipe(HttpApiSchema.status(201)),
      error: problems
    })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "Add a client, which has no credential yet"),
    HttpApiEndpoint.delete("revoke", "/:clientId", { params, success: HttpApiSchema.NoContent, error: problems })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "Revoke a client with all its credentials and tokens"),
    HttpApiEndpoint.post("addSecret", "/:clientId/secrets", {
      params,
      payload: Label,
      success: RevealedClientSecret.pipe(HttpApiSchema.status(201)),
      error: problems
    })
      .annotate(OpenTo, ["integrations"])
      .annotate(AnswersSecret, true)
      .annotate(OpenApi.Summary, "Add a secret beside those that are live; shows it once"),
    HttpApiEndpoint.put("federate", "/:clientId/federation", {
      params,
      payload: Schema.Struct({ label: Schema.String, ...FederatedIdentity.fields }),
      success: ClientFederationView,
      error: problems
    })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "Let an identity provider sign for the client, in place of who did so before"),
    HttpApiEndpoint.delete("revokeCredential", "/:clientId/credentials/:id", {
      params: { ...params, id: Schema.String },
      success: HttpApiSchema.NoContent,
      error: problems
    })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "Revoke a secret or federated identity with its tokens")
  )
  .prefix("/oauth-clients")
  .annotate(OpenApi.Description, "Clients that get tokens for the SCIM endpoint by OAuth 2.0.") {}
