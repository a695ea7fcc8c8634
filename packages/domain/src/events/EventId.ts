import { Schema } from "effect"
import { OrganizationId } from "../organization/Organization.ts"
import { parseUuid } from "../user/UserId.ts"

/**
 * The id of an event, the same in the feed, in a webhook and in the log: `evt_<organisation's UUID>_<sequence>`, the
 * sequence without leading zeros. It names one event for ever.
 */
export const EventId = Schema.String.pipe(
  Schema.check(
    Schema.isPattern(/^evt_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}_[1-9][0-9]{0,15}$/, {
      message: "must be evt_, the organisation's UUID, _ and the number of the event"
    })
  ),
  Schema.brand("EventId")
).annotate({ identifier: "EventId" })
export type EventId = typeof EventId.Type

/** Whose event, and the how-manieth. */
export interface EventPosition {
  readonly organization: OrganizationId
  readonly sequence: number
}

/** The id of an organisation's event; sequences count from 1. */
export const eventId = (organization: OrganizationId, sequence: number): EventId =>
  EventId.make(`evt_${organization}_${sequence}`, { disableChecks: true })

/** What an id says; undefined where the text is none. */
export const readEventId = (text: string): EventPosition | undefined => readPosition("evt_", text, 1)

/** The longest text of a position: prefix, UUID, `_`, sixteen digits. */
const maxLength = 64

/** The organisation and the sequence in `<prefix><UUID>_<sequence>`; undefined where the text is not of that form. */
export const readPosition = (prefix: string, text: string, least: number): EventPosition | undefined => {
  if (text.length > maxLength || !text.startsWith(prefix)) return undefined
  const uuid = text.slice(prefix.length, prefix.length + 36)
  const digits = text.slice(prefix.length + 37)
  const sequence = Number(digits)
  return parseUuid(uuid) === uuid &&
    text[prefix.length + 36] === "_" &&
    Number.isSafeInteger(sequence) &&
    sequence >= least &&
    String(sequence) === digits
    ? { organization: OrganizationId.make(uuid), sequence }
    : undefined
}
