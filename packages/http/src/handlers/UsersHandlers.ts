import { PeopleByHand } from "@rollcall/domain/user/PeopleByHand"
import { PeopleReading } from "@rollcall/domain/user/PeopleReading"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import { defaultPageLimit } from "../api/ApiTypes.ts"
import { PublicApi } from "../api/PublicApi.ts"
import { orProblem } from "./ApiProblem.ts"
import { personShape } from "./PersonShape.ts"

export const usersHandlers = HttpApiBuilder.group(
  PublicApi,
  "users",
  Effect.fnUntraced(function* (handlers) {
    const reading = yield* PeopleReading
    const byHand = yield* PeopleByHand

    const setActive = (active: boolean) =>
      Effect.fnUntraced(function* ({ headers, params }: ActiveRequest) {
        const { caller } = yield* ApiCaller
        return personShape(yield* orProblem(byHand.setActive(caller, params.reference, active, headers["if-match"])))
      })

    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query }) {
        const { caller } = yield* ApiCaller
        const page = yield* orProblem(reading.list(caller, { ...query, limit: query.limit ?? defaultPageLimit }))
        return { items: page.items.map(personShape), next: page.next }
      }),
      show: Effect.fnUntraced(function* ({ params }) {
        const { caller } = yield* ApiCaller
        const { summary, ...page } = yield* orProblem(reading.show(caller, params.reference))
        return { ...page, person: personShape(summary) }
      }),
      add: Effect.fnUntraced(function* ({ payload }) {
        const { caller } = yield* ApiCaller
        return personShape(yield* orProblem(byHand.add(caller, payload)))
      }),
      deactivate: setActive(false),
      reactivate: setActive(true)
    })
  })
)

interface ActiveRequest {
  readonly params: { readonly reference: string }
  readonly headers: { readonly "if-match"?: string }
}
