import { Context, type Effect } from "effect"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { Loaded, NeedsUnion } from "./Needs.ts"

/** Finding people by everything that references can name (port): all of it in one round trip, and without a lock. */
export class PeopleLookup extends Context.Service<
  PeopleLookup,
  {
    find(organization: OrganizationId, needs: NeedsUnion): Effect.Effect<Loaded, StoreUnavailable>
  }
>()("@rollcall/domain/directory/PeopleLookup") {}
