import { DirectoryBusy } from "@rollcall/domain/directory/Directory"
import type { ProvisioningError } from "@rollcall/domain/directory/Submission"
import { caseCodeIn, withoutCaseCode } from "@rollcall/domain/log/CaseCode"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { limits } from "@rollcall/domain/scim/Limits"
import { Effect, Schema, SchemaIssue } from "effect"
import type { HttpServerError } from "effect/http"
import type { HttpApiError } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import {
  Conflict,
  Crashed,
  Forbidden,
  Gone,
  InvalidRequest,
  NotFound,
  PreconditionFailed,
  type Problem,
  type ProblemError,
  TooLarge,
  TooManyRequests,
  Unauthenticated,
  Unavailable
} from "../api/Problem.ts"

/** A refusal of the domain, or storage that is away, as the problem that the Public API answers with. */
export const problemOf = (error: ProvisioningError, requestId: string): Problem => {
  if (Schema.is(StoreUnavailable)(error)) return unavailable(requestId)
  if (Schema.is(DirectoryBusy)(error)) {
    const { retryAfter } = error
    const detail = `More requests wait for this organisation than it may have. Repeat the request in ${retryAfter} seconds.`
    return new TooManyRequests({ detail, requestId, retryAfter })
  }
  const caseCode = caseCodeIn(error.detail)
  const told = { detail: error.detail, requestId, ...(caseCode === undefined ? {} : { caseCode }) }
  switch (error.status) {
    case 401:
      return new Unauthenticated(told)
    case 403:
      return new Forbidden(told)
    case 404:
      return new NotFound(told)
    case 409:
      return new Conflict(told)
    case 410:
      return new Gone(told)
    case 412:
      return new PreconditionFailed(told)
    case 413:
      return new TooLarge(told)
    default: {
      const { field } = error
      return new InvalidRequest(
        field === undefined
          ? told
          : { ...told, errors: [{ pointer: `/${field}`, detail: withoutCaseCode(error.detail) }] }
      )
    }
  }
}

/** What a handler does, with the domain's failures as problems of this request. */
export const orProblem = <A, R>(
  effect: Effect.Effect<A, ProvisioningError, R>
): Effect.Effect<A, Problem, R | ApiCaller> =>
  Effect.catch(effect, (error) =>
    Effect.flatMap(ApiCaller, ({ caller }) => Effect.fail(problemOf(error, caller.requestId)))
  )

export const unavailable = (requestId: string): Problem =>
  new Unavailable({
    detail: "The directory cannot be reached just now. Repeat the request in a few seconds.",
    requestId,
    retryAfter: 5
  })

export const crashed = (requestId: string): Problem =>
  new Crashed({
    detail: `The request could not be carried out because of a fault here. Tell support the request id ${requestId}.`,
    requestId
  })

const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1()

const slots = { Params: "path", Query: "query", Headers: "header" } as const

/** What of a request is not of the form that the description says; the values themselves are not repeated. */
export const invalidRequest = (error: HttpApiError.HttpApiSchemaError, requestId: string): Problem => {
  if (error.kind === "Body" || error.kind === "ResponseHeaders") return crashed(requestId)
  const slot = error.kind === "Payload" ? undefined : slots[error.kind]
  const errors = formatIssues(error.cause.issue).issues.map((issue): ProblemError => {
    const path = (issue.path ?? []).map((segment) => String(typeof segment === "object" ? segment.key : segment))
    return {
      pointer: slot === undefined ? path.map((name) => `/${escaped(name)}`).join("") : `${slot}:${path.join(".")}`,
      // What was sent stays out of it: it may be a password.
      detail: issue.message.split(", got ", 1)[0]?.slice(0, 300) ?? ""
    }
  })
  const places = errors.map(({ pointer }) => (pointer === "" ? "the body" : pointer)).join(", ")
  return new InvalidRequest({
    detail: `The request is not as the API describes it, at ${places.slice(0, 500)}. See errors, and /docs for what is expected.`,
    requestId,
    errors
  })
}

/** RFC 6901 section 3. */
const escaped = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1").slice(0, 200)

/** A body that could not be read: too large, cut off, or not what its media type says. */
export const unreadable = (error: HttpServerError.HttpServerError, requestId: string): Problem => {
  if (error.reason._tag !== "RequestParseError") return crashed(requestId)
  return error.reason.reason === "BodyTooLarge"
    ? new TooLarge({ detail: `The body is larger than ${limits.bodySize} bytes. Send it in parts.`, requestId })
    : new InvalidRequest({ detail: "The body is not JSON, or ended before it was complete. Send it again.", requestId })
}
