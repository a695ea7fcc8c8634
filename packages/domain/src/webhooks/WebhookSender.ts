import { Context, type Effect, type Redacted } from "effect"
import type { WebhookAttempt } from "./WebhookDelivery.ts"

/** One request to a receiver, in the form of Standard Webhooks. */
export interface WebhookRequest {
  readonly url: string
  /** The same in every attempt, by which receivers know what they have. */
  readonly id: string
  /** JSON. */
  readonly body: string
  /** Each of these signs it. */
  readonly secrets: ReadonlyArray<Redacted.Redacted<string>>
}

/** Who sends webhooks (port). Makes one attempt, and follows no redirect; a failure is an attempt that failed. */
export class WebhookSender extends Context.Service<
  WebhookSender,
  { send(request: WebhookRequest): Effect.Effect<WebhookAttempt> }
>()("@rollcall/domain/webhooks/WebhookSender") {}
