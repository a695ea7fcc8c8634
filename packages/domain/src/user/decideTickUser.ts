import type { Command } from "../directory/Command.ts"
import type { DecideContext } from "../directory/DecideContext.ts"
import { type Decision, unloaded } from "../directory/Decision.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import { attributeChanges } from "../log/AttributeChanges.ts"
import { openWindow } from "../organization/ReviewWindow.ts"
import { decideManager } from "./decideManager.ts"
import { managerChanges, managerEvents } from "./ManagersWaiting.ts"
import { isActive, type User } from "./User.ts"
import { tickLifecycle } from "./UserLifecycle.ts"
import { lifecycleFacts, userReply, userSubject } from "./writeUser.ts"

/**
 * Time has passed for a person: their start or end has come (R-START-3, R-START-9), or the review window that held
 * their manager is closed (R-MGR-4). Where nothing is due nothing happens, so any number of clocks may ask.
 */
export const decideTickUser = (
  { id }: Extract<Command, { readonly _tag: "TickUser" }>,
  view: WorkingSet,
  context: DecideContext
): Decision => {
  const unknown = view.unknown({ users: [id] })
  if (unknown !== undefined) return unloaded(unknown)
  const before = view.people.user(id)
  if (before === undefined) return { _tag: "Idle" }
  const life = tickLifecycle(lifecycleFacts(context.resourceTypes.extensionUrn, before), context)
  const { pending } = before.manager
  const isReleased = pending?.reason === "reviewWindow" && openWindow(context.reviewWindows, context.now) === undefined
  const manager = isReleased
    ? decideManager({ id, link: before.manager, reference: pending.reference, isNew: false }, view, context)
    : undefined
  if (manager?._tag === "Unloaded") return manager
  const link = manager?.link ?? before.manager
  if (life === undefined && link === before.manager) return { _tag: "Idle" }
  const isDeactivated = life !== undefined && life.active !== isActive(before.attributes)
  const user: User = {
    ...before,
    attributes: isDeactivated ? { ...before.attributes, active: life.active } : before.attributes,
    standing: life?.standing ?? before.standing,
    manager: link,
    version: before.version + (isDeactivated ? 1 : 0),
    lastModifiedAt: isDeactivated ? context.now : before.lastModifiedAt
  }
  return {
    _tag: "Accepted",
    outcome: "updated",
    subject: userSubject(id, user.attributes),
    change: { user },
    events: [
      ...(life?.events ?? []).map((event) => ({ ...event, user: id, version: user.version })),
      ...managerEvents(before, user)
    ],
    changes: [...attributeChanges(before.attributes, user.attributes), ...managerChanges(before, user)],
    notes: [...(life?.notes ?? []), ...(manager?.notes ?? [])],
    matched: manager?.matched ?? [],
    reply: userReply(user, false, view)
  }
}
