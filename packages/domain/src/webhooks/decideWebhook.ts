import { Result } from "effect"
import type { DecideContext } from "../directory/DecideContext.ts"
import { type Decision, refused, unloaded } from "../directory/Decision.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import { attributeChanges } from "../log/AttributeChanges.ts"
import type { Subject } from "../log/LogEntry.ts"
import { organizationSubject } from "../organization/decideOrganization.ts"
import type { JsonObject } from "../scim/Json.ts"
import type { ScimError } from "../scim/ScimError.ts"
import { newHealth } from "./EndpointHealth.ts"
import { endpointFacts } from "./endpointFacts.ts"
import type { EndpointStep, HeldEndpoint } from "./HeldEndpoint.ts"
import type { WebhookCommand } from "./WebhookCommand.ts"
import {
  changedEndpoint,
  checkSettings,
  enabled,
  mostEndpoints,
  noSuchEndpoint,
  rotated,
  tooManyEndpoints,
  type WebhookEndpointId
} from "./WebhookEndpoint.ts"

/** What a command comes to, and the sentence in the log. */
interface Decided {
  readonly step: EndpointStep
  readonly text: string
}

/** Changes the webhook endpoints of an organisation (R-API-3). The log tells of addresses without what may be a secret in them. */
export const decideWebhook = (command: WebhookCommand, view: WorkingSet, context: DecideContext): Decision => {
  const unknown = view.unknown({ webhooks: true })
  if (unknown !== undefined) return unloaded(unknown)
  const subject: Subject = { type: "Organization", id: organizationSubject, name: context.configuration.name }
  const result = decided(command, view.administration.webhooks, context)
  if (Result.isFailure(result)) return refused(result.failure, subject)
  const { step, text } = result.success
  const { after, before } = step
  return {
    _tag: "Accepted",
    outcome: "updated",
    subject,
    change: { webhook: step },
    events: [],
    changes: attributeChanges(factsOf(before), factsOf(after)),
    notes: [{ kind: "told", habit: "rule", attribute: "", text }],
    reply: after === undefined ? { _tag: "Gone" } : { _tag: "Webhook", held: after, created: before === undefined }
  }
}

const factsOf = (held: HeldEndpoint | undefined): JsonObject => (held === undefined ? {} : endpointFacts(held.endpoint))

type Endpoints = ReadonlyMap<WebhookEndpointId, HeldEndpoint>

const decided = (
  command: WebhookCommand,
  endpoints: Endpoints,
  { eventSequence, now }: DecideContext
): Result.Result<Decided, ScimError> => {
  if (command._tag === "AddWebhook") return added(command, endpoints, eventSequence, now)
  const { id } = command
  const held = id === undefined ? undefined : endpoints.get(id)
  if (id === undefined || held === undefined) return Result.fail(noSuchEndpoint)
  switch (command._tag) {
    case "ChangeWebhook": {
      const endpoint = changedEndpoint(held.endpoint, command.change, now)
      const isRenewed = held.endpoint.state._tag === "Disabled" && endpoint.state._tag === "Enabled"
      const after = { ...held, endpoint, ...(isRenewed ? { health: newHealth } : {}) }
      return Result.map(checkSettings(endpoint, command.allowHttp), () => ({
        step: { id, at: now, before: held, after },
        text: "A webhook endpoint was changed."
      }))
    }
    case "RotateWebhookSecret":
      return Result.map(rotated(held.secrets, command.secret, now, command.atOnce), (secrets) => ({
        step: { id, at: now, before: held, after: { ...held, secrets } },
        text: "A webhook endpoint got a new secret."
      }))
    case "RemoveWebhook":
      return Result.succeed({
        step: { id, at: now, before: held, after: undefined },
        text: "A webhook endpoint was deleted."
      })
  }
}

/** It is sent what happens from now on. */
const added = (
  { allowHttp, newId: id, secret, settings }: Extract<WebhookCommand, { readonly _tag: "AddWebhook" }>,
  endpoints: Endpoints,
  position: number,
  now: number
): Result.Result<Decided, ScimError> =>
  Result.flatMap(checkSettings(settings, allowHttp), () => {
    if (endpoints.size >= mostEndpoints) return Result.fail(tooManyEndpoints)
    const { description, types, url } = settings
    const after: HeldEndpoint = {
      endpoint: { id, url, description, types, state: enabled, createdAt: now },
      secrets: { current: secret, previous: undefined },
      health: newHealth,
      position
    }
    return Result.succeed({ step: { id, at: now, before: undefined, after }, text: "A webhook endpoint was made." })
  })
