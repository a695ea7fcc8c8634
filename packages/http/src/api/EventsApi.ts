import { mostInSnapshot, SnapshotItem } from "@rollcall/domain/events/DirectorySnapshot"
import { EventCursor } from "@rollcall/domain/events/EventCursor"
import { mostEvents } from "@rollcall/domain/events/EventFeed"
import { PublishedEvent } from "@rollcall/domain/events/EventPayload"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { OpenTo } from "./ApiAccess.ts"
import { problems } from "./Problem.ts"

const upTo = (maximum: number, minimum: number) =>
  Schema.optionalKey(Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum })))

const after = Schema.optionalKey(Schema.String.check(Schema.isMaxLength(512)))

/** How many events or things a page has where a request names no limit. */
export const defaultFeedLimit = 100

/** A page of the feed; `next` is where to go on, there on every page, also on one without events. */
export const EventList = Schema.Struct({
  items: Schema.Array(PublishedEvent),
  next: EventCursor,
  hasMore: Schema.Boolean.annotate({ description: "Whether there are more already" })
}).annotate({ identifier: "EventList" })

/** A page of a snapshot; `cursor` is the same on all of them. */
export const SnapshotList = Schema.Struct({
  items: Schema.Array(SnapshotItem),
  cursor: EventCursor,
  next: Schema.NullOr(Schema.String)
}).annotate({ identifier: "SnapshotList" })

/** Where the feed begins and ends at this moment. */
export const FeedPositions = Schema.Struct({ oldest: EventCursor, latest: EventCursor }).annotate({
  identifier: "FeedPositions"
})

/** How the product next door follows every change (R-API-3; docs/events.md). */
export class EventsApi extends HttpApiGroup.make("events")
  .add(
    HttpApiEndpoint.get("read", "/events", {
      query: { after, limit: upTo(mostEvents, 1), wait: upTo(30, 0) },
      success: EventList,
      error: problems
    })
      .annotate(OpenTo, ["read"])
      .annotate(OpenApi.Summary, "Read the events behind a cursor, in the order in which they happened")
      .annotate(
        OpenApi.Description,
        "Without `after` from the oldest event that is kept. With `wait` (seconds, 30 at most) an empty page is answered " +
          "only when the time is over. Events come at least once, in order, without gaps. A cursor older than the events " +
          "that are kept is answered with 410 `cursor-expired`: take a new snapshot."
      ),
    HttpApiEndpoint.get("positions", "/events/positions", { success: FeedPositions, error: problems })
      .annotate(OpenTo, ["read"])
      .annotate(OpenApi.Summary, "Tell the cursors before the oldest event and behind the latest"),
    HttpApiEndpoint.get("snapshot", "/snapshot", {
      query: { after, limit: upTo(mostInSnapshot, 1) },
      success: SnapshotList,
      error: problems
    })
      .annotate(OpenTo, ["read"])
      .annotate(OpenApi.Summary, "Read the whole directory, page by page, to begin a copy with")
      .annotate(
        OpenApi.Description,
        "Send `next` as `after` until it is null; a page can be empty and not the last. Then follow the events behind " +
          "`cursor`: it was taken before the first page, so whatever changed meanwhile comes there."
      )
  )
  .annotate(
    OpenApi.Description,
    "Every change of people and groups as an ordered feed, and a snapshot to begin with."
  ) {}
