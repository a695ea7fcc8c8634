import { accessKeyLength, KeyScope } from "@rollcall/domain/organization/AccessKey"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { OpenTo } from "./ApiAccess.ts"
import { Moment } from "./ApiTypes.ts"
import { problems } from "./Problem.ts"

/** Who is signed in to the console, and what its requests show. */
export const SignedIn = Schema.Struct({
  organization: Schema.Struct({ subdomain: Schema.String, name: Schema.String }),
  key: Schema.Struct({ label: Schema.String, scopes: Schema.Array(KeyScope) }),
  expiresAt: Moment,
  /** Goes into the header `x-csrf-token` of every request that changes something. */
  csrfToken: Schema.String
}).annotate({ identifier: "SignedIn" })

/** Signing in to the console: an API key becomes a cookie that scripts cannot read. */
export class SessionApi extends HttpApiGroup.make("session")
  .add(
    HttpApiEndpoint.post("signIn", "/", {
      payload: Schema.Struct({ key: Schema.String.check(Schema.isMaxLength(4 * accessKeyLength.api)) }),
      success: SignedIn,
      error: problems
    }).annotate(OpenApi.Summary, "Turn an API key into a session cookie of eight hours")
  )
  .add(
    HttpApiEndpoint.delete("signOut", "/", { success: HttpApiSchema.NoContent, error: problems }).annotate(
      OpenApi.Summary,
      "Remove the session cookie"
    )
  )
  .prefix("/session")
  .annotate(
    OpenApi.Description,
    "The console's session. It ends by time, by signing out, or when its key is revoked."
  ) {}

/** Who is signed in: for a console that was loaded anew. */
export class CurrentSessionApi extends HttpApiGroup.make("currentSession")
  .add(
    HttpApiEndpoint.get("show", "/", { success: SignedIn, error: problems })
      .annotate(OpenTo, KeyScope.literals)
      .annotate(OpenApi.Summary, "Show who is signed in, with the token that changes need")
  )
  .prefix("/session")
  .annotate(OpenApi.Description, "The console's session.") {}
