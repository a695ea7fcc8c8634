import { Effect, Layer } from "effect"
import { isActive, type User } from "../user/User.ts"
import { dueDates } from "../user/UserLifecycle.ts"
import { type DueSearch, DueUsers } from "./DueUsers.ts"
import { type MemoryOrganization, MemoryStore } from "./MemoryStore.ts"

/** Looking in memory for whom the clock has something to do. */
export const layerMemoryDueUsers: Layer.Layer<DueUsers, never, MemoryStore> = Layer.effect(
  DueUsers,
  Effect.map(MemoryStore, (store) =>
    DueUsers.of({
      organizations: (latestToday) =>
        Effect.sync(() =>
          [...store].flatMap(([id, held]) => {
            const { reviewWindows, settings, timeZone } = held.state
            const search = {
              today: latestToday,
              startDatesOff: !settings.startDates,
              endings: settings.deactivateOnTerminationDate,
              heldManagers: true
            }
            return found(held, search).length === 0 ? [] : [{ id, timeZone, settings, reviewWindows }]
          })
        ),
      users: (organization, search) =>
        Effect.sync(() => {
          const held = store.get(organization)
          if (held === undefined) return []
          return found(held, search)
            .map(({ id }) => id)
            .filter((id) => search.after === undefined || id > search.after)
            .toSorted()
            .slice(0, search.limit)
        })
    })
  )
)

type Reasons = Omit<DueSearch, "after" | "limit">

const found = ({ users }: MemoryOrganization, reasons: Reasons): ReadonlyArray<User> =>
  [...users.values()].filter((user) => {
    if (user.deletedAt !== undefined) return false
    const { endsOn, startsOn } = dueDates({
      standing: user.standing,
      active: isActive(user.attributes),
      deleted: false
    })
    return (
      (startsOn !== undefined && (reasons.startDatesOff || startsOn <= reasons.today)) ||
      (endsOn !== undefined && reasons.endings && endsOn < reasons.today) ||
      (reasons.heldManagers && user.manager.pending?.reason === "reviewWindow")
    )
  })
