import { GroupReading, type GroupSummary } from "@rollcall/domain/group/GroupReading"
import { GroupsByHand } from "@rollcall/domain/group/GroupsByHand"
import { etagOf } from "@rollcall/domain/scim/ETag"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import { defaultPageLimit } from "../api/ApiTypes.ts"
import type { Group } from "../api/GroupsApi.ts"
import { PublicApi } from "../api/PublicApi.ts"
import { orProblem } from "./ApiProblem.ts"
import { personShape } from "./PersonShape.ts"

const groupShape = ({ admins, group, type }: GroupSummary): typeof Group.Type => ({
  id: group.id,
  displayName: group.displayName,
  externalId: group.externalId ?? null,
  type,
  admins: admins.map(({ display, id }) => ({ id, displayName: display })),
  origin: group.origin,
  version: etagOf(group.version),
  createdAt: group.createdAt,
  lastModifiedAt: group.lastModifiedAt
})

export const groupsHandlers = HttpApiBuilder.group(
  PublicApi,
  "groups",
  Effect.fnUntraced(function* (handlers) {
    const reading = yield* GroupReading
    const byHand = yield* GroupsByHand
    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query }) {
        const { caller } = yield* ApiCaller
        const page = yield* orProblem(reading.list(caller, { ...query, limit: query.limit ?? defaultPageLimit }))
        return { items: page.items.map(groupShape), next: page.next }
      }),
      show: Effect.fnUntraced(function* ({ params }) {
        const { caller } = yield* ApiCaller
        const { memberCount, ...group } = yield* orProblem(reading.show(caller, params.id))
        return { ...groupShape(group), memberCount }
      }),
      members: Effect.fnUntraced(function* ({ params, query }) {
        const { caller } = yield* ApiCaller
        const { after, limit = defaultPageLimit } = query
        const page = yield* orProblem(reading.members(caller, params.id, { after, limit }))
        return { items: page.items.map(personShape), next: page.next }
      }),
      create: Effect.fnUntraced(function* ({ payload }) {
        const { caller } = yield* ApiCaller
        return groupShape(yield* orProblem(byHand.create(caller, payload)))
      }),
      rename: Effect.fnUntraced(function* ({ headers, params, payload }) {
        const { caller } = yield* ApiCaller
        const renamed = byHand.rename(caller, params.id, payload.displayName, headers["if-match"])
        return groupShape(yield* orProblem(renamed))
      }),
      remove: Effect.fnUntraced(function* ({ headers, params }) {
        const { caller } = yield* ApiCaller
        yield* orProblem(byHand.remove(caller, params.id, headers["if-match"]))
      }),
      changeMembers: Effect.fnUntraced(function* ({ headers, params, payload }) {
        const { caller } = yield* ApiCaller
        const { add = [], remove = [] } = payload
        return groupShape(
          yield* orProblem(byHand.changeMembers(caller, params.id, { add, remove }, headers["if-match"]))
        )
      }),
      setType: Effect.fnUntraced(function* ({ params, payload }) {
        const { caller } = yield* ApiCaller
        return groupShape(yield* orProblem(byHand.setType(caller, params.id, payload.type)))
      }),
      setAdmins: Effect.fnUntraced(function* ({ params, payload }) {
        const { caller } = yield* ApiCaller
        return groupShape(yield* orProblem(byHand.setAdmins(caller, params.id, payload.admins)))
      })
    })
  })
)
