import { accessKeyLength, secretForm } from "@rollcall/domain/organization/AccessKey"
import type { KeyHolder } from "@rollcall/domain/organization/Organizations"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Context, Effect, Layer, Result } from "effect"
import { HttpServerRequest } from "effect/http"
import { ApiRequest, csrfHeader, sessionCookie } from "../api/ApiAccess.ts"
import { Forbidden, type Problem, Unauthenticated } from "../api/Problem.ts"
import { type BearerFault, bearerSecret } from "../auth/BearerSecret.ts"
import { subdomainOf } from "../auth/HostSubdomain.ts"
import { KeyHolders } from "../auth/KeyHolders.ts"
import { RateLimiter } from "../auth/RateLimiter.ts"
import { isSameText } from "../auth/SameText.ts"
import { Sessions } from "../auth/Sessions.ts"
import { problemOf } from "./ApiProblem.ts"

const bearerFaults: Readonly<Record<BearerFault, string>> = {
  missing: "The request carries no API key. Send it as Authorization: Bearer <key>.",
  several: "The request carries several Authorization headers. Send one.",
  malformed: "The Authorization header is not of the form Bearer <key>. Send the API key that way."
}

const unknownKey =
  "The API key is not valid: it is unknown or was revoked. Create a new key (rollcall token create --api) and use it instead."

/** Why a secret opens nothing here, judged before its holder is known (R-ORG-4). */
const formFault = (secret: string): string | undefined => {
  switch (secretForm(secret)) {
    case "api":
      return undefined
    case "scim":
      return (
        `This looks like a SCIM token (${accessKeyLength.scim} characters). A Public API key ` +
        `(${accessKeyLength.api} characters) belongs here.`
      )
    case "neither":
      return `The API key is not valid: a key has ${accessKeyLength.api} letters and digits. Copy it again.`
  }
}

const sessionEnded = "The session has ended or its key was revoked. Sign in again with an API key."

type Known = Effect.Effect<KeyHolder, Problem, ApiRequest | HttpServerRequest.HttpServerRequest>

/** Whose API key a request to the Public API carries: in its header, or behind the cookie of the console's session. */
export class ApiKeys extends Context.Service<
  ApiKeys,
  {
    readonly ofRequest: Known
    /** Of a secret by itself, for the organisation of the request's host. */
    ofSecret(secret: string): Known
  }
>()("@rollcall/http/handlers/ApiKeys") {
  static readonly layer = (baseDomain: string): Layer.Layer<ApiKeys, never, KeyHolders | RateLimiter | Sessions> =>
    Layer.effect(
      ApiKeys,
      Effect.gen(function* () {
        const holders = yield* KeyHolders
        const limiter = yield* RateLimiter
        const sessions = yield* Sessions

        const unauthenticated = (detail: string) =>
          Effect.flatMap(ApiRequest, ({ requestId }) => Effect.fail(new Unauthenticated({ detail, requestId })))

        /** The holder that was found, where they belong to the host and keep to the limits. */
        const admitted = Effect.fnUntraced(function* (
          look: Effect.Effect<KeyHolder | undefined, StoreUnavailable>,
          otherwise: string
        ) {
          const request = yield* HttpServerRequest.HttpServerRequest
          const { requestId } = yield* ApiRequest
          const found = yield* Effect.mapError(look, (error) => problemOf(error, requestId))
          if (found === undefined || found.key.kind !== "api") return yield* unauthenticated(otherwise)
          const subdomain = subdomainOf(request.headers.host, baseDomain)
          if (subdomain !== undefined && subdomain !== found.organization.subdomain) {
            return yield* unauthenticated(
              "The API key does not belong to this address. Use the address and the key of the same organisation."
            )
          }
          yield* Effect.mapError(limiter.admit(found), (error) => problemOf(error, requestId))
          return found
        })

        const ofSecret = (secret: string): Known => {
          const fault = formFault(secret)
          return fault === undefined ? admitted(holders.holderOf(secret), unknownKey) : unauthenticated(fault)
        }

        const ofSession = Effect.fnUntraced(function* (cookie: string) {
          const request = yield* HttpServerRequest.HttpServerRequest
          const { requestId } = yield* ApiRequest
          const session = yield* sessions.open(cookie)
          if (session === undefined) return yield* unauthenticated(sessionEnded)
          if (!isSafe(request) && !isSameText(request.headers[csrfHeader] ?? "", session.csrfToken)) {
            return yield* new Forbidden({
              detail: `The request does not show where it comes from. Send the session's csrfToken as ${csrfHeader}.`,
              requestId
            })
          }
          return yield* admitted(holders.holderOfHash(session.secretHash), sessionEnded)
        })

        return ApiKeys.of({
          ofSecret,
          ofRequest: Effect.gen(function* () {
            const request = yield* HttpServerRequest.HttpServerRequest
            const presented = bearerSecret(request)
            if (Result.isSuccess(presented)) return yield* ofSecret(presented.success)
            const cookie = request.cookies[sessionCookie]
            // Whoever sends a header means it.
            return presented.failure === "missing" && cookie !== undefined
              ? yield* ofSession(cookie)
              : yield* unauthenticated(bearerFaults[presented.failure])
          })
        })
      })
    )
}

/** Whether a request changes nothing, and so may come from anywhere (RFC 9110 section 9.2.1). */
const isSafe = ({ method }: HttpServerRequest.HttpServerRequest): boolean => method === "GET" || method === "HEAD"
