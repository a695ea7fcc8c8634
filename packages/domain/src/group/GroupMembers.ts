import { Context, Effect, Layer } from "effect"
import { MemoryStore } from "../directory/MemoryStore.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { UserId } from "../user/UserId.ts"
import type { GroupId } from "./Group.ts"

/**
 * Reading the members of a group a page at a time (port), however many it has. They come in the order of their SCIM IDs,
 * which is that of the index: any other would have to look at all of them for each page.
 */
export class GroupMembers extends Context.Service<
  GroupMembers,
  {
    /** The first `limit` of those whose SCIM ID comes after `after`; none of a group that is not there. */
    page(
      organization: OrganizationId,
      group: GroupId,
      after: UserId | undefined,
      limit: number
    ): Effect.Effect<ReadonlyArray<UserId>, StoreUnavailable>
    count(organization: OrganizationId, group: GroupId): Effect.Effect<number, StoreUnavailable>
  }
>()("@rollcall/domain/group/GroupMembers") {
  static readonly layerMemory: Layer.Layer<GroupMembers, never, MemoryStore> = Layer.effect(
    GroupMembers,
    Effect.map(MemoryStore, (store) =>
      GroupMembers.of({
        page: (organization, group, after, limit) =>
          Effect.sync(() =>
            [...(store.get(organization)?.members.get(group) ?? [])]
              .filter((id) => after === undefined || id > after)
              .toSorted()
              .slice(0, limit)
          ),
        count: (organization, group) => Effect.sync(() => store.get(organization)?.members.get(group)?.size ?? 0)
      })
    )
  )
}
