import { type RepeatableName, RepeatableRequests } from "@rollcall/domain/organization/RepeatableRequests"
import { Context, Effect, Exit, Layer } from "effect"
import { Digest } from "effect/crypto"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { AnswersSecret, ApiCaller, ApiRepeats, OnlyAsks } from "../api/ApiAccess.ts"
import { Conflict, InvalidRequest } from "../api/Problem.ts"
import { problemOf, unreadable } from "./ApiProblem.ts"

/** A name of 1 to 255 visible characters. */
const isName = (text: string): boolean => /^[\x21-\x7e]{1,255}$/.test(text)

/** Bytes of an answer that is kept; a larger one is not repeated, only known to have been given. */
const mostKept = 256 * 1024

/** Keeps what named POSTs were answered with. What a request says twice is told by its hash. */
export const layerApiRepeats: Layer.Layer<ApiRepeats, never, RepeatableRequests | Digest.Digest> = Layer.effect(
  ApiRepeats,
  Effect.gen(function* () {
    const requests = yield* RepeatableRequests
    const digest = yield* Digest.Digest

    const hashOf = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
      const body = yield* request.text
      const bytes = new TextEncoder().encode(`${request.method} ${request.url}\n${body}`)
      return yield* Effect.orDie(digest.digestHex(Digest.sha256, bytes))
    })

    return ApiRepeats.of((handled, { endpoint }) =>
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        const idempotencyKey = request.headers["idempotency-key"]
        if (idempotencyKey === undefined || endpoint.method !== "POST") return yield* handled
        if (Context.get(endpoint.annotations, OnlyAsks)) return yield* handled
        const { caller, key } = yield* ApiCaller
        const { requestId } = caller
        if (!isName(idempotencyKey)) return yield* Effect.fail(notAName(requestId))
        const name: RepeatableName = { organization: caller.organization.id, keyId: key.id, idempotencyKey }
        const hash = yield* Effect.mapError(hashOf(request), (error) => unreadable(error, requestId))
        const met = yield* Effect.mapError(requests.begin(name, hash), (error) => problemOf(error, requestId))
        switch (met._tag) {
          case "Repeat":
            return HttpServerResponse.text(met.answer.body, {
              status: met.answer.status,
              contentType: met.answer.contentType,
              headers: { "idempotency-replayed": "true" }
            })
          case "Secret":
            return yield* new Conflict({ detail: shownOnce, requestId })
          case "Running":
            return yield* new Conflict({ detail: underWay, requestId })
          case "Another":
            return yield* new Conflict({ detail: another, requestId })
          case "Begun":
            return yield* Effect.onExit(handled, (exit) =>
              Effect.ignore(
                Exit.isSuccess(exit) && exit.value.status < 300
                  ? requests.finish(
                      name,
                      met.token,
                      keptAnswer(exit.value, Context.get(endpoint.annotations, AnswersSecret))
                    )
                  : requests.abandon(name, met.token)
              )
            )
        }
      })
    )
  })
)

const keptAnswer = (response: HttpServerResponse.HttpServerResponse, isSecret: boolean) => {
  const { body } = response
  if (body._tag === "Empty") return { status: response.status, contentType: "", body: "" }
  if (isSecret || body._tag !== "Uint8Array" || body.body.byteLength > mostKept) return "secret" as const
  return { status: response.status, contentType: body.contentType, body: new TextDecoder().decode(body.body) }
}

const notAName = (requestId: string) =>
  new InvalidRequest({
    detail: "The Idempotency-Key is not one. Send 1 to 255 visible ASCII characters, such as a UUID.",
    requestId,
    errors: [{ pointer: "header:idempotency-key", detail: "must be 1 to 255 visible ASCII characters" }]
  })

const shownOnce =
  "A request with this Idempotency-Key was carried out, and its answer is shown only once. Revoke what it made and send a " +
  "new request with a new key."

const underWay = "A request with this Idempotency-Key is under way. Repeat the request in a few seconds."

const another =
  "Another request was sent with this Idempotency-Key within the last 24 hours. Use a new key for each new request."
