import { ByteSize, Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { invalidRequest, type OAuthError } from "./OAuthError.ts"

/** Bytes that a form may have: an assertion, a scope that is far too long, and the rest. */
const mostBytes = 64 * 1_024

/** In a URL these would end up in logs (RFC 6749 section 2.3.1). Okta can put a scope there, which does no harm. */
const bodyOnly = ["client_secret", "client_assertion", "assertion"]

/**
 * The parameters of a request for a token (RFC 6749 section 3.2): a form of at most 64 KiB, each once, those without a
 * value left out, secrets not in the URL.
 */
export const readTokenForm = Effect.fnUntraced(function* (
  request: HttpServerRequest.HttpServerRequest
): Effect.fn.Return<ReadonlyMap<string, string>, OAuthError> {
  const query = new URLSearchParams(request.url.split("?", 2)[1] ?? "")
  if (bodyOnly.some((name) => query.has(name))) {
    return yield* invalidRequest("Secrets and assertions belong in the body, not in the URL.")
  }
  const type = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase()
  if (type !== "application/x-www-form-urlencoded") {
    return yield* invalidRequest("The body must be a form: send it as application/x-www-form-urlencoded.")
  }
  // Refused before it is read; a body that does not say its length is cut off while it is read (ABUSE-23).
  if (Number(request.headers["content-length"] ?? 0) > mostBytes) return yield* tooLarge
  const bytes = yield* request.arrayBuffer.pipe(
    Effect.provideService(HttpServerRequest.MaxBodySize, ByteSize.bytes(mostBytes)),
    Effect.mapError((error) =>
      error.reason._tag === "RequestParseError" && error.reason.reason === "BodyTooLarge"
        ? tooLarge
        : invalidRequest("The body ended before it was complete. Send the request again.")
    )
  )
  const parameters = new Map<string, string>()
  const names = new Set<string>()
  for (const [name, value] of new URLSearchParams(new TextDecoder().decode(bytes))) {
    if (names.has(name)) return yield* invalidRequest("A parameter is sent more than once. Send each once.")
    names.add(name)
    if (value !== "") parameters.set(name, value)
  }
  return parameters
})

const tooLarge = invalidRequest(`The body is larger than ${mostBytes} bytes, which no request for a token is.`)
