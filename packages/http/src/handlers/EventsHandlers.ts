import { DirectorySnapshot } from "@rollcall/domain/events/DirectorySnapshot"
import type { CursorExpired, CursorUnknown } from "@rollcall/domain/events/EventCursor"
import { eventCursor } from "@rollcall/domain/events/EventCursor"
import { EventFeed } from "@rollcall/domain/events/EventFeed"
import { EventReader } from "@rollcall/domain/events/EventReader"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Duration, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import { defaultFeedLimit } from "../api/EventsApi.ts"
import { CursorExpired as CursorExpiredProblem, InvalidRequest, type Problem } from "../api/Problem.ts"
import { PublicApi } from "../api/PublicApi.ts"
import { problemOf } from "./ApiProblem.ts"

const toProblem = (error: CursorExpired | CursorUnknown | StoreUnavailable, requestId: string): Problem => {
  switch (error._tag) {
    case "CursorExpired":
      return new CursorExpiredProblem({ detail: error.message, requestId })
    case "CursorUnknown":
      return new InvalidRequest({
        detail: error.message,
        requestId,
        errors: [{ pointer: "query:after", detail: error.message }]
      })
    case "StoreUnavailable":
      return problemOf(error, requestId)
  }
}

export const eventsHandlers = HttpApiBuilder.group(
  PublicApi,
  "events",
  Effect.fnUntraced(function* (handlers) {
    const feed = yield* EventFeed
    const reader = yield* EventReader
    const snapshots = yield* DirectorySnapshot

    /** What is done for the caller's organisation, failures as problems of this request. */
    const forCaller = <A>(
      act: (
        organization: ApiCaller["Service"]["caller"]["organization"]
      ) => Effect.Effect<A, CursorExpired | CursorUnknown | StoreUnavailable>
    ) =>
      Effect.flatMap(ApiCaller, ({ caller: { organization, requestId } }) =>
        Effect.mapError(act(organization), (error) => toProblem(error, requestId))
      )

    return handlers.handleAll({
      read: ({ query: { after, limit = defaultFeedLimit, wait = 0 } }) =>
        forCaller((organization) =>
          Effect.map(reader.read(organization, after, limit, Duration.seconds(wait)), ({ events, hasMore, next }) => ({
            items: events,
            next,
            hasMore
          }))
        ),
      positions: () =>
        forCaller(({ id }) =>
          Effect.map(feed.reach(id), ({ floor, head }) => ({
            oldest: eventCursor(id, floor),
            latest: eventCursor(id, head)
          }))
        ),
      snapshot: ({ query: { after, limit = defaultFeedLimit } }) =>
        forCaller(({ id }) =>
          Effect.map(snapshots.page(id, after, limit), ({ cursor, items, next }) => ({
            items,
            cursor,
            next: next ?? null
          }))
        )
    })
  })
)
