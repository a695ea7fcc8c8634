import { layerHttpSender } from "@rollcall/delivery/webhooks/HttpWebhookSender"
import { MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import type { DomainEvent } from "@rollcall/domain/events/DomainEvent"
import { EventFeed } from "@rollcall/domain/events/EventFeed"
import type { EventSubject } from "@rollcall/domain/events/EventPayload"
import { layerMemoryEventFeed } from "@rollcall/domain/events/MemoryEventFeed"
import { GroupId } from "@rollcall/domain/group/Group"
import { defaultGroupType } from "@rollcall/domain/group/GroupType"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { UserId } from "@rollcall/domain/user/UserId"
import { type EndpointSettings, WebhookEndpointId } from "@rollcall/domain/webhooks/WebhookEndpoint"
import { WebhookEndpoints } from "@rollcall/domain/webhooks/WebhookEndpoints"
import { Clock, Effect, Layer, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import { startReceiver } from "../../../../test/support/LoopbackReceiver.ts"
import { newOrganization } from "../../../domain/test/contract/OutboxProbe.ts"
import { administerWebhook, layerMemoryWebhookProbe } from "../../../domain/test/contract/WebhookProbe.ts"

/** Webhooks and the feed in memory, sent by HTTP to this machine. */
export const scene = Layer.merge(layerMemoryEventFeed(), layerHttpSender({ allowPrivate: true })).pipe(
  Layer.provideMerge(layerMemoryWebhookProbe)
)

export const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

export const receiver = Effect.acquireRelease(Effect.promise(startReceiver), (made) => Effect.promise(made.close))

/** An organisation with an endpoint at that address; the clock is set to the present, as verifiers look at theirs. */
export const newEndpoint = Effect.fnUntraced(function* (url: string, more: Partial<EndpointSettings> = {}) {
  if ((yield* Clock.currentTimeMillis) === 0) yield* TestClock.setTime(Date.now())
  const { id: organization } = yield* newOrganization()
  return { organization, id: yield* addEndpoint(organization, url, more) }
})

export const addEndpoint = Effect.fnUntraced(function* (
  organization: OrganizationId,
  url: string,
  more: Partial<EndpointSettings> = {}
) {
  const id = WebhookEndpointId.make(SecureRandom.uuidV4Unsafe())
  const settings = { url, description: "", types: null, ...more }
  yield* administerWebhook(organization, {
    _tag: "AddWebhook",
    newId: id,
    settings,
    secret: Redacted.make(secret),
    allowHttp: true
  })
  return id
})

export const newUser = () => UserId.make(SecureRandom.uuidV4Unsafe())
export const newGroup = () => GroupId.make(SecureRandom.uuidV4Unsafe())

/** Lets events happen, as a batch of the directory writes them. */
export const happen = Effect.fnUntraced(function* (organization: OrganizationId, events: ReadonlyArray<DomainEvent>) {
  const at = yield* Clock.currentTimeMillis
  const held = (yield* MemoryStore).get(organization)
  if (held === undefined) throw new Error(`no organisation ${organization}`)
  for (const event of events) {
    const sequence = held.state.counters.eventSequence + 1
    held.state = { ...held.state, counters: { ...held.state.counters, eventSequence: sequence } }
    held.events.push({ sequence, at, event, subject: subjectOf(event) })
  }
})

const subjectOf = (event: DomainEvent): EventSubject => {
  if ("user" in event) {
    return {
      user: {
        id: event.user,
        userId: 1,
        version: event.version,
        externalId: null,
        userName: `${event.user}@halden.example`,
        email: null,
        displayName: null,
        firstName: null,
        lastName: null,
        title: null,
        employeeNumber: null,
        location: null,
        manager: null,
        startDate: null,
        hireDate: null,
        terminationDate: null,
        custom: {},
        active: true,
        state: "started"
      }
    }
  }
  if ("group" in event) {
    const { group: id, version } = event
    return { group: { id, version, externalId: null, displayName: "Crew", groupType: defaultGroupType.id } }
  }
  return {}
}

export const updated = (user: UserId, version = 1): DomainEvent => ({
  type: "user.updated",
  user,
  version,
  attributes: ["title"]
})

/** The state of each delivery by the event's number. */
export const statesOf = Effect.fnUntraced(function* (organization: OrganizationId, id: WebhookEndpointId) {
  const { deliveries } = yield* (yield* WebhookEndpoints).deliveries(organization, id, { count: 1_000 })
  return Object.fromEntries(deliveries.map(({ sequence, state }) => [sequence, state]))
})

/** The bodies of the organisation's events as the feed has them. */
export const feedOf = Effect.fnUntraced(function* (organization: OrganizationId) {
  const { events } = yield* (yield* EventFeed).read(
    { id: organization, subdomain: Subdomain.make(`t${organization.slice(0, 8)}`) },
    undefined,
    1_000
  )
  return events
})
