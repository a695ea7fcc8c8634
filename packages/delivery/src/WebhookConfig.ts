import { Config, Schema } from "effect"
import { attemptTime } from "./webhooks/HttpWebhookSender.ts"

/** The variables that webhooks read, for `rollcall config`. */
export const webhookVariables = [
  {
    name: "WEBHOOK_ALLOW_PRIVATE",
    default: "false",
    description: "Whether webhooks may go to addresses of the inner network, and by http: true or false",
    secret: false
  },
  {
    name: "WEBHOOK_CONCURRENCY",
    default: "4",
    description: "How many requests one webhook endpoint gets at once at most, 1 to 32",
    secret: false
  },
  {
    name: "WEBHOOK_TIMEOUT_SECONDS",
    default: "15",
    description: "How long a receiver of webhooks may take to answer, 1 to 30",
    secret: false
  }
] as const

const Concurrency = Schema.Int.check(
  Schema.isBetween({ minimum: 1, maximum: 32 }, { message: "must be a number of requests from 1 to 32" })
)

/** With the longest a round still ends before its claim. */
const TimeoutSeconds = Schema.Int.check(
  Schema.isBetween({ minimum: 1, maximum: 30 }, { message: "must be a number of seconds from 1 to 30" })
)

/** What the environment says of webhooks. */
export const webhookConfig = Config.all({
  allowPrivate: Config.withDefault(Config.Boolean("WEBHOOK_ALLOW_PRIVATE"), false),
  concurrency: Config.withDefault(Config.schema(Concurrency, "WEBHOOK_CONCURRENCY"), 4),
  timeout: Config.map(
    Config.withDefault(Config.schema(TimeoutSeconds, "WEBHOOK_TIMEOUT_SECONDS"), attemptTime / 1_000),
    (seconds) => seconds * 1_000
  )
})

export interface WebhookConfig {
  readonly allowPrivate: boolean
  /** For one endpoint. */
  readonly concurrency: number
  /** For one attempt, in milliseconds. */
  readonly timeout: number
}
