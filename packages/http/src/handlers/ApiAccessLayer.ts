import { Directory } from "@rollcall/domain/directory/Directory"
import { refuse } from "@rollcall/domain/directory/Submission"
import { accessKeyLength, type KeyScope, secretForm } from "@rollcall/domain/organization/AccessKey"
import type { KeyHolder } from "@rollcall/domain/organization/Organizations"
import { scimBaseUrl } from "@rollcall/domain/organization/ScimBaseUrl"
import { ScimError } from "@rollcall/domain/scim/ScimError"
import { Context, Effect, Layer, Result } from "effect"
import { HttpServerRequest } from "effect/http"
import type { HttpApiEndpoint } from "effect/http-api"
import { ApiAccess, ApiCaller, ApiRequest, OpenTo } from "../api/ApiAccess.ts"
import { type Problem, Unauthenticated } from "../api/Problem.ts"
import { type BearerFault, bearerSecret } from "../auth/BearerSecret.ts"
import { subdomainOf } from "../auth/HostSubdomain.ts"
import { actorOf, KeyHolders } from "../auth/KeyHolders.ts"
import { RateLimiter } from "../auth/RateLimiter.ts"
import { pathOf } from "../RequestLog.ts"
import type { ServerConfig } from "../ServerConfig.ts"
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

/** Whether a key may use what is open to these scopes. */
const isAllowed = (scopes: ReadonlyArray<KeyScope>, openTo: ReadonlyArray<KeyScope>): boolean =>
  scopes.some((scope) => scope === "admin" || openTo.includes(scope))

/** Knows callers of the Public API by their keys; refusals of known callers are in the log (R-LOG-1). */
export const layerApiAccess = (
  config: ServerConfig
): Layer.Layer<ApiAccess, never, KeyHolders | RateLimiter | Directory> =>
  Layer.effect(
    ApiAccess,
    Effect.gen(function* () {
      const holders = yield* KeyHolders
      const limiter = yield* RateLimiter
      const directory = yield* Directory

      /** Whose key the request carries. */
      const known: Effect.Effect<KeyHolder, Problem, ApiRequest | HttpServerRequest.HttpServerRequest> = Effect.gen(
        function* () {
          const request = yield* HttpServerRequest.HttpServerRequest
          const { requestId } = yield* ApiRequest
          const unauthenticated = (detail: string) => Effect.fail(new Unauthenticated({ detail, requestId }))
          const presented = bearerSecret(request)
          if (Result.isFailure(presented)) return yield* unauthenticated(bearerFaults[presented.failure])
          const fault = formFault(presented.success)
          if (fault !== undefined) return yield* unauthenticated(fault)
          const found = yield* Effect.mapError(holders.holderOf(presented.success), (error) =>
            problemOf(error, requestId)
          )
          if (found === undefined || found.key.kind !== "api") return yield* unauthenticated(unknownKey)
          const subdomain = subdomainOf(request.headers.host, config.baseDomain)
          if (subdomain !== undefined && subdomain !== found.organization.subdomain) {
            return yield* unauthenticated(
              "The API key does not belong to this address. Use the address and the key of the same organisation."
            )
          }
          yield* Effect.mapError(limiter.admit(found), (error) => problemOf(error, requestId))
          return found
        }
      )

      const callerOf = Effect.fnUntraced(function* (holder: KeyHolder) {
        const request = yield* HttpServerRequest.HttpServerRequest
        const { receivedAt, requestId } = yield* ApiRequest
        return ApiCaller.of({
          key: holder.key,
          caller: {
            organization: holder.organization,
            baseUrl: scimBaseUrl(config, holder.organization.subdomain),
            actor: { ...actorOf(holder, request.headers["user-agent"]), via: "hand" },
            requestId,
            line: `${request.method} ${pathOf(request)}`.slice(0, 300),
            size: Number(request.headers["content-length"] ?? 0) || 0,
            receivedAt
          }
        })
      })

      /** The caller, where the scopes let them in. */
      const entered = Effect.fnUntraced(function* (holder: KeyHolder, endpoint: HttpApiEndpoint.Top) {
        const api = yield* callerOf(holder)
        if (isAllowed(api.key.scopes, Context.get(endpoint.annotations, OpenTo))) return api
        // The same for what is there and what is not: nothing was looked for yet (ABUSE-14).
        return yield* Effect.mapError(refuse(directory, api.caller, notAllowed(api.key.scopes)), (error) =>
          problemOf(error, api.caller.requestId)
        )
      })

      // The schemes are tried one after the other, and the failure of the first would be followed by a look for the
      // other. One look knows both, so the second scheme repeats what the first came to.
      const failures = new WeakMap<object, Problem>()

      return ApiAccess.of({
        key: (handled, { endpoint }) =>
          Effect.flatMap(ApiRequest, (request) =>
            known.pipe(
              Effect.flatMap((holder) => entered(holder, endpoint)),
              Effect.tapError((problem) => Effect.sync(() => failures.set(request, problem))),
              Effect.flatMap((caller) => Effect.provideService(handled, ApiCaller, caller))
            )
          ),
        session: () =>
          Effect.flatMap(ApiRequest, (request) => {
            const problem = failures.get(request)
            return problem === undefined ? Effect.die(new Error("Asked before the key was")) : Effect.fail(problem)
          })
      })
    })
  )

const notAllowed = (scopes: ReadonlyArray<KeyScope>): ScimError =>
  new ScimError({
    status: 403,
    detail: `This key may not do that: its scope is ${scopes.join(", ") || "nothing"}. Use a key with another scope, such as admin.`
  })
