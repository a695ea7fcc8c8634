import { webhookContract } from "../contract/WebhookContract.ts"
import { layerMemoryWebhookProbe } from "../contract/WebhookProbe.ts"

webhookContract("memory", layerMemoryWebhookProbe)
