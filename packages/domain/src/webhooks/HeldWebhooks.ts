import { type EndpointHealth, newHealth } from "./EndpointHealth.ts"
import type { EndpointWrite, HeldEndpoint } from "./HeldEndpoint.ts"
import type { WebhookDelivery } from "./WebhookDelivery.ts"
import type { WebhookEndpointId } from "./WebhookEndpoint.ts"
import type { OwedDelivery } from "./WebhookQueue.ts"

export type KeptDelivery = WebhookDelivery & Pick<OwedDelivery, "lanes">

/** An endpoint as the memory adapters hold it. */
export interface HeldWebhook {
  values: Pick<HeldEndpoint, "endpoint" | "secrets">
  health: EndpointHealth
  position: number
  revision: number
  token: string | undefined
  claimedUntil: number
  wakeAt: number | undefined
  isFull: boolean
  readonly deliveries: Map<number, KeptDelivery>
}

/** The endpoints of an organisation as the memory adapters hold them. */
export type HeldWebhooks = Map<WebhookEndpointId, HeldWebhook>

export const shownWebhook = ({ health, position, values }: HeldWebhook): HeldEndpoint => ({
  ...values,
  health,
  position
})

/** Tells a worker that has the endpoint that it changed, and that there is something to do. */
export const touchWebhook = (held: HeldWebhook, at: number): void => {
  held.revision++
  held.wakeAt = at
}

/** Writes what a batch makes of an endpoint. Switched on it goes on where it stopped, with its health new. */
export const applyEndpointWrite = (all: HeldWebhooks, write: EndpointWrite): void => {
  if (write._tag === "Removed") {
    all.delete(write.id)
    return
  }
  const { endpoint, position, secrets } = write.held
  if (write._tag === "Added") {
    all.set(endpoint.id, {
      values: { endpoint, secrets },
      health: newHealth,
      position,
      revision: 0,
      token: undefined,
      claimedUntil: 0,
      wakeAt: undefined,
      isFull: false,
      deliveries: new Map()
    })
    return
  }
  const held = all.get(endpoint.id)
  if (held === undefined) return
  const state = write.switched === undefined ? held.values.endpoint.state : endpoint.state
  held.values = { endpoint: { ...endpoint, state }, secrets }
  if (write.switched === "on") held.health = newHealth
  touchWebhook(held, write.at)
}
