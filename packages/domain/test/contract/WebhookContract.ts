import { layer as suite } from "@effect/vitest"
import type { Layer } from "effect"
import { webhookAdministrationContract } from "./WebhookAdministrationContract.ts"
import { webhookDeliveryContract } from "./WebhookDeliveryContract.ts"
import type { WebhookServices } from "./WebhookScene.ts"
import { webhookWorkContract } from "./WebhookWorkContract.ts"

/** What every adapter of `WebhookEndpoints` and `WebhookQueue` keeps. */
export const webhookContract = (name: string, layer: Layer.Layer<WebhookServices>): void =>
  suite(layer, { timeout: "60 seconds" })(`webhooks (${name})`, (it) => {
    webhookWorkContract(it)
    webhookDeliveryContract(it)
    webhookAdministrationContract(it)
  })
