import { Context, type Effect } from "effect"
import type { Organization, OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { CursorExpired, CursorUnknown, EventCursor, FeedReach } from "./EventCursor.ts"
import type { PublishedEvent } from "./EventPayload.ts"

/** So many events one page has at most. */
export const mostEvents = 1_000

/** A page ends with the event that brings its stored text to so many bytes: some megabytes as it is sent. */
export const pageBytes = 4 * 1024 * 1024

/** Events in the order of their numbers, without gaps. */
export interface EventPage {
  readonly events: ReadonlyArray<PublishedEvent>
  /** Where to go on; the place asked for where there are no events behind it. */
  readonly next: EventCursor
  /** Whether there are more already. */
  readonly hasMore: boolean
}

/** The organisation whose events are read. */
export type FeedOrganization = Pick<Organization, "id" | "subdomain">

/**
 * An organisation's events, in the order of their commits (port; R-API-3).
 *
 * The organisation's row, locked before a batch is decided and until its commit, carries the counter that numbers the
 * events. So whoever has seen number n can never be shown a smaller one afterwards that was not there: a cursor misses
 * nothing (ABUSE-39). A page is read at one moment, with its reach.
 */
export class EventFeed extends Context.Service<
  EventFeed,
  {
    /**
     * The next events behind a cursor, at most `limit` (1 to {@link mostEvents}) and about {@link pageBytes}, but one
     * at least where there are any; without a cursor from the oldest that is kept.
     */
    read(
      organization: FeedOrganization,
      after: string | undefined,
      limit: number
    ): Effect.Effect<EventPage, CursorExpired | CursorUnknown | StoreUnavailable>
    /** From where to where the feed reaches at this moment. */
    reach(organization: OrganizationId): Effect.Effect<FeedReach, StoreUnavailable>
    /** The number of the last event of each of these organisations, in one look; unknown ones are left out. */
    heads(
      organizations: ReadonlyArray<OrganizationId>
    ): Effect.Effect<ReadonlyMap<OrganizationId, number>, StoreUnavailable>
    /**
     * Removes the oldest events that are older than a time, at most so many, and tells how many. What a consumer has not
     * read yet stays: the e-mails, and everybody else whose position is kept. Events go from the oldest on, so none goes
     * behind one that stays. Any number of servers may do so at once.
     */
    remove(organization: OrganizationId, before: number, limit: number): Effect.Effect<number, StoreUnavailable>
  }
>()("@rollcall/domain/events/EventFeed") {}
