import { KeyScope } from "@rollcall/domain/organization/AccessKey"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { OpenTo } from "./ApiAccess.ts"
import { Moment } from "./ApiTypes.ts"
import { problems } from "./Problem.ts"
import { Line } from "./UsersApi.ts"

const fields = {
  id: Schema.String,
  label: Schema.String,
  hint: Schema.String.annotate({ description: "The last four characters of the secret" }),
  createdAt: Moment,
  lastUsedAt: Schema.NullOr(Moment).annotate({ description: "To the minute" }),
  revokedAt: Schema.NullOr(Moment)
}

const secret = Schema.String.annotate({ description: "Shown this once; only its hash is kept" })

export const ScimToken = Schema.Struct(fields).annotate({ identifier: "ScimToken" })
export const RevealedScimToken = Schema.Struct({ ...fields, secret }).annotate({ identifier: "RevealedScimToken" })

const scopes = Schema.Array(KeyScope)
export const ApiKey = Schema.Struct({ ...fields, scopes }).annotate({ identifier: "ApiKey" })
export const RevealedApiKey = Schema.Struct({ ...fields, scopes, secret }).annotate({ identifier: "RevealedApiKey" })

const byId = { id: Line }

/**
 * SCIM tokens and API keys (R-ORG-3). They are apart, because the scope `integrations` is for tokens alone: who may make
 * API keys may do everything.
 */
export class KeysApi extends HttpApiGroup.make("keys")
  .add(
    HttpApiEndpoint.get("listScimTokens", "/scim-tokens", {
      success: Schema.Struct({ items: Schema.Array(ScimToken) }),
      error: problems
    })
      .annotate(OpenTo, ["integrations", "read"])
      .annotate(OpenApi.Summary, "List the SCIM tokens, revoked ones too"),
    HttpApiEndpoint.post("createScimToken", "/scim-tokens", {
      payload: Schema.Struct({ label: Line }),
      success: RevealedScimToken.pipe(HttpApiSchema.status(201)),
      error: problems
    })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "Make a SCIM token; those that are live stay so"),
    HttpApiEndpoint.delete("revokeScimToken", "/scim-tokens/:id", {
      params: byId,
      success: ScimToken,
      error: problems
    })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "Revoke a SCIM token, on every server within four seconds"),
    HttpApiEndpoint.get("listApiKeys", "/api-keys", {
      success: Schema.Struct({ items: Schema.Array(ApiKey) }),
      error: problems
    }).annotate(OpenApi.Summary, "List the API keys, revoked ones too"),
    HttpApiEndpoint.post("createApiKey", "/api-keys", {
      payload: Schema.Struct({ label: Line, scopes: scopes.check(Schema.isMinLength(1), Schema.isMaxLength(20)) }),
      success: RevealedApiKey.pipe(HttpApiSchema.status(201)),
      error: problems
    }).annotate(OpenApi.Summary, "Make an API key with these scopes"),
    HttpApiEndpoint.delete("revokeApiKey", "/api-keys/:id", {
      params: byId,
      success: ApiKey,
      error: problems
    }).annotate(OpenApi.Summary, "Revoke an API key, sessions included; the last with the scope admin stays")
  )
  .prefix("/keys")
  .annotate(OpenApi.Description, "SCIM tokens and API keys. Secrets are shown once, when they are made.") {}
