import { accessKeyLength, secretForm } from "@rollcall/domain/organization/AccessKey"
import { organizationOfAccessToken } from "@rollcall/domain/organization/OAuthCredentials"
import type { KeyHolder } from "@rollcall/domain/organization/Organizations"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { ScimError } from "@rollcall/domain/scim/ScimError"
import { Context, Effect, Layer, Result } from "effect"
import type { HttpServerRequest } from "effect/http"
import { type BearerFault, bearerSecret } from "../auth/BearerSecret.ts"
import { subdomainOf } from "../auth/HostSubdomain.ts"
import { KeyHolders } from "../auth/KeyHolders.ts"

/** Tells whose key or token a request to the SCIM endpoint carries (R-ORG-2 to R-ORG-5). */
export class Authentication extends Context.Service<
  Authentication,
  {
    /** The holder of the SCIM token or access token; fails with 401 where there is none, or where the host belongs to somebody else. */
    authenticate(request: HttpServerRequest.HttpServerRequest): Effect.Effect<KeyHolder, ScimError | StoreUnavailable>
  }
>()("@rollcall/http/scim/Authentication") {
  static readonly layer = (baseDomain: string): Layer.Layer<Authentication, never, KeyHolders> =>
    Layer.effect(
      Authentication,
      Effect.gen(function* () {
        const holders = yield* KeyHolders
        return Authentication.of({
          authenticate: Effect.fnUntraced(function* (request) {
            const presented = bearerSecret(request)
            if (Result.isFailure(presented)) return yield* unauthorized(bearerFaults[presented.failure])
            const secret = presented.success
            const form = organizationOfAccessToken(secret) === undefined ? secretForm(secret) : "oauth"
            if (form === "neither") {
              return yield* unauthorized(
                "The access token is not valid. Copy the SCIM token of this organisation again: it has " +
                  `${accessKeyLength.scim} letters and digits.`
              )
            }
            const holder = yield* holders.holderOf(secret)
            if (form === "api" || holder?.key.kind === "api") {
              return yield* unauthorized(
                `This looks like a Public API key (${accessKeyLength.api} characters). A SCIM token ` +
                  `(${accessKeyLength.scim} characters) belongs here.`
              )
            }
            if (holder === undefined && form === "oauth") {
              return yield* unauthorized(
                "The access token is not valid: it has expired, or its client was revoked. Ask for a new one at /oauth/token."
              )
            }
            if (holder === undefined) {
              return yield* unauthorized(
                "The access token is not valid: it is unknown or was revoked. Create a new SCIM token and enter it in " +
                  "your identity provider."
              )
            }
            const subdomain = subdomainOf(request.headers.host, baseDomain)
            if (subdomain !== undefined && subdomain !== holder.organization.subdomain) {
              return yield* unauthorized(
                "The access token does not belong to this address. Check the SCIM base URL and the token: both come " +
                  "from the same organisation."
              )
            }
            return holder
          })
        })
      })
    )
}

const unauthorized = (detail: string): ScimError => new ScimError({ status: 401, detail })

const bearerFaults: Readonly<Record<BearerFault, string>> = {
  missing: "The request carries no access token. Send the SCIM token as Authorization: Bearer <token>.",
  several: "The request carries several Authorization headers. Send one.",
  malformed: "The Authorization header is not of the form Bearer <token>. Send the SCIM token that way."
}
