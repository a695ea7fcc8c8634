import type { Organization } from "@rollcall/domain/organization/Organization"
import {
  type OrganizationAdministration,
  operatorCaller
} from "@rollcall/domain/organization/OrganizationAdministration"
import { Effect } from "effect"
import type { AdminStep } from "./Steps.ts"
import type { World } from "./World.ts"

/** In milliseconds. */
export const hour = 3_600_000

/** Does what an admin does, in an organisation and in its model. */
export const administer = Effect.fnUntraced(function* (
  administration: OrganizationAdministration["Service"],
  organization: Organization,
  world: World,
  step: AdminStep
) {
  const caller = operatorCaller(organization, { line: "model", requestId: "r1", receivedAt: 0 })
  switch (step.do) {
    case "settings":
      world.settings = { ...world.settings, ...step.settings }
      return yield* administration.configure(caller, { settings: world.settings })
    case "single sign-on":
      world.singleSignOn = step.on
      return yield* administration.configure(caller, {
        singleSignOn: { enabled: step.on, signInUrl: step.on ? "https://sso.halden.example/" : null }
      })
    case "time zone":
      world.zone = step.zone
      return yield* administration.configure(caller, { timeZone: step.zone })
    case "open review": {
      const closesAt = world.now + step.hours * hour
      world.windows.push({ opensAt: world.now, closesAt })
      yield* administration.openReviewWindow(caller, { name: "Review", closesAt })
      return
    }
    case "close review":
      for (const window of world.windows) if (window.closesAt > world.now) window.closesAt = world.now
      // Where none is open it is refused, which changes nothing.
      yield* Effect.catchTag(administration.closeReviewWindow(caller, undefined), "ScimError", () => Effect.void)
      return
  }
}, Effect.orDie)
