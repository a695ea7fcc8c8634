import { Context, Effect, Layer } from "effect"
import { MemoryStore } from "../directory/MemoryStore.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { isActive } from "../user/User.ts"
import { lifecycleState } from "../user/UserLifecycle.ts"
import type { OrganizationId } from "./Organization.ts"

/** So many of one kind are counted at most; beyond, the figure is this. It bounds what a look costs. */
export const mostCounted = 100_000

/** How an organisation stands, in figures. */
export interface OverviewFigures {
  /** People who live. Those deactivated before they started count as deactivated. */
  readonly people: { readonly started: number; readonly scheduled: number; readonly deactivated: number }
  /** People whose manager was sent and is not followed: nobody matched, several did, or a review window is open. */
  readonly managers: { readonly unmatched: number; readonly ambiguous: number; readonly held: number }
  /** Entries of the log, and refusals among them, in each span from an edge to the next. */
  readonly calls: ReadonlyArray<CallCount>
}

/** Times in milliseconds; `to` is the first moment after. */
export interface CallCount {
  readonly from: number
  readonly to: number
  readonly calls: number
  readonly refused: number
}

/** The spans over which calls are counted: the last 24 hours by the hour, or the last 30 days by the day, in UTC. */
export type OverviewPeriod = "day" | "month"

/** The edges of the spans, in milliseconds, the last one the end of the span in which `now` lies. */
export const overviewEdges = (period: OverviewPeriod, now: number): ReadonlyArray<number> => {
  const [count, step] = period === "day" ? [24, 3_600_000] : [30, 86_400_000]
  const end = (Math.floor(now / step) + 1) * step
  return Array.from({ length: count + 1 }, (_, i) => end - (count - i) * step)
}

/**
 * Figures of an organisation (port). What a look costs grows with the spans and with what is out of order, up to
 * {@link mostCounted}, not with the people or the log. Entries are taken to be in the order of time.
 */
export class Overview extends Context.Service<
  Overview,
  {
    figures(
      organization: OrganizationId,
      edges: ReadonlyArray<number>
    ): Effect.Effect<OverviewFigures, StoreUnavailable>
  }
>()("@rollcall/domain/organization/Overview") {
  static readonly layerMemory: Layer.Layer<Overview, never, MemoryStore> = Layer.effect(
    Overview,
    Effect.map(MemoryStore, (store) =>
      Overview.of({
        figures: (organization, edges) =>
          Effect.sync(() => {
            const held = store.get(organization)
            const users = [...(held?.users.values() ?? [])].filter(({ deletedAt }) => deletedAt === undefined)
            const states = users.map(({ attributes, standing }) =>
              lifecycleState({ standing, active: isActive(attributes), deleted: false })
            )
            const count = <A>(all: ReadonlyArray<A>, is: (one: A) => boolean) =>
              Math.min(mostCounted, all.filter(is).length)
            const scheduled = count(
              users,
              ({ attributes, standing }) =>
                isActive(attributes) && standing.startedAt === undefined && standing.startsOn !== undefined
            )
            const deactivated = count(states, (state) => state.startsWith("deactivated"))
            const pending = (reason: string) => count(users, ({ manager }) => manager.pending?.reason === reason)
            const log = held?.log ?? []
            return {
              people: { started: users.length - scheduled - deactivated, scheduled, deactivated },
              managers: {
                unmatched: pending("unmatched"),
                ambiguous: pending("ambiguous"),
                held: pending("reviewWindow")
              },
              calls: edges.slice(0, -1).map((from, i) => {
                const to = edges[i + 1] ?? from
                const within = log.filter(({ entry }) => entry.at >= from && entry.at < to)
                return {
                  from,
                  to,
                  calls: within.length,
                  refused: count(within, ({ entry }) => entry.outcome === "refused")
                }
              })
            }
          })
      })
    )
  )
}
