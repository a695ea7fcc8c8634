import { limits } from "@rollcall/domain/scim/Limits"
import { ByteSize, Cause, Clock, Effect, Layer, Option } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiError } from "effect/http-api"
import { ApiRequest, ApiRequests } from "../api/ApiAccess.ts"
import { isProblem, type Problem } from "../api/Problem.ts"
import { answerRequest, requestIds } from "../RequestLog.ts"
import { crashed, invalidRequest, unreadable } from "./ApiProblem.ts"

/** Gives requests of the Public API their id, bounds their bodies, and makes whatever goes wrong a problem (RFC 9457). */
export const layerApiRequests: Layer.Layer<ApiRequests, never, SecureRandom.SecureRandom> = Layer.effect(
  ApiRequests,
  Effect.gen(function* () {
    const nextRequestId = requestIds(yield* (yield* SecureRandom.SecureRandom).uuidV4())
    return ApiRequests.of((handled) =>
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        const receivedAt = yield* Clock.currentTimeMillis
        const requestId = nextRequestId()
        const exit = yield* handled.pipe(
          Effect.provideService(ApiRequest, { requestId, receivedAt }),
          Effect.provideService(HttpServerRequest.MaxBodySize, ByteSize.bytes(limits.bodySize)),
          Effect.exit
        )
        return yield* answerRequest(exit, { request, requestId, receivedAt }, problemResponse)
      })
    )
  })
)

const problemResponse = (cause: Cause.Cause<unknown>, requestId: string): HttpServerResponse.HttpServerResponse =>
  renderProblem(problemIn(Option.getOrUndefined(Cause.findErrorOption(cause)), requestId))

const problemIn = (error: unknown, requestId: string): Problem => {
  if (isProblem(error)) return error
  if (HttpApiError.HttpApiSchemaError.is(error)) return invalidRequest(error, requestId)
  return HttpServerError.isHttpServerError(error) ? unreadable(error, requestId) : crashed(requestId)
}

/** A problem as it goes out, with the headers that belong to it. */
export const renderProblem = (problem: Problem): HttpServerResponse.HttpServerResponse => {
  const { detail, requestId, status, title, type } = problem
  const caseCode = "caseCode" in problem && problem.caseCode !== undefined ? { caseCode: problem.caseCode } : {}
  const errors = "errors" in problem && problem.errors !== undefined ? { errors: problem.errors } : {}
  const wait = "retryAfter" in problem ? { retryAfter: problem.retryAfter } : undefined
  return HttpServerResponse.jsonUnsafe(
    { type, title, status, detail, ...errors, requestId, ...caseCode, ...wait },
    {
      status,
      contentType: "application/problem+json",
      headers: {
        "cache-control": "no-store",
        ...(wait === undefined ? {} : { "retry-after": String(wait.retryAfter) }),
        ...(status === 401 ? { "www-authenticate": 'Bearer realm="Public API"' } : {})
      }
    }
  )
}
