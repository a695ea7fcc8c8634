import { Effect, Layer } from "effect"
import { type MemoryOrganization, MemoryStore } from "../directory/MemoryStore.ts"
import type { GroupId } from "../group/Group.ts"
import { defaultGroupType } from "../group/GroupType.ts"
import type { UserId } from "../user/UserId.ts"
import {
  DirectorySnapshot,
  pairItems,
  readPlace,
  type SnapshotItem,
  type SnapshotPlace,
  snapshotPage
} from "./DirectorySnapshot.ts"
import { reachFault } from "./EventCursor.ts"
import { groupState, userState } from "./EventState.ts"
import { memoryReach } from "./MemoryEventFeed.ts"

/** The reference implementation of {@link DirectorySnapshot}. */
export const layerMemoryDirectorySnapshot = (
  extensionUrn: string
): Layer.Layer<DirectorySnapshot, never, MemoryStore> =>
  Layer.effect(
    DirectorySnapshot,
    Effect.map(MemoryStore, (store) =>
      DirectorySnapshot.of({
        page: Effect.fnUntraced(function* (id, after, limit) {
          const held = store.get(id)
          const reach = memoryReach(held)
          const place: SnapshotPlace =
            after === undefined
              ? { sequence: reach.head, section: "groupTypes", key: "" }
              : yield* Effect.fromResult(readPlace(id, after))
          const fault = reachFault(reach, place.sequence)
          if (fault !== undefined) return yield* fault
          return snapshotPage(id, place, held === undefined ? nothing : find(held, place, limit, extensionUrn))
        })
      })
    )
  )

type Found = Parameters<typeof snapshotPage>[2]

const nothing: Found = { items: [], lastKey: "", full: false }

const find = (held: MemoryOrganization, place: SnapshotPlace, limit: number, extensionUrn: string): Found => {
  const numbered = <A extends { readonly number: number }>(
    things: Iterable<A>,
    item: (thing: A) => SnapshotItem
  ): Found => {
    const page = [...things]
      .filter(({ number }) => number > Number(place.key))
      .sort((left, right) => left.number - right.number)
      .slice(0, limit)
    return { items: page.map(item), lastKey: String(page.at(-1)?.number ?? ""), full: page.length === limit }
  }
  const paired = (kind: "members" | "admins", groups: ReadonlyMap<GroupId, ReadonlySet<UserId>>): Found => {
    const pairs = [...groups]
      .flatMap(([group, users]) => [...users].map((user) => [group, user] as const))
      .map((pair) => ({ pair, key: pair.join(" ") }))
      .filter(({ key }) => key > place.key)
      .sort((left, right) => (left.key < right.key ? -1 : 1))
      .slice(0, limit)
    return {
      items: pairItems(
        kind,
        pairs.map(({ pair }) => pair)
      ),
      lastKey: pairs.at(-1)?.key ?? "",
      full: pairs.length === limit
    }
  }
  switch (place.section) {
    case "groupTypes": {
      const types = [defaultGroupType, ...held.groupTypes]
      return { ...nothing, items: types.map((groupType) => ({ kind: "groupType", groupType })) }
    }
    case "users": {
      const living = [...held.users.values()].filter((user) => user.deletedAt === undefined)
      return numbered(living, (user) => ({ kind: "user", user: userState(extensionUrn, user) }))
    }
    case "groups":
      return numbered(held.groups.values(), (group) => ({ kind: "group", group: groupState(group) }))
    case "members":
      return paired("members", held.members)
    case "admins":
      return paired("admins", held.admins)
  }
}
