import { Context, Effect, type Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"

/** Whether this server can do its work (port): storage answers, and it has not been told to stop. */
export class Readiness extends Context.Service<
  Readiness,
  {
    /** What is wrong, in a few words; undefined where nothing is. */
    readonly problem: Effect.Effect<string | undefined>
  }
>()("@rollcall/http/Readiness") {}

/** `/health/live`: the process turns; `/health/ready`: it should get requests (ABUSE-40: fails first on shutdown). */
export const healthRoutes: Layer.Layer<never, never, HttpRouter.HttpRouter | Readiness> = HttpRouter.use((router) =>
  Effect.gen(function* () {
    const readiness = yield* Readiness
    yield* router.add("GET", "/health/live", HttpServerResponse.jsonUnsafe({ status: "live" }))
    yield* router.add(
      "GET",
      "/health/ready",
      Effect.map(readiness.problem, (problem) =>
        problem === undefined
          ? HttpServerResponse.jsonUnsafe({ status: "ready" })
          : HttpServerResponse.jsonUnsafe({ status: "not ready", problem }, { status: 503 })
      )
    )
  })
)
