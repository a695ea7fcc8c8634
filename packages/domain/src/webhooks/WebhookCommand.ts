import type { Redacted } from "effect"
import type { EndpointChange, EndpointSettings, WebhookEndpointId } from "./WebhookEndpoint.ts"

/**
 * What admins do with webhook endpoints (R-API-3). A text that can be no id is none, and refused like one that there is not.
 * Requests are signed with the secret itself, so a command carries it, redacted. `allowHttp`: the installation may send
 * without TLS.
 */
export type WebhookCommand =
  | {
      readonly _tag: "AddWebhook"
      readonly newId: WebhookEndpointId
      readonly settings: EndpointSettings
      readonly secret: Redacted.Redacted<string>
      readonly allowHttp: boolean
    }
  | {
      readonly _tag: "ChangeWebhook"
      readonly id: WebhookEndpointId | undefined
      readonly change: EndpointChange
      readonly allowHttp: boolean
    }
  | {
      readonly _tag: "RotateWebhookSecret"
      readonly id: WebhookEndpointId | undefined
      readonly secret: Redacted.Redacted<string>
      readonly atOnce: boolean
    }
  | { readonly _tag: "RemoveWebhook"; readonly id: WebhookEndpointId | undefined }
