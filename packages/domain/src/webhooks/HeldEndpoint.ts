import type { EndpointHealth } from "./EndpointHealth.ts"
import type { WebhookEndpoint, WebhookEndpointId, WebhookSecrets } from "./WebhookEndpoint.ts"

/** An endpoint with what is kept about it. */
export interface HeldEndpoint {
  readonly endpoint: WebhookEndpoint
  readonly secrets: WebhookSecrets
  readonly health: EndpointHealth
  /** The number of the last event that was looked at for it. */
  readonly position: number
}

/** What a decision makes of an endpoint: as it stands from now on; undefined where it is not there before, or after. */
export interface EndpointStep {
  /** Milliseconds since 1970 UTC. */
  readonly at: number
  readonly id: WebhookEndpointId
  readonly before: HeldEndpoint | undefined
  readonly after: HeldEndpoint | undefined
}

/** What a batch, all of its steps together, makes of an endpoint that is there before or after it. */
export type EndpointWrite =
  | { readonly _tag: "Added"; readonly held: HeldEndpoint }
  | {
      readonly _tag: "Changed"
      readonly at: number
      readonly held: HeldEndpoint
      /** Whether it is switched; a worker may switch it off meanwhile, and that stays where nothing is said. */
      readonly switched: "on" | "off" | undefined
    }
  | { readonly _tag: "Removed"; readonly id: WebhookEndpointId }

/** A step after another of the same endpoint, as one. */
export const joined = (first: EndpointStep | undefined, second: EndpointStep): EndpointStep =>
  first === undefined ? second : { ...second, before: first.before }

/** What is to be written of a step; undefined where it comes to nothing. */
export const writeOf = ({ after, at, before, id }: EndpointStep): EndpointWrite | undefined => {
  if (after === undefined) return before === undefined ? undefined : { _tag: "Removed", id }
  if (before === undefined) return { _tag: "Added", held: after }
  const { _tag } = after.endpoint.state
  const switched = before.endpoint.state._tag === _tag ? undefined : _tag === "Enabled" ? "on" : "off"
  return { _tag: "Changed", at, held: after, switched }
}
