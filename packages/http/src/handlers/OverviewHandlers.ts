import { OutboxAdministration } from "@rollcall/domain/mail/OutboxAdministration"
import { Overview, overviewEdges } from "@rollcall/domain/organization/Overview"
import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import { PublicApi } from "../api/PublicApi.ts"
import { orProblem } from "./ApiProblem.ts"

export const overviewHandlers = HttpApiBuilder.group(
  PublicApi,
  "overview",
  Effect.fnUntraced(function* (handlers) {
    const overview = yield* Overview
    const outbox = yield* OutboxAdministration
    return handlers.handleAll({
      show: Effect.fnUntraced(function* ({ query: { period = "day" } }) {
        const { caller } = yield* ApiCaller
        const edges = overviewEdges(period, yield* Clock.currentTimeMillis)
        const figures = yield* orProblem(overview.figures(caller.organization.id, edges))
        const mails = yield* orProblem(
          Effect.all({
            failed: outbox.count(caller, "failed"),
            givenUp: outbox.count(caller, "givenUp"),
            kept: outbox.count(caller, "kept")
          })
        )
        return { ...figures, mails }
      })
    })
  })
)
