import type { PublishedEvent } from "../events/EventPayload.ts"

/**
 * Whom an event is about, as numbers: events that have one in common keep their order (R-API-3). A change of members is
 * about the group and about everybody who joined or left: nobody is a member before they are created.
 *
 * The numbers are hashes of ids: small, for a delivery keeps them while it waits. Two ids with the same number, one pair
 * in four thousand million, wait for each other for nothing.
 */
export const lanesOf = (event: PublishedEvent): ReadonlyArray<number> => {
  const ids =
    event.type === "group.membershipChanged" || event.type === "group.adminsChanged"
      ? [event.object.id, ...event.data.added, ...event.data.removed]
      : [event.object.id]
  return [...new Set(ids.map(laneOf))]
}

/** FNV-1a of 32 bits, as a signed integer. */
const laneOf = (id: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  return hash | 0
}
