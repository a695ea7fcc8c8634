import { Clock, Context, Effect, Layer } from "effect"
import { MemoryStore } from "../directory/MemoryStore.ts"
import type { DomainEvent } from "../events/DomainEvent.ts"
import type { Organization, OrganizationId } from "../organization/Organization.ts"
import { type HeldWebhook, type HeldWebhooks, type KeptDelivery, shownWebhook, touchWebhook } from "./HeldWebhooks.ts"
import { newDelivery, resent } from "./WebhookDelivery.ts"
import { wants } from "./WebhookEndpoint.ts"
import { type Replay, WebhookEndpoints } from "./WebhookEndpoints.ts"
import { mostOwed, type OwedDelivery, type OwedEvent, type WebhookClaim, WebhookQueue } from "./WebhookQueue.ts"

/**
 * The reference implementation of {@link WebhookEndpoints} and {@link WebhookQueue}, beside the events in memory;
 * `subdomainOf` tells of an organisation.
 */
export const layerMemoryWebhooks = (
  subdomainOf: (organization: OrganizationId) => Organization["subdomain"]
): Layer.Layer<WebhookEndpoints | WebhookQueue, never, MemoryStore> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const store = yield* MemoryStore
      let tokens = 0

      const endpointsOf = (organization: OrganizationId): HeldWebhooks => store.get(organization)?.webhooks ?? new Map()
      const eventsOf = (organization: OrganizationId) => store.get(organization)?.events ?? []
      const headOf = (organization: OrganizationId): number => eventsOf(organization).at(-1)?.sequence ?? 0
      const now = <A>(f: (now: number) => A): Effect.Effect<A> => Effect.map(Clock.currentTimeMillis, f)
      const heldBy = ({ endpoint, organization, token }: WebhookClaim): HeldWebhook | undefined => {
        const held = endpointsOf(organization.id).get(endpoint.id)
        return held?.token === token ? held : undefined
      }
      const isEnabled = (held: HeldWebhook): boolean => held.values.endpoint.state._tag === "Enabled"
      const isFree = (held: HeldWebhook, at: number): boolean =>
        isEnabled(held) && held.claimedUntil <= at && (held.health.restUntil ?? 0) <= at
      const replayed = (organization: OrganizationId, held: HeldWebhook, replay: Replay): ReadonlyArray<number> =>
        replay._tag === "Dead"
          ? [...held.deliveries.values()].filter(({ state }) => state === "dead").map(({ sequence }) => sequence)
          : eventsOf(organization)
              .filter(({ event, sequence }) => sequence > replay.sequence && isWanted(held, event))
              .map(({ sequence }) => sequence)

      const endpoints = WebhookEndpoints.of({
        list: (organization) => Effect.sync(() => [...endpointsOf(organization).values()].map(shownWebhook)),
        find: (organization, id) =>
          Effect.sync(() => {
            const held = endpointsOf(organization).get(id)
            return held === undefined ? undefined : shownWebhook(held)
          }),
        deliveries: (organization, id, { before = Number.MAX_SAFE_INTEGER, count, state }) =>
          Effect.sync(() => {
            const found = [...(endpointsOf(organization).get(id)?.deliveries.values() ?? [])]
              .filter(({ sequence }) => sequence < before)
              .filter((delivery) => state === undefined || delivery.state === state)
              .sort((left, right) => right.sequence - left.sequence)
            const deliveries = found.slice(0, count).map(({ lanes: _, ...delivery }) => delivery)
            return { deliveries, next: found.length > count ? deliveries.at(-1)?.sequence : undefined }
          }),
        resend: (organization, id, sequence) =>
          now((at) => {
            const held = endpointsOf(organization).get(id)
            const delivery = held?.deliveries.get(sequence)
            if (held === undefined || delivery === undefined) return undefined
            const { lanes, ...again } = resent(delivery, at)
            held.deliveries.set(sequence, { ...again, lanes })
            touchWebhook(held, at)
            return again
          }),
        countReplay: (organization, id, replay) =>
          Effect.sync(() => {
            const held = endpointsOf(organization).get(id)
            return held === undefined ? 0 : replayed(organization, held, replay).length
          }),
        replay: (organization, id, replay) =>
          now((at) => {
            const held = endpointsOf(organization).get(id)
            if (held === undefined) return 0
            const sequences = replayed(organization, held, replay)
            touchWebhook(held, at)
            if (replay._tag === "After") held.position = Math.min(held.position, replay.sequence)
            else {
              for (const sequence of sequences) {
                const delivery = held.deliveries.get(sequence)
                if (delivery !== undefined) held.deliveries.set(sequence, resent(delivery, at))
              }
            }
            return sequences.length
          })
      })

      const queue = WebhookQueue.of({
        work: now((at) =>
          [...store].flatMap(([organization, { webhooks }]) =>
            [...webhooks.values()]
              .filter((held) => isFree(held, at))
              .filter(
                (held) =>
                  (held.wakeAt !== undefined && held.wakeAt <= at) ||
                  (!held.isFull && headOf(organization) > held.position)
              )
              .map(({ values }) => ({ organization, endpoint: values.endpoint.id }))
          )
        ),
        claim: (organization, id, lease) =>
          now((at) => {
            const held = endpointsOf(organization).get(id)
            if (held === undefined || !isFree(held, at)) return undefined
            held.token = String(++tokens)
            held.claimedUntil = at + lease
            held.wakeAt = held.claimedUntil
            return {
              organization: { id: organization, subdomain: subdomainOf(organization) },
              ...shownWebhook(held),
              token: held.token,
              revision: held.revision,
              until: held.claimedUntil
            }
          }),
        owed: (claim) =>
          Effect.sync(() =>
            [...(endpointsOf(claim.organization.id).get(claim.endpoint.id)?.deliveries.values() ?? [])]
              .filter(isOwed)
              .sort((left, right) => left.sequence - right.sequence)
              .slice(0, mostOwed)
          ),
        take: (claim, events, position) =>
          now((at) => {
            const held = heldBy(claim)
            if (held === undefined || held.position !== claim.position) return false
            for (const event of events) note(held, event, at)
            held.position = position
            return true
          }),
        complete: (claim, outcome) =>
          Effect.sync(() => {
            const held = heldBy(claim)
            const kept = held?.deliveries.get(outcome.sequence)
            if (held === undefined || kept === undefined) return "lost"
            held.deliveries.set(outcome.sequence, { ...outcome, lanes: kept.lanes })
            return held.revision === claim.revision ? "kept" : "changed"
          }),
        switchOff: (claim, reason) =>
          now((since) => {
            const held = heldBy(claim)
            if (held === undefined || !isEnabled(held)) return
            const { endpoint, secrets } = held.values
            held.values = { secrets, endpoint: { ...endpoint, state: { _tag: "Disabled", reason, since } } }
          }),
        release: (claim, { health, isFull, wakeAt }) =>
          now((at) => {
            const held = heldBy(claim)
            if (held === undefined) return
            const isChanged = held.revision !== claim.revision
            held.token = undefined
            held.claimedUntil = 0
            held.isFull = isFull
            held.wakeAt = isChanged ? at : wakeAt
            if (!isChanged) held.health = health
          }),
        forget: (organization, before, most) =>
          Effect.sync(() => {
            let removed = 0
            for (const { deliveries } of endpointsOf(organization).values()) {
              for (const { endedAt, sequence, state } of deliveries.values()) {
                if (removed === most || endedAt === undefined) continue
                if (endedAt >= (state === "dead" ? before.dead : before.delivered)) continue
                deliveries.delete(sequence)
                removed++
              }
            }
            return removed
          })
      })
      return Context.make(WebhookEndpoints, endpoints).pipe(Context.add(WebhookQueue, queue))
    })
  )

/** Notes an event; what had ended is owed again, what has not stays as it is. */
const note = (held: HeldWebhook, event: OwedEvent, at: number): void => {
  const kept = held.deliveries.get(event.sequence)
  if (kept === undefined || !isOwed(kept)) {
    held.deliveries.set(event.sequence, { ...newDelivery(event, at), lanes: event.lanes })
  }
}

const isOwed = (delivery: KeptDelivery): delivery is OwedDelivery => delivery.dueAt !== undefined

const isWanted = (held: HeldWebhook, event: DomainEvent): boolean => wants(held.values.endpoint, event.type)
