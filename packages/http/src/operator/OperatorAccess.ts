import { Context, Effect, Option, Redacted, Result } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import { Unauthenticated } from "../api/Problem.ts"
import { bearerSecret } from "../auth/BearerSecret.ts"
import { isSameText } from "../auth/SameText.ts"
import { renderProblem } from "../handlers/ApiRequestsLayer.ts"
import { noRequestId, nothingHere } from "../handlers/NothingHere.ts"

/** How the operator's command line is known on the machine of the server. */
export class OperatorAccess extends Context.Service<
  OperatorAccess,
  {
    /** What it proves itself by; undefined where nobody can, since no data directory is held. */
    readonly key: Redacted.Redacted<string> | undefined
    /** The address that the server listens on: what connects from there runs on the same machine. */
    readonly host: string
  }
>()("@rollcall/http/operator/OperatorAccess") {}

const unknownOperator = renderProblem(
  new Unauthenticated({
    detail: "This is not the key of the server that holds the data directory. Run the command again.",
    requestId: noRequestId
  })
)

/** What a proxy says of those that it speaks for. */
const proxied = ["forwarded", "x-forwarded-for", "x-real-ip", "via"]

const isHere = (request: HttpServerRequest.HttpServerRequest, host: string): boolean => {
  if (proxied.some((name) => request.headers[name] !== undefined)) return false
  const address = Option.getOrElse(request.remoteAddress, () => "").replace(/^::ffff:/, "")
  return address === "::1" || address === host || /^127\.\d+\.\d+\.\d+$/.test(address)
}

/** Lets the operator of this machine in, and answers everybody else as if there were nothing, or without a reason. */
export const forOperator = <E, R>(
  { host, key }: OperatorAccess["Service"],
  handled: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    if (key === undefined || !isHere(request, host)) return Effect.succeed(nothingHere)
    const presented = bearerSecret(request)
    return Result.isSuccess(presented) && isSameText(presented.success, Redacted.value(key))
      ? handled
      : Effect.succeed(unknownOperator)
  })
