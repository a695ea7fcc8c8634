import { ScimError } from "@rollcall/domain/scim/ScimError"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerError } from "effect/http"
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

/** What is outside every known path: a SCIM error, too, since base URLs get mistyped. */
export const fallbackRoute: Layer.Layer<never, never, HttpRouter.HttpRouter> = Layer.merge(
  HttpRouter.add("*", "/*", outside),
  // A path that the router cannot decode reaches no route, not even that one.
  HttpRouter.use((router) =>
    router.addGlobalMiddleware(
      Effect.catchIf(
        (error: unknown) => HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound",
        () => Effect.succeed(malformed)
      )
    )
  )
)
