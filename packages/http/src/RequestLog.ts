import { type Cause, Clock, Effect, Exit, LogLevel, References } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"

/** Names requests for the log: unique, not secret, and so counted rather than drawn. */
export const requestIds = (process: string): (() => string) => {
  const prefix = process.replaceAll("-", "").slice(0, 12)
  let count = 0
  return () => `${prefix}-${(++count).toString(36)}`
}

/** The path without its query, which may hold personal data. */
export const pathOf = (request: HttpServerRequest.HttpServerRequest): string => {
  const end = request.url.indexOf("?")
  return end === -1 ? request.url : request.url.slice(0, end)
}

/** A request as the server's own log tells of it. */
export interface LoggedRequest {
  readonly request: HttpServerRequest.HttpServerRequest
  readonly requestId: string
  /** When it came in, in milliseconds. */
  readonly receivedAt: number
}

/** The answer to a request with its id, after the log was told: `render` says what a failure is answered with. */
export const answerRequest = <E>(
  exit: Exit.Exit<HttpServerResponse.HttpServerResponse, E>,
  { receivedAt, request, requestId }: LoggedRequest,
  render: (cause: Cause.Cause<E>, requestId: string) => HttpServerResponse.HttpServerResponse
): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Effect.withFiber((fiber) => {
    const response = Exit.isSuccess(exit) ? exit.value : render(exit.cause, requestId)
    const identified = HttpServerResponse.setHeader(response, "x-request-id", requestId)
    const hasFailed = response.status >= 500 && Exit.isFailure(exit)
    // Asked first: annotations for a log that nobody keeps would cost as much as a look-up.
    if (!hasFailed && !LogLevel.isGreaterThanOrEqualTo("Info", fiber.getRef(References.MinimumLogLevel))) {
      return Effect.succeed(identified)
    }
    const facts = {
      requestId,
      method: request.method,
      path: pathOf(request),
      status: response.status,
      duration: fiber.getRef(Clock.Clock).currentTimeMillisUnsafe() - receivedAt
    }
    const told = hasFailed ? Effect.logError("request failed", exit.cause) : Effect.logInfo("request")
    return Effect.as(Effect.annotateLogs(told, facts), identified)
  })
