import { EventId } from "@rollcall/domain/events/EventId"
import { eventTypes } from "@rollcall/domain/events/EventPayload"
import { DeliveryState } from "@rollcall/domain/webhooks/WebhookDelivery"
import { DisabledReason } from "@rollcall/domain/webhooks/WebhookEndpoint"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AnswersSecret, OpenTo, RecordedAs } from "./ApiAccess.ts"
import { Moment, pageOf, pageQuery } from "./ApiTypes.ts"
import { problems } from "./Problem.ts"

const Time = Schema.NullOr(Moment)
const EventTypes = Schema.NullOr(Schema.Array(Schema.Literals(eventTypes))).annotate({
  description: "The types of events that are sent; null for all, also those of later releases"
})
const Url = Schema.String.annotate({
  format: "uri",
  description: "Where events are POSTed to, an https address that the public can reach"
})

/** A webhook endpoint as it is shown; never with its secret. */
export const WebhookView = Schema.Struct({
  id: Schema.String,
  url: Url,
  description: Schema.String,
  types: EventTypes,
  enabled: Schema.Boolean,
  disabledReason: Schema.NullOr(DisabledReason).annotate({
    description: "admin: switched off; gone: the receiver answered 410; failing: nothing got through for five days"
  }),
  disabledAt: Time,
  createdAt: Moment,
  previousSecretUntil: Time.annotate({ description: "Until when the secret before the present one signs, too" }),
  failingSince: Time.annotate({ description: "Since when every attempt has failed; null where the last did not" }),
  lastDeliveredAt: Time
}).annotate({ identifier: "Webhook" })

/** An endpoint with its secret: shown this once. */
export const RevealedWebhook = Schema.Struct({
  webhook: WebhookView,
  secret: Schema.String.annotate({ description: "whsec_…: shown this once; what receivers verify with" })
}).annotate({ identifier: "RevealedWebhook" })

export const NewWebhook = Schema.Struct({
  url: Url,
  description: Schema.optionalKey(Schema.String),
  types: Schema.optionalKey(EventTypes)
}).annotate({ identifier: "NewWebhook" })

export const WebhookChange = Schema.Struct({
  url: Schema.optionalKey(Url),
  description: Schema.optionalKey(Schema.String),
  types: Schema.optionalKey(EventTypes),
  enabled: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: "WebhookChange" })

/** What became of an event on its way to an endpoint. */
export const WebhookDeliveryView = Schema.Struct({
  event: EventId,
  type: Schema.Literals(eventTypes),
  state: DeliveryState,
  happenedAt: Moment,
  attempts: Schema.Int,
  lastAttemptAt: Time,
  nextAttemptAt: Time,
  endedAt: Time,
  status: Schema.NullOr(Schema.Int).annotate({ description: "The HTTP status of the last answer" }),
  error: Schema.NullOr(Schema.String)
}).annotate({ identifier: "WebhookDelivery" })

/** Which events are sent again: the dead letters, or all behind a cursor of the feed or the id of an event. */
export const WebhookReplay = Schema.Union([
  Schema.Struct({ what: Schema.Literal("dead") }),
  Schema.Struct({ what: Schema.Literal("after"), after: Schema.String.check(Schema.isMaxLength(512)) })
]).annotate({ identifier: "WebhookReplay" })

export const WebhookPing = Schema.Struct({
  id: Schema.String.annotate({ description: "The webhook-id that was sent" }),
  ok: Schema.Boolean,
  status: Schema.NullOr(Schema.Int),
  error: Schema.NullOr(Schema.String),
  milliseconds: Schema.Finite
}).annotate({ identifier: "WebhookPing" })

const Counted = Schema.Struct({ count: Schema.Int })
const params = { id: Schema.String }

/** Where events are sent to (R-API-3; docs/webhooks.md). */
export class WebhooksApi extends HttpApiGroup.make("webhooks")
  .add(
    HttpApiEndpoint.get("list", "/", { success: pageOf(WebhookView), error: problems })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "List the webhook endpoints"),
    HttpApiEndpoint.post("create", "/", {
      payload: NewWebhook,
      success: RevealedWebhook.pipe(HttpApiSchema.status(201)),
      error: problems
    })
      .annotate(OpenTo, ["integrations"])
      .annotate(AnswersSecret, true)
      .annotate(OpenApi.Summary, "Add an endpoint, which is sent what happens from now on; shows its secret once"),
    HttpApiEndpoint.get("show", "/:id", { params, success: WebhookView, error: problems })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "Show an endpoint"),
    HttpApiEndpoint.patch("update", "/:id", { params, payload: WebhookChange, success: WebhookView, error: problems })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "Change an endpoint; switched on again it goes on where it stopped"),
    HttpApiEndpoint.delete("remove", "/:id", { params, success: HttpApiSchema.NoContent, error: problems })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "Delete an endpoint and the record of its deliveries"),
    HttpApiEndpoint.post("rotateSecret", "/:id/secret", {
      params,
      payload: Schema.Struct({ atOnce: Schema.optionalKey(Schema.Boolean) }),
      success: RevealedWebhook,
      error: problems
    })
      .annotate(OpenTo, ["integrations"])
      .annotate(AnswersSecret, true)
      .annotate(
        OpenApi.Summary,
        "Make a new secret; the former one signs for another 24 hours, unless the change is `atOnce`"
      ),
    HttpApiEndpoint.post("ping", "/:id/ping", { params, success: WebhookPing, error: problems })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "Send a test, and tell how the receiver answered"),
    HttpApiEndpoint.get("deliveries", "/:id/deliveries", {
      params,
      query: { ...pageQuery, state: Schema.optionalKey(DeliveryState) },
      success: pageOf(WebhookDeliveryView),
      error: problems
    })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "List deliveries, those of the latest events first"),
    HttpApiEndpoint.post("resend", "/:id/deliveries/:event/resend", {
      params: { ...params, event: Schema.String },
      success: WebhookDeliveryView,
      error: problems
    })
      .annotate(OpenTo, ["integrations"])
      .annotate(RecordedAs, "An event is to be sent to a webhook endpoint again.")
      .annotate(OpenApi.Summary, "Send one event again"),
    HttpApiEndpoint.post("previewReplay", "/:id/replay/preview", {
      params,
      payload: WebhookReplay,
      success: Counted,
      error: problems
    })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "Tell how many events a replay would send, and send none"),
    HttpApiEndpoint.post("replay", "/:id/replay", {
      params,
      payload: WebhookReplay,
      success: Counted,
      error: problems
    })
      .annotate(OpenTo, ["integrations"])
      .annotate(RecordedAs, "Events are to be sent to a webhook endpoint again.")
      .annotate(OpenApi.Summary, "Send events again: the dead letters, or everything behind a cursor, in order")
  )
  .prefix("/webhooks")
  .annotate(OpenApi.Description, "Endpoints that are sent every event, signed the Standard Webhooks way.") {}
