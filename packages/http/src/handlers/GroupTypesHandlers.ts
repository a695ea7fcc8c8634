import { GroupTypesByHand } from "@rollcall/domain/group/GroupTypesByHand"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import { PublicApi } from "../api/PublicApi.ts"
import { orProblem } from "./ApiProblem.ts"

export const groupTypesHandlers = HttpApiBuilder.group(
  PublicApi,
  "groupTypes",
  Effect.fnUntraced(function* (handlers) {
    const byHand = yield* GroupTypesByHand
    return handlers.handleAll({
      list: Effect.fnUntraced(function* () {
        const { caller } = yield* ApiCaller
        return { items: yield* orProblem(byHand.list(caller)) }
      }),
      define: Effect.fnUntraced(function* ({ payload }) {
        const { caller } = yield* ApiCaller
        return yield* orProblem(byHand.define(caller, payload.name))
      }),
      reorder: Effect.fnUntraced(function* ({ payload }) {
        const { caller } = yield* ApiCaller
        return { items: yield* orProblem(byHand.reorder(caller, payload.order)) }
      }),
      rename: Effect.fnUntraced(function* ({ params, payload }) {
        const { caller } = yield* ApiCaller
        return { items: yield* orProblem(byHand.rename(caller, params.id, payload.name)) }
      }),
      remove: Effect.fnUntraced(function* ({ params }) {
        const { caller } = yield* ApiCaller
        return { items: yield* orProblem(byHand.remove(caller, params.id)) }
      })
    })
  })
)
