import { Schema } from "effect"
import type { EventType } from "../events/EventPayload.ts"
import { tellable } from "../mail/MailAttempt.ts"

/**
 * How far an event has come on its way to one endpoint:
 *
 * ```
 *   event ──> pending ──(attempt)──> delivered
 *                ^           ├─────> failed ──due again──> (attempt)
 *                │           └─────> dead
 *                └──resend, replay──── of delivered and dead
 * ```
 *
 * - pending: not attempted yet: its turn has not come, or an event of the same person or group is before it.
 * - failed: an attempt failed; it is tried again when it is due.
 * - delivered: the receiver has taken it, answering 2xx.
 * - dead: the dead letters: ten attempts within some three days have failed. An admin may replay them.
 */
export const DeliveryState = Schema.Literals(["pending", "failed", "delivered", "dead"])
export type DeliveryState = typeof DeliveryState.Type

/** An event for one endpoint. Times are milliseconds since 1970 UTC. */
export interface WebhookDelivery {
  /** The number of the event in the organisation. */
  readonly sequence: number
  readonly type: EventType
  readonly state: DeliveryState
  /** When the event happened. */
  readonly owedAt: number
  /** How many attempts have ended, since it was last resent. */
  readonly attempts: number
  readonly firstAttemptAt: number | undefined
  readonly lastAttemptAt: number | undefined
  /** When it may be attempted next; undefined where it has ended. */
  readonly dueAt: number | undefined
  /** When it was delivered or given up. */
  readonly endedAt: number | undefined
  /** The HTTP status that the last attempt was answered with, where it was. */
  readonly status: number | undefined
  /** What went wrong last; never what the receiver wrote. */
  readonly error: string | undefined
}

/** How an attempt ended. */
export type WebhookAttempt =
  /** The receiver answered; `retryAfter`: how long it asks to be left alone, in milliseconds. */
  | { readonly _tag: "Answered"; readonly status: number; readonly retryAfter: number | undefined }
  /** It did not: no connection, no answer in time, or an address that must not be reached. */
  | { readonly _tag: "Unanswered"; readonly error: string }
  /** The event is not kept any more: nothing could be sent. */
  | { readonly _tag: "Lost" }

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/** The pauses after failed attempts, those that Standard Webhooks recommends: 75 hours in all. */
export const pauses: ReadonlyArray<number> = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour
]

/** A receiver is left alone on its word for so long at most. */
const longestRetryAfter = hour

/** How long to wait after that many failed attempts; undefined: no more. `chance` in [0, 1) spreads it by a tenth. */
export const pauseAfter = (attempts: number, chance: number): number | undefined => {
  const pause = pauses[Math.max(1, attempts) - 1]
  return pause === undefined ? undefined : Math.round(pause * (0.9 + 0.2 * chance))
}

/** What a receiver asks for, within reason. */
export const askedPause = (attempt: WebhookAttempt): number =>
  attempt._tag === "Answered" ? Math.min(longestRetryAfter, Math.max(0, attempt.retryAfter ?? 0)) : 0

/** Whether the receiver has taken the event: only 2xx says so. */
export const isAccepted = (attempt: WebhookAttempt): boolean =>
  attempt._tag === "Answered" && attempt.status >= 200 && attempt.status < 300

/** What went wrong, for people; undefined where nothing did. */
export const attemptError = (attempt: WebhookAttempt): string | undefined => {
  if (isAccepted(attempt)) return undefined
  switch (attempt._tag) {
    case "Lost":
      return "The event is not kept any more"
    case "Unanswered":
      return tellable(attempt.error)
    case "Answered":
      return attempt.status >= 300 && attempt.status < 400
        ? `Answered ${attempt.status}: redirects are not followed`
        : `Answered ${attempt.status}`
  }
}

/** The delivery after an attempt. `chance` is a random number in [0, 1). */
export const afterAttempt = <D extends WebhookDelivery>(
  delivery: D,
  attempt: WebhookAttempt,
  now: number,
  chance: number
): D => {
  const attempts = delivery.attempts + 1
  const error = attemptError(attempt)
  const made = {
    ...delivery,
    attempts,
    firstAttemptAt: delivery.firstAttemptAt ?? now,
    lastAttemptAt: now,
    dueAt: undefined,
    endedAt: now,
    status: attempt._tag === "Answered" ? attempt.status : undefined,
    error
  }
  if (error === undefined) return { ...made, state: "delivered" }
  const pause = attempt._tag === "Lost" ? undefined : pauseAfter(attempts, chance)
  if (pause === undefined) return { ...made, state: "dead" }
  return { ...made, state: "failed", dueAt: now + Math.max(pause, askedPause(attempt)), endedAt: undefined }
}

/** A delivery that is owed from now on. */
export const newDelivery = (
  event: Pick<WebhookDelivery, "sequence" | "type" | "owedAt">,
  now: number
): WebhookDelivery => ({
  sequence: event.sequence,
  type: event.type,
  owedAt: event.owedAt,
  state: "pending",
  attempts: 0,
  firstAttemptAt: undefined,
  lastAttemptAt: undefined,
  dueAt: now,
  endedAt: undefined,
  status: undefined,
  error: undefined
})

/** The delivery after an admin asked for it (again): as new, and due at once. What is pending stays as it is. */
export const resent = <D extends WebhookDelivery>(delivery: D, now: number): D =>
  delivery.state === "pending" ? delivery : { ...delivery, ...newDelivery(delivery, now) }
