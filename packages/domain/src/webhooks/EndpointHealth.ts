import { askedPause, isAccepted, type WebhookAttempt } from "./WebhookDelivery.ts"
import type { DisabledReason } from "./WebhookEndpoint.ts"

/** How an endpoint has answered of late. Times are milliseconds since 1970 UTC. */
export interface EndpointHealth {
  /** Attempts that failed since the last that did not. */
  readonly failures: number
  readonly failingSince: number | undefined
  /** Until then it is left alone. */
  readonly restUntil: number | undefined
  readonly lastDeliveredAt: number | undefined
}

/** The health of an endpoint that nothing was sent to. */
export const newHealth: EndpointHealth = {
  failures: 0,
  failingSince: undefined,
  restUntil: undefined,
  lastDeliveredAt: undefined
}

const second = 1_000
const day = 24 * 60 * 60 * second

/** After so many failures in a row the receiver is taken to be away. */
const patience = 5
const longestRest = 60 * second
/** For so long everything fails before an endpoint is switched off; Standard Webhooks suggests five days. */
const longestFailing = 5 * day

/** Whether the receiver seems to be away: then one attempt at a time finds out whether it is back. */
export const seemsAway = ({ failures }: EndpointHealth): boolean => failures >= patience

/**
 * The health after an attempt. Of a receiver that is away one attempt is made after a rest that grows up to a minute, so
 * that an outage spends few attempts of few events, and a receiver that hangs few connections.
 */
export const healthAfter = (health: EndpointHealth, attempt: WebhookAttempt, now: number): EndpointHealth => {
  if (attempt._tag === "Lost") return health
  if (isAccepted(attempt)) return { ...newHealth, lastDeliveredAt: now }
  const failures = health.failures + 1
  const rest = failures < patience ? 0 : Math.min(longestRest, second * 2 ** Math.min(failures - patience, 6))
  const pause = Math.max(rest, askedPause(attempt))
  return {
    ...health,
    failures,
    failingSince: health.failingSince ?? now,
    restUntil: pause === 0 ? health.restUntil : Math.max(health.restUntil ?? 0, now + pause)
  }
}

/** Why an endpoint is to be switched off after an attempt that left it in this health; undefined where it is not. */
export const switchedOffBy = (
  attempt: WebhookAttempt,
  health: EndpointHealth,
  now: number
): DisabledReason | undefined => {
  if (attempt._tag === "Answered" && attempt.status === 410) return "gone"
  const { failingSince } = health
  return seemsAway(health) && failingSince !== undefined && now - failingSince >= longestFailing ? "failing" : undefined
}
