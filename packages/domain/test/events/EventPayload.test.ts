import { assert, describe, it } from "@effect/vitest"
import { decideInMemory, writeToMemory } from "@rollcall/domain/directory/MemoryStore"
import { eventId } from "@rollcall/domain/events/EventId"
import {
  eventPayloads,
  eventTypes,
  type KeptEvent,
  PublishedEvent,
  publishEvent
} from "@rollcall/domain/events/EventPayload"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Effect, Schema } from "effect"
import { requestsOf, type Story, stoodOrganization, story, timeOf } from "../contract/CommandSequence.ts"
import { copyOf, follow, plainCopy } from "../contract/DirectoryCopy.ts"
import { memorySnapshot, plain } from "../contract/DirectoryProbe.ts"
import { resourceTypes } from "../contract/Tenant.ts"

const organization = {
  id: OrganizationId.make("3f6a8c1e-7d20-4e5b-b9a4-0c1d2e3f4a10"),
  subdomain: Subdomain.make("halden")
}

/** Tells a story in memory: all that stood and stands, what happened, and what the log says of it. */
const tell = (told: Story) => {
  const held = stoodOrganization(told)
  const before = memorySnapshot(held)
  requestsOf(told).forEach((requests, chunk) => {
    writeToMemory(held, decideInMemory(held, requests, resourceTypes, timeOf(chunk)).writes)
  })
  return { before, after: memorySnapshot(held), events: held.events, log: held.log }
}

const publish = (event: KeptEvent) => publishEvent(organization, event)
const decode = Schema.decodeUnknownSync(PublishedEvent)
const encode = Schema.encodeSync(PublishedEvent)

describe("the published events (R-API-3)", () => {
  it.effect.prop("keep to their published schemas, and come back from JSON as they were", [story], ([told]) =>
    Effect.sync(() => {
      for (const event of tell(told).events.map(publish)) {
        const text = JSON.stringify(encode(event))
        assert.deepStrictEqual(plain(decode(JSON.parse(text), { onExcessProperty: "error" })), plain(event))
        assert.strictEqual(event.id, eventId(organization.id, event.sequence))
        assert.notInclude(text, '"mail":')
      }
    })
  )

  it.effect.prop(
    "tell everything that a copy of the directory needs, read once or any part of it twice",
    [story],
    ([told]) =>
      Effect.sync(() => {
        const { after, before, events } = tell(told)
        const copy = copyOf(before)
        const half = Math.floor(events.length / 2)
        for (const event of [...events.slice(0, half), ...events]) follow(copy, publish(event))
        assert.deepStrictEqual(plainCopy(copy), plainCopy(copyOf(after)))
      })
  )

  it.effect.prop(
    "are each named by the one log entry that brought them about, by number (R-LOG-1)",
    [story],
    ([told]) =>
      Effect.sync(() => {
        const { events, log } = tell(told)
        const named = log.flatMap(({ entry }) => {
          if (entry.events === undefined) return []
          const { first, last } = entry.events
          return Array.from({ length: last - first + 1 }, (_, i) => first + i)
        })
        assert.deepStrictEqual(
          named,
          events.map(({ sequence }) => sequence)
        )
      })
  )

  it("have a JSON Schema each, which says what the event means", () => {
    for (const type of eventTypes) {
      const { schema } = Schema.toJsonSchemaDocument(eventPayloads[type])
      assert.isAbove(JSON.stringify(schema).length, 20, type)
    }
    assert.deepStrictEqual(eventTypes.length, 16)
  })
})
