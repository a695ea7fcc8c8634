import { ByteSize, Effect } from "effect"
import { HttpServerRequest } from "effect/http"

/** Bytes that a form may have: the longest password in characters of four bytes, percent-encoded, and the rest. */
const mostBytes = 16_384

/**
 * The password in the form that was posted. `broken` where there is not exactly one, the form is of another media type,
 * or it did not arrive whole; `tooLong` where it is larger than any that could be taken.
 */
export const readPasswordForm = Effect.fnUntraced(function* (
  request: HttpServerRequest.HttpServerRequest
): Effect.fn.Return<{ readonly password: string } | "broken" | "tooLong"> {
  const type = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase()
  if (type !== "application/x-www-form-urlencoded") return "broken"
  if (Number(request.headers["content-length"] ?? 0) > mostBytes) return "tooLong"
  const body = yield* Effect.result(
    Effect.provideService(request.arrayBuffer, HttpServerRequest.MaxBodySize, ByteSize.bytes(mostBytes))
  )
  if (body._tag === "Failure") {
    const { reason } = body.failure
    return reason._tag === "RequestParseError" && reason.reason === "BodyTooLarge" ? "tooLong" : "broken"
  }
  const [password, ...others] = new URLSearchParams(new TextDecoder().decode(body.success)).getAll("password")
  return password === undefined || others.length > 0 ? "broken" : { password }
})
