import { Directory } from "@rollcall/domain/directory/Directory"
import { refuse } from "@rollcall/domain/directory/Submission"
import type { KeyScope } from "@rollcall/domain/organization/AccessKey"
import type { KeyHolder } from "@rollcall/domain/organization/Organizations"
import { scimBaseUrl } from "@rollcall/domain/organization/ScimBaseUrl"
import { ScimError } from "@rollcall/domain/scim/ScimError"
import { Context, Effect, Layer } from "effect"
import { HttpServerRequest } from "effect/http"
import type { HttpApiEndpoint } from "effect/http-api"
import { ApiAccess, ApiCaller, ApiRequest, OpenTo } from "../api/ApiAccess.ts"
import type { Problem } from "../api/Problem.ts"
import { actorOf } from "../auth/KeyHolders.ts"
import { pathOf } from "../RequestLog.ts"
import type { ServerConfig } from "../ServerConfig.ts"
import { ApiKeys } from "./ApiKeys.ts"
import { problemOf } from "./ApiProblem.ts"

/** Whether a key may use what is open to these scopes. */
const isAllowed = (scopes: ReadonlyArray<KeyScope>, openTo: ReadonlyArray<KeyScope>): boolean =>
  scopes.some((scope) => scope === "admin" || openTo.includes(scope))

/** Knows callers of the Public API by their keys; refusals of known callers are in the log (R-LOG-1). */
export const layerApiAccess = (config: ServerConfig): Layer.Layer<ApiAccess, never, ApiKeys | Directory> =>
  Layer.effect(
    ApiAccess,
    Effect.gen(function* () {
      const keys = yield* ApiKeys
      const directory = yield* Directory

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
            keys.ofRequest.pipe(
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
