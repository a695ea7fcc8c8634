import type { MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import type { Outbox } from "@rollcall/domain/mail/Outbox"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { layerMemoryWebhooks } from "@rollcall/domain/webhooks/MemoryWebhooks"
import type { WebhookEndpoints } from "@rollcall/domain/webhooks/WebhookEndpoints"
import type { WebhookQueue } from "@rollcall/domain/webhooks/WebhookQueue"
import { Layer } from "effect"
import { layerMemoryProbe, type OutboxProbe } from "./OutboxProbe.ts"

/** Webhooks in memory, with the probe that lets things happen; organisations are called as `newOrganization` does. */
export const layerMemoryWebhookProbe: Layer.Layer<
  WebhookEndpoints | WebhookQueue | OutboxProbe | MemoryStore | Outbox
> = Layer.provideMerge(
  layerMemoryWebhooks((id) => Subdomain.make(`t${id.slice(0, 8)}`)),
  layerMemoryProbe
)
