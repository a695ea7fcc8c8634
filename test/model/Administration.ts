import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { Organizations } from "@rollcall/domain/organization/Organizations"
import { Effect } from "effect"
import type { AdminStep } from "./Steps.ts"
import type { World } from "./World.ts"

/** In milliseconds. */
export const hour = 3_600_000

/** Does what an admin does, in an organisation and in its model. */
export const administer = Effect.fnUntraced(function* (
  organizations: Organizations["Service"],
  id: OrganizationId,
  world: World,
  step: AdminStep
) {
  switch (step.do) {
    case "settings":
      world.settings = { ...world.settings, ...step.settings }
      return yield* organizations.saveSettings(id, world.settings)
    case "single sign-on":
      world.singleSignOn = step.on
      return yield* organizations.saveSingleSignOn(id, {
        enabled: step.on,
        signInUrl: step.on ? "https://sso.halden.example/" : null
      })
    case "time zone":
      world.zone = step.zone
      return yield* organizations.saveTimeZone(id, step.zone)
    case "open review": {
      const closesAt = world.now + step.hours * hour
      world.windows.push({ opensAt: world.now, closesAt })
      yield* organizations.openReviewWindow(id, "Review", closesAt)
      return
    }
    case "close review":
      for (const window of world.windows) if (window.closesAt > world.now) window.closesAt = world.now
      yield* organizations.closeReviewWindow(id, undefined)
      return
  }
}, Effect.orDie)
