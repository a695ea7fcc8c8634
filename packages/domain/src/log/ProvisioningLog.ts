import { Context, type Effect } from "effect"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { LogEntry, Outcome } from "./LogEntry.ts"

/** An entry with its number in its organisation, whose case code it carries. */
export interface LoggedEntry {
  readonly sequence: number
  readonly entry: LogEntry
}

/** What is looked for; every condition that is there must hold (R-LOG-2). */
export interface LogSearch {
  /** The SCIM ID of a person, or the id of a group. */
  readonly subject?: string
  readonly outcome?: Outcome
  /** The first moment, in milliseconds since 1970 UTC. */
  readonly from?: number
  /** The first moment after, in milliseconds since 1970 UTC. */
  readonly to?: number
  /** A text anywhere in the entry, as it is stored (JSON); the letters A to Z compare without regard to case. */
  readonly text?: string
  /** The id of the key with which the request came. */
  readonly key?: string
  /** Where the page before ended: {@link LogPage.next}. */
  readonly after?: number
  /** How many entries a page has at most, 1 or more. */
  readonly limit: number
}

/** One page of the log. It may have fewer entries than asked for, or none, and still not be the last. */
export interface LogPage {
  readonly entries: ReadonlyArray<LoggedEntry>
  /** Where the next page begins; undefined where there is none. */
  readonly next: number | undefined
}

/**
 * The provisioning log, to be read (port, R-LOG-2, R-LOG-3); `Directory` writes it. Every method is about one
 * organisation and knows nothing of others. Pages follow each other without gap or repetition, whatever is written or
 * removed meanwhile. Time in `search` is found by the order of entries: servers' clocks may differ by minutes.
 */
export class ProvisioningLog extends Context.Service<
  ProvisioningLog,
  {
    /** The entry that a case code opens, the latest where codes have come round; undefined where there is none (R-LOG-3). */
    find(organization: OrganizationId, caseCode: string): Effect.Effect<LoggedEntry | undefined, StoreUnavailable>
    /** The newest first. */
    search(organization: OrganizationId, search: LogSearch): Effect.Effect<LogPage, StoreUnavailable>
    /** What was about one person or group, the oldest first; `after` is the `next` of the page before. */
    story(
      organization: OrganizationId,
      subject: string,
      page: { readonly after?: number; readonly limit: number }
    ): Effect.Effect<LogPage, StoreUnavailable>
    /**
     * Removes some of the oldest entries that are older than `before` (milliseconds), at most `limit`, and answers how
     * many; 0 when there are none left that nobody else is removing at this moment. Several may do it at once.
     */
    remove(organization: OrganizationId, before: number, limit: number): Effect.Effect<number, StoreUnavailable>
  }
>()("@rollcall/domain/log/ProvisioningLog") {}

/** A text as an entry holds it, between its quotes: what `text` of a search is compared with. */
export const jsonText = (text: string): string => JSON.stringify(text).slice(1, -1)
