import { Result, Schema } from "effect"
import type { OrganizationId } from "../organization/Organization.ts"
import { readEventId, readPosition } from "./EventId.ts"

/**
 * The place in an organisation's events from which somebody goes on: an opaque text, safe in a URL. It names the last
 * event that was read, or the place before the first.
 */
export const EventCursor = Schema.String.pipe(Schema.brand("EventCursor")).annotate({ identifier: "EventCursor" })
export type EventCursor = typeof EventCursor.Type

/** What an organisation's feed reaches from and to: the events after `floor` up to `head`, without gaps. */
export interface FeedReach {
  /** The number of the last event that is not kept any more; 0 where all are. */
  readonly floor: number
  /** The number of the last event there is; 0 where there is none. */
  readonly head: number
}

/** The cursor is older than what is kept: whoever goes on behind it would miss events. */
export class CursorExpired extends Schema.TaggedError<CursorExpired>()("CursorExpired", {
  /** How many events were removed that the cursor's owner has not seen. */
  missed: Schema.Int
}) {
  override get message(): string {
    return `The cursor is older than the events that are kept: ${this.missed} after it are gone. Take a new snapshot of the directory, and go on from its cursor.`
  }
}

/** The cursor is none of this feed. */
export class CursorUnknown extends Schema.TaggedError<CursorUnknown>()("CursorUnknown", {
  /** No cursor at all, one of another organisation, or one of events that have not happened. */
  reason: Schema.Literals(["malformed", "foreign", "beyond"])
}) {
  override get message(): string {
    return messages[this.reason]
  }
}

const messages = {
  malformed:
    "This is no cursor. Send the next of the page before, or the cursor of a snapshot, unchanged; or leave it out to begin with the oldest event that is kept.",
  foreign:
    "The cursor belongs to another organisation. Send one that this organisation's feed or snapshot gave, or use that organisation's key.",
  beyond:
    "The cursor lies beyond the last event: it comes from another installation, or from before a restore of the database. Take a new snapshot of the directory, and go on from its cursor."
}

const prefix = "cur_"

/** The cursor behind that event; 0: before the first. */
export const eventCursor = (organization: OrganizationId, sequence: number): EventCursor =>
  EventCursor.make(`${prefix}${organization}_${sequence}`)

/**
 * The number of the event behind which a cursor of the organisation stands. The id of an event stands for the cursor
 * behind it, so that whoever got it by a webhook can go on from there.
 */
export const readEventCursor = (organization: OrganizationId, text: string): Result.Result<number, CursorUnknown> => {
  const position = readPosition(prefix, text, 0) ?? readEventId(text)
  if (position === undefined) return Result.fail(new CursorUnknown({ reason: "malformed" }))
  return position.organization === organization
    ? Result.succeed(position.sequence)
    : Result.fail(new CursorUnknown({ reason: "foreign" }))
}

/** Whether one can go on behind that event: why not, undefined where one can. */
export const reachFault = ({ floor, head }: FeedReach, sequence: number): CursorExpired | CursorUnknown | undefined => {
  if (sequence < floor) return new CursorExpired({ missed: floor - sequence })
  return sequence > head ? new CursorUnknown({ reason: "beyond" }) : undefined
}
