import { Clock, Context, Effect, Layer, type Scope } from "effect"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import type { Answer } from "./Answer.ts"
import type { OrganizationState } from "./BatchWrites.ts"
import type { Request } from "./Command.ts"
import { MemoryStore, runMemoryBatch } from "./MemoryStore.ts"

/** A look at what writes would come to: each batch sees what those before it would have done. */
export interface Preview {
  decide(requests: ReadonlyArray<Request>): Effect.Effect<ReadonlyArray<Answer>, StoreUnavailable>
}

/**
 * What requests would be answered, without a trace (port): decided by the reducer on what stands, neither written to people,
 * groups, log or events, nor seen by anybody else. Case codes in answers open nothing. Memory does not grow with the number
 * of requests; no lock is held. What others write meanwhile may or may not be seen.
 */
export class DirectoryPreview extends Context.Service<
  DirectoryPreview,
  {
    /** A preview that ends with its scope; `given` is taken for granted, whatever the organisation has. */
    open(
      organization: OrganizationId,
      given?: Partial<Pick<OrganizationState, "csvAllowed">>
    ): Effect.Effect<Preview, StoreUnavailable, Scope.Scope>
  }
>()("@rollcall/domain/directory/DirectoryPreview") {
  /** In memory a copy of the organisation is written to. */
  static readonly layerMemory = (resourceTypes: ResourceTypes): Layer.Layer<DirectoryPreview, never, MemoryStore> =>
    Layer.effect(
      DirectoryPreview,
      Effect.map(MemoryStore, (store) =>
        DirectoryPreview.of({
          open: (id, given) =>
            Effect.sync(() => {
              const organization = store.get(id)
              if (organization === undefined) throw new Error(`No organisation ${id}`)
              const copy = {
                ...organization,
                state: { ...organization.state, ...given },
                users: new Map(organization.users),
                groups: new Map(organization.groups),
                members: new Map([...organization.members].map(([group, ids]) => [group, new Set(ids)] as const)),
                admins: new Map([...organization.admins].map(([group, ids]) => [group, new Set(ids)] as const)),
                passwords: new Map(organization.passwords),
                log: [],
                events: [],
                imports: new Map(),
                importRejects: new Map(),
                reports: new Map()
              }
              return {
                decide: (requests) =>
                  Effect.map(Clock.currentTimeMillis, (now) => runMemoryBatch(copy, requests, resourceTypes, now))
              }
            })
        })
      )
    )
}
