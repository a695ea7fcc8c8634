import { Context, type Effect, Result, Schema } from "effect"
import { Base64Url } from "effect/encoding"
import { GroupId } from "../group/Group.ts"
import { GroupType } from "../group/GroupType.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { UserId } from "../user/UserId.ts"
import { type CursorExpired, CursorUnknown, type EventCursor, eventCursor, readEventCursor } from "./EventCursor.ts"
import { GroupState, UserState } from "./EventState.ts"

const people = { group: GroupId, users: Schema.Array(UserId) }

/** One thing of a directory as a snapshot has it. Members and admins of one group can come in several items. */
export const SnapshotItem = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("groupType"), groupType: GroupType }),
  Schema.Struct({ kind: Schema.Literal("user"), user: UserState }),
  Schema.Struct({ kind: Schema.Literal("group"), group: GroupState }),
  Schema.Struct({ kind: Schema.Literal("members"), ...people }),
  Schema.Struct({ kind: Schema.Literal("admins"), ...people })
]).annotate({ identifier: "SnapshotItem" })
export type SnapshotItem = typeof SnapshotItem.Type

/** One page of a snapshot. */
export interface SnapshotPage {
  /** From where to follow the events once the last page is there: the same on every page of a snapshot. */
  readonly cursor: EventCursor
  readonly items: ReadonlyArray<SnapshotItem>
  /** What to ask for next; undefined on the last page. A page can be empty and not the last. */
  readonly next: string | undefined
}

/** The parts of a snapshot in their order: what others refer to comes first. */
export const snapshotSections = ["groupTypes", "users", "groups", "members", "admins"] as const
export type SnapshotSection = (typeof snapshotSections)[number]

/** How many things (a member being one) a page has at most. */
export const mostInSnapshot = 1_000

/**
 * A whole directory, page by page, to begin a copy with (port; R-API-3).
 *
 * The cursor is taken before the first page is read, and every page shows what stands when it is read. So each thing is
 * at least as new as the cursor, and whatever changes while the pages are read is in the events behind it. Following
 * those in order, from the cursor on, brings a copy to what the directory is: events hold the values that the changes
 * left, so one that a page had seen already does no harm.
 */
export class DirectorySnapshot extends Context.Service<
  DirectorySnapshot,
  {
    /** A page; without `after` the first. Its size is at most `limit` (1 to {@link mostInSnapshot}). */
    page(
      organization: OrganizationId,
      after: string | undefined,
      limit: number
    ): Effect.Effect<SnapshotPage, CursorExpired | CursorUnknown | StoreUnavailable>
  }
>()("@rollcall/domain/events/DirectorySnapshot") {}

/** Where in a snapshot a page begins: in which part, and behind what of it. */
export interface SnapshotPlace {
  /** The number of the last event before the first page. */
  readonly sequence: number
  readonly section: SnapshotSection
  /** The number of a person or group, or group and person; empty: from the beginning. */
  readonly key: string
}

/** The opaque text of a place. */
export const printPlace = (organization: OrganizationId, { key, section, sequence }: SnapshotPlace): string =>
  Base64Url.encode(`${eventCursor(organization, sequence)} ${section} ${key}`)

/** Reads what {@link printPlace} wrote for the organisation. */
export const readPlace = (organization: OrganizationId, text: string): Result.Result<SnapshotPlace, CursorUnknown> => {
  const malformed = Result.fail(new CursorUnknown({ reason: "malformed" }))
  const decoded = text.length > 400 ? undefined : Result.getOrUndefined(Base64Url.decodeString(text))
  const [cursor = "", name = "", ...rest] = decoded?.split(" ") ?? []
  const section = snapshotSections.find((known) => known === name)
  const key = rest.join(" ")
  if (section === undefined || !keyForms[section].test(key)) return malformed
  return Result.map(readEventCursor(organization, cursor), (sequence) => ({ sequence, section, key }))
}

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
const numbered = /^([1-9][0-9]{0,15})?$/
const paired = new RegExp(`^(${uuid} ${uuid})?$`)
const keyForms: Readonly<Record<SnapshotSection, RegExp>> = {
  groupTypes: /^$/,
  users: numbered,
  groups: numbered,
  members: paired,
  admins: paired
}

/** The page of what a part holds behind a place; `full` where there may be more of that part. */
export const snapshotPage = (
  organization: OrganizationId,
  { section, sequence }: SnapshotPlace,
  found: { readonly items: ReadonlyArray<SnapshotItem>; readonly lastKey: string; readonly full: boolean }
): SnapshotPage => {
  const following = snapshotSections[snapshotSections.indexOf(section) + 1]
  const place: SnapshotPlace | undefined = found.full
    ? { sequence, section, key: found.lastKey }
    : following === undefined
      ? undefined
      : { sequence, section: following, key: "" }
  return {
    cursor: eventCursor(organization, sequence),
    items: found.items,
    next: place === undefined ? undefined : printPlace(organization, place)
  }
}

/** Pairs of group and person, in the order of groups, as one item for each group. */
export const pairItems = (
  kind: "members" | "admins",
  pairs: ReadonlyArray<readonly [GroupId, UserId]>
): ReadonlyArray<SnapshotItem> => {
  const groups = new Map<GroupId, Array<UserId>>()
  for (const [group, user] of pairs) {
    const users = groups.get(group)
    if (users === undefined) groups.set(group, [user])
    else users.push(user)
  }
  return [...groups].map(([group, users]) => ({ kind, group, users }))
}
