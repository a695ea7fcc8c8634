import type { WebhookRequest } from "@rollcall/domain/webhooks/WebhookSender"
import { Redacted } from "effect"
import { Webhook } from "standardwebhooks"

/**
 * The headers of Standard Webhooks for an attempt made at a time, in milliseconds: the id stays the same in every attempt,
 * time and signatures do not. There is one signature for each secret, divided by blanks.
 */
export const signedHeaders = ({ body, id, secrets }: WebhookRequest, now: number) => {
  const at = new Date(now)
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now / 1_000)),
    "webhook-signature": secrets.map((secret) => new Webhook(Redacted.value(secret)).sign(id, at, body)).join(" ")
  }
}
