import { Effect, Layer } from "effect"
import { type MemoryOrganization, MemoryStore } from "../directory/MemoryStore.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import { eventCursor, type FeedReach, reachFault, readEventCursor } from "./EventCursor.ts"
import { EventFeed, pageBytes } from "./EventFeed.ts"
import { publishEvent } from "./EventPayload.ts"

/** The reach of the events in memory: what was removed is missing in front. */
export const memoryReach = (organization: MemoryOrganization | undefined): FeedReach => {
  const head = organization?.state.counters.eventSequence ?? 0
  const first = organization?.events[0]
  return { floor: first === undefined ? head : first.sequence - 1, head }
}

/**
 * The reference implementation of {@link EventFeed}, over the events of the memory adapter of the directory. `position`
 * tells how far the slowest consumer has read.
 */
export const layerMemoryEventFeed = (
  position: (organization: OrganizationId) => number = () => Number.POSITIVE_INFINITY
): Layer.Layer<EventFeed, never, MemoryStore> =>
  Layer.effect(
    EventFeed,
    Effect.map(MemoryStore, (store) =>
      EventFeed.of({
        read: Effect.fnUntraced(function* (organization, after, limit) {
          const held = store.get(organization.id)
          const reach = memoryReach(held)
          const asked =
            after === undefined ? reach.floor : yield* Effect.fromResult(readEventCursor(organization.id, after))
          const fault = reachFault(reach, asked)
          if (fault !== undefined) return yield* fault
          let bytes = 0
          const events = (held?.events ?? [])
            .filter(({ sequence }) => sequence > asked)
            .slice(0, limit)
            .filter((event) => {
              const isWithin = bytes < pageBytes
              bytes += JSON.stringify(event).length
              return isWithin
            })
          const last = events.at(-1)?.sequence ?? asked
          return {
            events: events.map((event) => publishEvent(organization, event)),
            next: eventCursor(organization.id, last),
            hasMore: last < reach.head
          }
        }),
        reach: (organization) => Effect.sync(() => memoryReach(store.get(organization))),
        heads: (organizations) =>
          Effect.sync(
            () =>
              new Map(
                organizations.flatMap((id) => {
                  const held = store.get(id)
                  return held === undefined ? [] : [[id, memoryReach(held).head] as const]
                })
              )
          ),
        remove: (organization, before, limit) =>
          Effect.sync(() => {
            const events = store.get(organization)?.events ?? []
            const read = position(organization)
            const stays = events.findIndex(({ at, sequence }) => at >= before || sequence > read)
            return events.splice(0, Math.min(limit, stays === -1 ? events.length : stays)).length
          })
      })
    )
  )
