import { Directory } from "@rollcall/domain/directory/Directory"
import { layerMemoryDirectory, type MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import type { Actor } from "@rollcall/domain/log/LogEntry"
import { layerMemoryProvisioningLog } from "@rollcall/domain/log/MemoryProvisioningLog"
import type { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import type { Outbox } from "@rollcall/domain/mail/Outbox"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { layerMemoryWebhooks } from "@rollcall/domain/webhooks/MemoryWebhooks"
import type { WebhookCommand } from "@rollcall/domain/webhooks/WebhookCommand"
import type { WebhookEndpoints } from "@rollcall/domain/webhooks/WebhookEndpoints"
import type { WebhookQueue } from "@rollcall/domain/webhooks/WebhookQueue"
import { Effect, Layer } from "effect"
import { layerMemoryProbe, type OutboxProbe } from "./OutboxProbe.ts"
import { resourceTypes } from "./Tenant.ts"

/** Webhooks in memory, with the probe that lets things happen; organisations are called as `newOrganization` does. */
export const layerMemoryWebhookProbe: Layer.Layer<
  WebhookEndpoints | WebhookQueue | Directory | ProvisioningLog | OutboxProbe | MemoryStore | Outbox
> = Layer.provideMerge(
  Layer.mergeAll(
    layerMemoryWebhooks((id) => Subdomain.make(`t${id.slice(0, 8)}`)),
    layerMemoryDirectory(resourceTypes),
    layerMemoryProvisioningLog
  ),
  layerMemoryProbe
)

export const webhookAdmin: Actor = { keyId: "k1", keyLabel: "console", client: "test", via: "hand" }

/** Has an admin change webhook endpoints, one command after the other in one batch; tells what each was answered. */
export const administerWebhooks = Effect.fnUntraced(function* (
  organization: OrganizationId,
  ...commands: ReadonlyArray<WebhookCommand>
) {
  const request = { requestId: "r1", actor: webhookAdmin, line: "test", size: 0, receivedAt: 0 }
  return yield* (yield* Directory).submitTogether(
    organization,
    commands.map((command) => ({ ...request, command }))
  )
})

/** Has an admin change one; fails where that is refused. */
export const administerWebhook = Effect.fnUntraced(function* (organization: OrganizationId, command: WebhookCommand) {
  const [answer] = yield* administerWebhooks(organization, command)
  if (answer?._tag !== "Done") throw new Error(`${command._tag} was answered ${JSON.stringify(answer)}`)
  return answer.reply._tag === "Webhook" ? answer.reply.held : undefined
})
