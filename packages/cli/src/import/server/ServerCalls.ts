import type { Problem } from "@rollcall/http/api/Problem"
import { isProblem } from "@rollcall/http/api/Problem"
import { PublicApi } from "@rollcall/http/api/PublicApi"
import { type Cause, Context, Duration, Effect, Redacted, Schedule, Schema } from "effect"
import type { Sse } from "effect/encoding"
import { HttpClient, HttpClientError, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { Refused } from "../../Refused.ts"
import { distrustOf } from "./Distrust.ts"
import type { ServerAccess } from "./ServerAccess.ts"
import { ServerRefused } from "./ServerRefused.ts"

/** What a call of the derived client fails with. */
export type CallError =
  | Problem
  | HttpClientError.HttpClientError
  | Schema.SchemaError
  | Cause.TimeoutError
  | Sse.Retry
  | Sse.SseError

/** Under which name a request is carried out once, however often it is sent. */
export const IdempotencyKey = Context.Reference<string | undefined>("@rollcall/cli/import/IdempotencyKey", {
  defaultValue: () => undefined
})

/** The calls of imports, derived from the description of the Public API. */
export const importCalls = ({ address, key }: ServerAccess) =>
  Effect.flatMap(HttpClient.HttpClient, (http) =>
    HttpApiClient.group(PublicApi, {
      group: "imports",
      baseUrl: address,
      httpClient: http.pipe(
        HttpClient.mapRequest(HttpClientRequest.bearerToken(Redacted.value(key))),
        HttpClient.mapRequest(HttpClientRequest.setHeader("user-agent", "rollcall-import")),
        HttpClient.mapRequestEffect((request) =>
          Effect.map(IdempotencyKey, (name) =>
            name === undefined ? request : HttpClientRequest.setHeader(request, "idempotency-key", name)
          )
        )
      )
    })
  )
export type ImportCalls = Effect.Success<ReturnType<typeof importCalls>>

/** So long an answer may take, a stream apart. */
const answerTime = "60 seconds"

/** Between two attempts lie from a quarter of a second to ten seconds, or as long as the server asks for. */
const backOff = Schedule.exponential("250 millis").pipe(
  Schedule.jittered,
  Schedule.modifyDelay(({ duration, input }) => {
    const seconds = retryAfterOf(input)
    return Effect.succeed(seconds === undefined ? Math.min(Duration.toMillis(duration), 10_000) : seconds * 1_000)
  })
)

/** After how many seconds a server asks to come again. */
const retryAfterOf = (error: unknown): number | undefined => {
  if (isProblem(error)) return "retryAfter" in error ? error.retryAfter : undefined
  const seconds = HttpClientError.isHttpClientError(error) ? Number(error.response?.headers["retry-after"]) : Number.NaN
  return Number.isFinite(seconds) && seconds >= 0 && seconds <= 600 ? seconds : undefined
}

/** Whether it makes sense to try again: the way to the server is broken, or it asks for time. */
export const isPassing = (error: CallError): boolean => {
  if (isProblem(error)) return error.status === 429 || error.status === 503
  if (!HttpClientError.isHttpClientError(error)) return !Schema.isSchemaError(error)
  const status = error.response?.status
  if (status === undefined)
    return error.reason._tag === "TransportError" && distrustOf(codeOf(error.reason)) === undefined
  // An answer that was cut off, or what stands between here and the server has lost it.
  return status < 300 || status === 408 || status === 429 || status >= 500
}

/** How long a server that is away is waited for. */
export interface Patience {
  readonly duration: Duration.Input
  /** What is told when it is waited for. */
  readonly waiting: (error: CallError) => Effect.Effect<void>
}

/**
 * Asks until there is an answer, as long as the way to the server is broken or it asks for time (429, 503). What may be carried
 * out once only goes under an {@link IdempotencyKey}; that it is still being carried out is no answer either.
 */
export const patiently =
  ({ duration, waiting }: Patience) =>
  <A, R>(call: Effect.Effect<A, CallError, R>): Effect.Effect<A, CallError, R> => {
    let isLost = false
    const mayPass = (error: CallError) => isPassing(error) || (isLost && isProblem(error) && error.status === 409)
    return call.pipe(
      // An answer that is no problem fails twice, by its status and by its form: the first tells more.
      Effect.catch((error) => Effect.fail(error)),
      Effect.timeout(answerTime),
      Effect.tapError((error) => {
        if (isLost || !isPassing(error)) return Effect.void
        isLost = true
        return waiting(error)
      }),
      Effect.retry({ while: mayPass, schedule: Schedule.upTo(backOff, { duration }) })
    )
  }

/** What the system says of a connection that was not made, or was lost. */
const codeOf = (error: unknown): string | undefined => {
  for (let cause = error, depth = 0; typeof cause === "object" && cause !== null && depth < 8; depth++) {
    const code: unknown = Reflect.get(cause, "code")
    if (typeof code === "string" && !code.startsWith("UND_ERR_SOCKET")) return code
    cause = Reflect.get(cause, "cause")
  }
  return undefined
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the name of the host cannot be looked up",
  ECONNRESET: "the connection was cut",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no network",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer"
}

/** Why a server cannot be reached, in a few words. */
export const lossOf = (error: CallError): string => {
  if (isProblem(error)) return error.status === 429 ? "it asks for a pause" : "its database cannot be reached"
  if (!HttpClientError.isHttpClientError(error)) return "it does not answer"
  const { response } = error
  if (response !== undefined && response.status >= 400) return `it answers ${response.status}`
  const code = codeOf(error.reason)
  return code === undefined ? "the connection was cut" : (reasons[code] ?? code)
}

/** What is told where a call came to nothing for good. */
export const finalError = (address: string, error: CallError): Refused | ServerRefused => {
  const again = "Run the same command again when it can be reached: it goes on where the server is"
  if (isPassing(error)) {
    return new Refused({ problem: `The server at ${address} cannot be reached: ${lossOf(error)}`, remedy: again })
  }
  if (isProblem(error)) return new ServerRefused({ detail: `${address} answers: ${error.detail}` })
  if (!HttpClientError.isHttpClientError(error) || error.response === undefined) {
    const distrust = HttpClientError.isHttpClientError(error) ? distrustOf(codeOf(error.reason)) : undefined
    return distrust !== undefined
      ? new Refused({ problem: `The server at ${address} ${distrust.problem}`, remedy: distrust.remedy })
      : new Refused({
          problem: `${address} answers what this program does not understand`,
          remedy: "Use the program of the same release as the server"
        })
  }
  const { headers, status } = error.response
  const elsewhere = headers.location
  return new Refused({
    problem: `${address} answers with status ${status}, as no Public API of Rollcall does`,
    remedy:
      status < 400 && elsewhere !== undefined
        ? `It points to ${elsewhere}: give that server's address to --server`
        : "Give the address of the server itself to --server, such as https://rollcall.example.com"
  })
}
