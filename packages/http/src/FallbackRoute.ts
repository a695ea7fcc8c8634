import { ScimError } from "@rollcall/domain/scim/ScimError"
import { Context, Effect, Layer } from "effect"
import { HttpRouter, HttpServerError, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { everyMethod } from "./RouterConfig.ts"
import { scimError } from "./scim/ScimResponse.ts"

const outside = scimError(
  new ScimError({
    status: 404,
    detail: "There is nothing at this address. The SCIM base URL ends in /scim/v2, without anything before /scim."
  })
)

const malformed = scimError(
  new ScimError({
    status: 404,
    detail: "The path of this address is malformed. Percent-encode what is not a letter, a digit or one of - . _ ~"
  })
)

const noSuchMethod = scimError(
  new ScimError({
    status: 405,
    detail: `This method is not known here. Use one of GET, HEAD, ${everyMethod.slice(1, -1).join(", ")}.`
  }),
  { allow: `GET, HEAD, ${everyMethod.slice(1, -1).join(", ")}` }
)

/** What is outside every known path: a SCIM error, too, since base URLs get mistyped. */
export const fallbackRoute: Layer.Layer<never, never, HttpRouter.HttpRouter> = Layer.mergeAll(
  HttpRouter.addAll(everyMethod.map((method) => HttpRouter.route(method, "/*", outside))),
  // A path that the router cannot decode, or a method nobody registered, reaches no route, not even those.
  HttpRouter.use((router) =>
    router.addGlobalMiddleware(
      Effect.catchIf(
        (error: unknown) => HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound",
        () => answerUnrouted
      )
    )
  )
)

/** The request is in the context of everything that the router runs, though its type does not say so here. */
const answerUnrouted = Effect.withFiber<HttpServerResponse.HttpServerResponse>((fiber) => {
  const request = Context.getOrUndefined(fiber.context, HttpServerRequest.HttpServerRequest)
  return Effect.succeed(request !== undefined && isDecodable(request.url) ? noSuchMethod : malformed)
})

const isDecodable = (url: string): boolean => {
  try {
    decodeURIComponent(url.split("?", 1)[0] ?? "")
    return true
  } catch {
    return false
  }
}
