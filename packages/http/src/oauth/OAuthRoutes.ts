import { assertionAlgorithms } from "@rollcall/domain/organization/Assertion"
import { OAuthTokens } from "@rollcall/domain/organization/OAuthTokens"
import { type AddressSettings, organizationOrigin } from "@rollcall/domain/organization/ScimBaseUrl"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Cause, Clock, Effect, type Layer, Option, Redacted, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { authorizationsOf } from "../auth/BearerSecret.ts"
import { subdomainOf } from "../auth/HostSubdomain.ts"
import { answerRequest, requestIds } from "../RequestLog.ts"
import { everyMethod } from "../RouterConfig.ts"
import { invalidClient, invalidRequest, OAuthError } from "./OAuthError.ts"
import { readTokenForm } from "./TokenForm.ts"
import { assertionGrant, grantedScope, readTokenRequest } from "./TokenRequest.ts"

/** Where tokens are to be had, below the address of an organisation. */
export const tokenPath = "/oauth/token"

/**
 * Tokens for the SCIM endpoint (R-ORG-5): `POST /oauth/token` by client credentials (RFC 6749 section 4.4) or by an
 * assertion of a federated identity (RFC 7523), and the metadata that says so (RFC 8414).
 */
export const oauthRoutes = (
  config: AddressSettings
): Layer.Layer<never, never, HttpRouter.HttpRouter | OAuthTokens | SecureRandom.SecureRandom> =>
  HttpRouter.use((router) =>
    Effect.gen(function* () {
      const tokens = yield* OAuthTokens
      const nextRequestId = requestIds(yield* (yield* SecureRandom.SecureRandom).uuidV4())

      const grant = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest, requestId: string) {
        const parameters = yield* readTokenForm(request)
        if (authorizationsOf(request) > 1) return yield* invalidRequest("Send one Authorization header.")
        const { clientId, proof } = yield* readTokenRequest(parameters, request.headers.authorization)
        const subdomain = subdomainOf(request.headers.host, config.baseDomain)
        const granted = yield* tokens.grant({ clientId, proof, subdomain }).pipe(
          Effect.tapError((error) =>
            error._tag === "ClientRefused" || error._tag === "IssuerUnreachable"
              ? Effect.logInfo("token refused").pipe(
                  Effect.annotateLogs({ requestId, client: clientId.slice(0, 100), reason: error.reason })
                )
              : Effect.void
          ),
          Effect.mapError(oauthErrorOf)
        )
        return HttpServerResponse.jsonUnsafe(
          {
            access_token: Redacted.value(granted.token),
            token_type: "Bearer",
            expires_in: granted.expiresIn,
            scope: grantedScope
          },
          { headers: unkept }
        )
      })

      const handle = (
        handler: (
          request: HttpServerRequest.HttpServerRequest,
          requestId: string
        ) => Effect.Effect<HttpServerResponse.HttpServerResponse, OAuthError>
      ) =>
        Effect.gen(function* () {
          const request = yield* HttpServerRequest.HttpServerRequest
          const receivedAt = yield* Clock.currentTimeMillis
          const requestId = nextRequestId()
          const exit = yield* Effect.exit(handler(request, requestId))
          return yield* answerRequest(exit, { request, requestId, receivedAt }, failed)
        })

      const others = everyMethod.filter((method) => method !== "POST")
      yield* router.add("POST", tokenPath, handle(grant))
      for (const method of others)
        yield* router.add(
          method,
          tokenPath,
          handle(() => Effect.fail(notPosted))
        )
      yield* router.add(
        "GET",
        "/.well-known/oauth-authorization-server",
        Effect.map(HttpServerRequest.HttpServerRequest, (request) => metadata(config, request.headers.host))
      )
    })
  )

const notPosted = new OAuthError({
  error: "invalid_request",
  status: 405,
  description: "Tokens are asked for by POST."
})

/** Neither what is asked here nor what is answered is kept by anybody (RFC 6749 section 5.1). */
const unkept = { "cache-control": "no-store", pragma: "no-cache" } as const

type GrantError = Effect.Error<ReturnType<OAuthTokens["Service"]["grant"]>>

const oauthErrorOf = (error: GrantError): OAuthError => {
  switch (error._tag) {
    case "ClientRefused":
      return invalidClient()
    case "TooManyAttempts":
      return later(429, "This client failed too often.", error.retryAfter)
    case "IssuerUnreachable":
      return later(503, "The keys of the issuer cannot be had just now.", 30)
    case "StoreUnavailable":
      return later(503, "The directory cannot be reached just now.", 5)
  }
}

const later = (status: 429 | 503, what: string, retryAfter: number): OAuthError =>
  new OAuthError({
    error: "temporarily_unavailable",
    status,
    description: `${what} Repeat the request in ${retryAfter} seconds.`,
    retryAfter
  })

const failed = (cause: Cause.Cause<OAuthError>, requestId: string): HttpServerResponse.HttpServerResponse => {
  const error = Option.getOrUndefined(Cause.findErrorOption(cause))
  if (error === undefined) {
    const error_description = `A fault here. Tell support the request id ${requestId}.`
    return HttpServerResponse.jsonUnsafe({ error: "server_error", error_description }, { status: 500, headers: unkept })
  }
  return HttpServerResponse.jsonUnsafe(
    { error: error.error, error_description: error.description },
    {
      status: error.status,
      headers: {
        ...unkept,
        ...(error.status === 401 ? { "www-authenticate": 'Basic realm="OAuth", charset="UTF-8"' } : {}),
        ...(error.status === 405 ? { allow: "POST" } : {}),
        ...(error.retryAfter === undefined ? {} : { "retry-after": String(error.retryAfter) })
      }
    }
  )
}

const isSubdomain = Schema.is(Subdomain)

/** The address that a host of ours goes by: an organisation's own, or the one of all. */
const originOf = (config: AddressSettings, host: string | undefined): string | undefined => {
  const subdomain = subdomainOf(host, config.baseDomain)
  if (subdomain !== undefined) return isSubdomain(subdomain) ? organizationOrigin(config, subdomain) : undefined
  // Without a subdomain the address is the one that organisations share on localhost.
  return organizationOrigin({ ...config, baseDomain: "localhost" }, "")
}

/** The metadata of the authorization server (RFC 8414), the same for every organisation but for the address. */
const metadata = (config: AddressSettings, host: string | undefined): HttpServerResponse.HttpServerResponse => {
  const issuer = originOf(config, host)
  if (issuer === undefined) {
    return HttpServerResponse.jsonUnsafe(
      { error: "invalid_request", error_description: "No such host." },
      { status: 404 }
    )
  }
  return HttpServerResponse.jsonUnsafe(
    {
      issuer,
      token_endpoint: `${issuer}${tokenPath}`,
      grant_types_supported: ["client_credentials", assertionGrant],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
      token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
      response_types_supported: [],
      scopes_supported: [grantedScope]
    },
    { headers: { "cache-control": "public, max-age=3600", vary: "host" } }
  )
}
