import type { Caller } from "@rollcall/domain/directory/Caller"
import { Directory } from "@rollcall/domain/directory/Directory"
import { type ProvisioningError, refuse } from "@rollcall/domain/directory/Submission"
import { scimBaseUrl } from "@rollcall/domain/organization/ScimBaseUrl"
import type { Json } from "@rollcall/domain/scim/Json"
import { ScimError } from "@rollcall/domain/scim/ScimError"
import { Cause, Clock, Context, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpRouter, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { actorOf } from "../auth/KeyHolders.ts"
import { RateLimiter } from "../auth/RateLimiter.ts"
import { answerRequest, pathOf, requestIds } from "../RequestLog.ts"
import type { ServerConfig } from "../ServerConfig.ts"
import { Authentication } from "./Authentication.ts"
import { readBody } from "./RequestBody.ts"
import { busy, crashed, scimError, unavailable } from "./ScimResponse.ts"

/** A request to a SCIM endpoint by an authenticated client of an organisation that has SCIM switched on. */
export interface ScimRequest {
  readonly caller: Caller
  readonly method: string
  /** The parameters of the path, by name. */
  readonly params: Readonly<Record<string, string | undefined>>
  /** The decoded query; `+` and `%20` are both a space (R-SCIM-6). */
  readonly query: URLSearchParams
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
  /** The body, null where the endpoint takes none. */
  readonly body: Json
}

export type Handler = (
  request: ScimRequest
) => Effect.Effect<HttpServerResponse.HttpServerResponse, ProvisioningError | ScimError>

export interface EndpointOptions {
  /** Bytes that the body may have; undefined where the endpoint reads none. */
  readonly bodyLimit?: number | undefined
}

/**
 * What every SCIM endpoint does around its own work: who asks, whether SCIM is on, the body, and an answer that is a
 * SCIM message whatever happens.
 */
export class ScimEndpoints extends Context.Service<
  ScimEndpoints,
  {
    handle(
      handler: Handler,
      options?: EndpointOptions
    ): Effect.Effect<
      HttpServerResponse.HttpServerResponse,
      never,
      HttpServerRequest.HttpServerRequest | HttpRouter.RouteContext
    >
  }
>()("@rollcall/http/scim/ScimEndpoints") {
  static readonly layer = (
    config: ServerConfig
  ): Layer.Layer<ScimEndpoints, never, Authentication | RateLimiter | Directory | SecureRandom.SecureRandom> =>
    Layer.effect(
      ScimEndpoints,
      Effect.gen(function* () {
        const authentication = yield* Authentication
        const nextRequestId = requestIds(yield* (yield* SecureRandom.SecureRandom).uuidV4())
        const directory = yield* Directory
        const limiter = yield* RateLimiter

        const callerOf = Effect.fnUntraced(function* (
          request: HttpServerRequest.HttpServerRequest,
          requestId: string,
          receivedAt: number
        ) {
          const holder = yield* authentication.authenticate(request)
          yield* limiter.admit(holder)
          const caller: Caller = {
            organization: holder.organization,
            baseUrl: scimBaseUrl(config, holder.organization.subdomain),
            actor: actorOf(holder, request.headers["user-agent"]),
            requestId,
            line: requestLine(request),
            size: 0,
            receivedAt
          }
          return holder.organization.scimEnabled ? caller : yield* refuse(directory, caller, switchedOff)
        })

        const run = Effect.fnUntraced(function* (
          handler: Handler,
          options: EndpointOptions,
          request: HttpServerRequest.HttpServerRequest,
          params: ScimRequest["params"],
          requestId: string,
          receivedAt: number
        ) {
          const caller = yield* callerOf(request, requestId, receivedAt)
          const body =
            options.bodyLimit === undefined
              ? { json: null, size: 0 }
              : yield* readBody(options.bodyLimit).pipe(
                  Effect.provideService(HttpServerRequest.HttpServerRequest, request),
                  Effect.catch((error) => refuse(directory, caller, error))
                )
          return yield* handler({
            caller: { ...caller, size: body.size },
            method: request.method,
            params,
            query: queryOf(request),
            ifMatch: request.headers["if-match"],
            ifNoneMatch: request.headers["if-none-match"],
            body: body.json
          })
        })

        const handle = (handler: Handler, options: EndpointOptions = {}) =>
          Effect.withFiber<
            HttpServerResponse.HttpServerResponse,
            never,
            HttpServerRequest.HttpServerRequest | HttpRouter.RouteContext
          >((fiber) => {
            const request = Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest)
            const { params } = Context.getUnsafe(fiber.context, HttpRouter.RouteContext)
            const requestId = nextRequestId()
            const receivedAt = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
            return Effect.flatMap(Effect.exit(run(handler, options, request, params, requestId, receivedAt)), (exit) =>
              answerRequest(exit, { request, requestId, receivedAt }, failureResponse)
            )
          })

        return ScimEndpoints.of({ handle })
      })
    )
}

const switchedOff = new ScimError({
  status: 403,
  detail: "SCIM is switched off for this organisation. An admin can switch it on in the integration settings."
})

/** The method and the path below the base URL. */
const requestLine = (request: HttpServerRequest.HttpServerRequest): string => {
  const path = pathOf(request)
  const mounted = path.indexOf("/scim/v2")
  return `${request.method} ${(mounted === -1 ? path : path.slice(mounted + "/scim/v2".length)) || "/"}`.slice(0, 300)
}

const queryOf = (request: HttpServerRequest.HttpServerRequest): URLSearchParams => {
  const start = request.url.indexOf("?")
  return new URLSearchParams(start === -1 ? "" : request.url.slice(start + 1))
}

const failureResponse = (
  cause: Cause.Cause<ProvisioningError>,
  requestId: string
): HttpServerResponse.HttpServerResponse => {
  const error = Cause.findErrorOption(cause)
  if (error._tag === "None") return crashed(requestId)
  switch (error.value._tag) {
    case "ScimError":
      return scimError(error.value, error.value.status === 401 ? { "www-authenticate": 'Bearer realm="SCIM"' } : {})
    case "StoreUnavailable":
      return unavailable(error.value)
    case "DirectoryBusy":
      return busy(error.value)
  }
}
