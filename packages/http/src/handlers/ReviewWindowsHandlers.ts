import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import type { ReviewWindow } from "@rollcall/domain/organization/ReviewWindow"
import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import { PublicApi } from "../api/PublicApi.ts"
import type { ReviewWindowView } from "../api/ReviewWindowsApi.ts"
import { orProblem } from "./ApiProblem.ts"

const viewAt =
  (now: number) =>
  (window: ReviewWindow): typeof ReviewWindowView.Type => ({
    ...window,
    state: now < window.opensAt ? "toCome" : now < window.closesAt ? "open" : "closed"
  })

export const reviewWindowsHandlers = HttpApiBuilder.group(
  PublicApi,
  "reviewWindows",
  Effect.fnUntraced(function* (handlers) {
    const administration = yield* OrganizationAdministration
    const organizations = yield* Organizations
    return handlers.handleAll({
      list: Effect.fnUntraced(function* () {
        const { organization } = (yield* ApiCaller).caller
        const found = yield* orProblem(organizations.findBySubdomain(organization.subdomain))
        const now = yield* Clock.currentTimeMillis
        return { items: (found ?? organization).reviewWindows.map(viewAt(now)) }
      }),
      open: Effect.fnUntraced(function* ({ payload }) {
        const { caller } = yield* ApiCaller
        const opened = yield* orProblem(administration.openReviewWindow(caller, payload))
        return viewAt(yield* Clock.currentTimeMillis)(opened)
      }),
      close: Effect.fnUntraced(function* ({ params }) {
        const { caller } = yield* ApiCaller
        const closed = yield* orProblem(administration.closeReviewWindow(caller, params.id))
        return { items: closed.map(viewAt(Number.POSITIVE_INFINITY)) }
      })
    })
  })
)
