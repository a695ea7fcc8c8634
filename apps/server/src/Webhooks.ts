import { webhookConfig } from "@rollcall/delivery/WebhookConfig"
import { layerWebhookJob } from "@rollcall/delivery/WebhookJob"
import { layerHttpSender } from "@rollcall/delivery/webhooks/HttpWebhookSender"
import { Webhooks } from "@rollcall/domain/webhooks/Webhooks"
import { Effect, Layer } from "effect"

/** The job that sends webhooks, and what admins do with endpoints, as the environment says. */
export const layerWebhooks = Layer.unwrap(
  Effect.map(webhookConfig, ({ allowPrivate, concurrency, timeout }) =>
    Layer.merge(layerWebhookJob({ concurrency, timeout }), Webhooks.layer({ allowHttp: allowPrivate })).pipe(
      Layer.provide(layerHttpSender({ allowPrivate, timeout }))
    )
  )
)
