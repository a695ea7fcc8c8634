import { Context, type Effect } from "effect"
import type { Organization, OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { UserId } from "../user/UserId.ts"

/** What says, of an organisation, for whom something is due. */
export type DueOrganization = Pick<Organization, "id" | "timeZone" | "settings" | "reviewWindows">

/** For whom something is due in an organisation: those to whom one of the reasons applies, a page of them. */
export interface DueSearch {
  /** The organisation's today, an ISO 8601 date. */
  readonly today: string
  /** Start dates are off: whoever still waits for one is due, whatever the day (R-START-2). */
  readonly startDatesOff: boolean
  /** Termination dates deactivate: whoever had their last day before today is due (R-START-9). */
  readonly endings: boolean
  /** No review window is open: whoever has a manager held by one is due (R-MGR-4). */
  readonly heldManagers: boolean
  /** Only people after this one, in the order of their ids. */
  readonly after: UserId | undefined
  readonly limit: number
}

/**
 * For whom the clock has something to do (port). It looks without the organisation's lock, so what it finds may have
 * been done meanwhile: the decision under the lock has the last word.
 */
export class DueUsers extends Context.Service<
  DueUsers,
  {
    /**
     * The organisations that have somebody for whom something may be due, where it is no later than `latestToday`, an
     * ISO 8601 date, in any of them. All that do, and few others: those where the day has not come in their time zone,
     * and those whose review window is open.
     */
    organizations(latestToday: string): Effect.Effect<ReadonlyArray<DueOrganization>, StoreUnavailable>
    /** The living people for whom something is due, in the order of their ids. */
    users(organization: OrganizationId, search: DueSearch): Effect.Effect<ReadonlyArray<UserId>, StoreUnavailable>
  }
>()("@rollcall/domain/directory/DueUsers") {}
