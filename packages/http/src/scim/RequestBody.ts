import { type Json, nestsDeeperThan } from "@rollcall/domain/scim/Json"
import { limits } from "@rollcall/domain/scim/Limits"
import { badRequest, ScimError } from "@rollcall/domain/scim/ScimError"
import { ByteSize, Effect } from "effect"
import { HttpServerRequest } from "effect/http"

/** A body that was read: the value, and how much of it there was. */
export interface RequestBody {
  readonly json: Json
  readonly size: number
}

const mediaTypes: ReadonlySet<string> = new Set(["application/scim+json", "application/json", "text/json"])

const decoder = new TextDecoder("utf-8", { fatal: true })

const tooLarge = (limit: number): ScimError =>
  new ScimError({
    status: 413,
    detail: `The body is larger than the ${limit} bytes that this endpoint takes. Send it in several requests.`
  })

/**
 * Reads the JSON body of a request (R-SCIM-5): any SCIM or JSON media type or none (415 otherwise), at most `limit`
 * bytes (413), UTF-8 with or without a byte order mark, JSON that nests no deeper than the limit (ABUSE-30) and is
 * well-formed (400 `invalidSyntax`).
 */
export const readBody = Effect.fnUntraced(function* (
  limit: number
): Effect.fn.Return<RequestBody, ScimError, HttpServerRequest.HttpServerRequest> {
  const request = yield* HttpServerRequest.HttpServerRequest
  const type = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? ""
  if (type !== "" && !mediaTypes.has(type)) {
    return yield* new ScimError({
      status: 415,
      detail: `The media type ${type.slice(0, 100)} is not understood here. Send the body as application/scim+json.`
    })
  }
  // Refused before it is read; a body that does not say its length is cut off while it is read.
  if (Number(request.headers["content-length"] ?? 0) > limit) return yield* tooLarge(limit)
  const bytes = yield* request.arrayBuffer.pipe(
    Effect.provideService(HttpServerRequest.MaxBodySize, ByteSize.bytes(limit)),
    Effect.mapError((error) =>
      error.reason._tag === "RequestParseError" && error.reason.reason === "BodyTooLarge"
        ? tooLarge(limit)
        : badRequest("invalidSyntax", "The body ended before it was complete. Send the request again.")
    )
  )
  if (bytes.byteLength === 0) {
    return yield* badRequest("invalidSyntax", "The body is empty. Send a JSON object.")
  }
  const text = yield* Effect.try({
    try: () => decoder.decode(bytes),
    catch: () => badRequest("invalidSyntax", "The body is not UTF-8. Send JSON text encoded as UTF-8.")
  })
  if (nestsDeeperThan(text, limits.jsonDepth)) {
    return yield* badRequest(
      "invalidSyntax",
      `The body nests arrays and objects deeper than ${limits.jsonDepth} levels, which no SCIM message does.`
    )
  }
  const json = yield* Effect.try({
    try: () => JSON.parse(text) as Json,
    catch: (error) =>
      badRequest(
        "invalidSyntax",
        `The body is not JSON: ${syntaxProblem(error)}. Names and strings take double quotes.`
      )
  })
  return { json, size: text.length }
})

/** Where the parser stopped; never what it read, which may hold a secret. */
const syntaxProblem = (error: unknown): string => {
  const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined
  return position === undefined ? "it ends too early or is malformed" : `it is malformed at character ${position}`
}
