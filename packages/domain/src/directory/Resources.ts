import { Context, type Effect } from "effect"
import type { GroupId } from "../group/Group.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { Page } from "../scim/Paging.ts"
import type { SortTarget } from "../scim/SortKey.ts"
import type { TypedFilter } from "../scim/TypedFilter.ts"
import type { UserId } from "../user/UserId.ts"
import type { ResolvedManager } from "./ResolvedManager.ts"

/** A person as they are read: the attributes stand ready to be sent. Times are milliseconds since 1970 UTC. */
export interface StoredUser {
  readonly id: UserId
  readonly number: number
  /** The JSON text of `User.attributes`, an object with at least one member. */
  readonly json: string
  readonly version: number
  readonly createdAt: number
  readonly lastModifiedAt: number
  /** The groups the person is a member of, by name; only where they were asked for. */
  readonly groups: ReadonlyArray<{ readonly id: GroupId; readonly displayName: string }> | undefined
  /** Who the manager is that was sent; undefined where nobody, or where the directory does not follow it (R-MGR-5). */
  readonly manager: ResolvedManager | undefined
}

/** A group as it is read. */
export interface StoredGroup {
  readonly id: GroupId
  readonly number: number
  readonly displayName: string
  readonly externalId: string | undefined
  readonly version: number
  readonly createdAt: number
  readonly lastModifiedAt: number
  /**
   * The members in the order of their User IDs, `display` being the displayName or userName; only where they were
   * asked for: otherwise the table of members is not touched (R-GROUP-5).
   */
  readonly members: ReadonlyArray<{ readonly id: UserId; readonly display: string }> | undefined
}

/** What a list is asked for. Without `sort` the order is that of the numbers: stable and total. */
export interface ResourceQuery {
  readonly filter: TypedFilter | undefined
  readonly sort: { readonly target: SortTarget; readonly descending: boolean } | undefined
  readonly page: Page
  /** Whether to load the `groups` of people, or the `members` of groups. */
  readonly withMembership: boolean
  /** The SCIM base URL without a trailing slash: filters may ask for the links that are built from it. */
  readonly baseUrl: string
  /** Nobody wants to know how many there are: counting what a filter finds looks at all of it. */
  readonly uncounted?: boolean
}

/** A page of what was found. */
export interface Found<A> {
  /** How many there are on all pages; of a query that is `uncounted` at least those of this page. */
  readonly totalResults: number
  readonly items: ReadonlyArray<A>
  /** The position after the last item, for a cursor (RFC 9865); undefined on the last page. */
  readonly next: string | undefined
}

/**
 * Reading people (port). Reads take no lock and see every write that was answered before they began. Deleted people
 * are in no answer; nothing of another organisation ever is.
 */
export class Users extends Context.Service<
  Users,
  {
    find(
      organization: OrganizationId,
      id: UserId,
      withGroups: boolean
    ): Effect.Effect<StoredUser | undefined, StoreUnavailable>
    search(organization: OrganizationId, query: ResourceQuery): Effect.Effect<Found<StoredUser>, StoreUnavailable>
  }
>()("@rollcall/domain/directory/Users") {}

/** Reading groups (port), as {@link Users}. */
export class Groups extends Context.Service<
  Groups,
  {
    find(
      organization: OrganizationId,
      id: GroupId,
      withMembers: boolean
    ): Effect.Effect<StoredGroup | undefined, StoreUnavailable>
    search(organization: OrganizationId, query: ResourceQuery): Effect.Effect<Found<StoredGroup>, StoreUnavailable>
  }
>()("@rollcall/domain/directory/Groups") {}
