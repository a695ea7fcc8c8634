import { assert, describe, it } from "@effect/vitest"
import { eventRetentionDays, eventRetentionVariables, layerEventRetention } from "@rollcall/delivery/EventRetention"
import { EventFeed } from "@rollcall/domain/events/EventFeed"
import { type Organization, OrganizationId } from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { ConfigProvider, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"

const day = 24 * 60 * 60 * 1000

const organization = (name: string): Organization => ({
  id: OrganizationId.make(`id-${name}`),
  subdomain: Subdomain.make(name),
  name,
  timeZone: "UTC",
  singleSignOn: { enabled: false, signInUrl: null },
  scimEnabled: true,
  csvAllowed: false,
  settings: presets.product,
  customAttributes: [],
  reviewWindows: []
})

/** Runs the job on day 200 for some hours, on organisations with the times of their events. */
const letPass = (
  events: Map<string, Array<number>>,
  days: number,
  hours: number,
  away: ReadonlySet<string> = new Set()
) => {
  const house = Layer.mergeAll(
    Layer.mock(Organizations, { list: Effect.sync(() => [...events.keys()].map(organization)) }),
    Layer.mock(EventFeed, {
      remove: (id, before, limit) =>
        Effect.suspend(() => {
          const name = id.slice(3)
          if (away.has(name)) return Effect.fail(new StoreUnavailable({ operation: "test" }))
          const held = events.get(name) ?? []
          const old = held.filter((at) => at < before).slice(0, limit)
          events.set(name, held.slice(old.length))
          return Effect.succeed(old.length)
        })
    })
  )
  return Effect.gen(function* () {
    yield* TestClock.setTime(200 * day)
    const job = yield* Effect.forkChild(Layer.launch(Layer.provide(layerEventRetention(days), house)))
    for (let i = 0; i < hours; i++) yield* TestClock.adjust("1 hour")
    yield* Fiber.interrupt(job)
  })
}

const at = (...days: ReadonlyArray<number>) => days.map((number) => number * day)

describe("R-API-3: events are kept for a configured time", () => {
  it.effect("what is older goes, of every organisation, at the start and then every hour", () =>
    Effect.gen(function* () {
      const events = new Map([
        ["acme", at(1, 50, 109, 110.5, 111)],
        ["bolt", at(...Array.from({ length: 2_500 }, () => 3), 150)]
      ])
      yield* letPass(events, 90, 14)
      assert.deepStrictEqual(Object.fromEntries(events), { acme: at(111), bolt: at(150) })
    })
  )

  it.effect("an organisation that cannot be reached does not hold up the others; 0 keeps everything", () =>
    Effect.gen(function* () {
      const events = new Map([
        ["acme", at(1)],
        ["bolt", at(2)]
      ])
      yield* letPass(events, 0, 2)
      assert.deepStrictEqual(Object.fromEntries(events), { acme: at(1), bolt: at(2) })
      yield* letPass(events, 90, 1, new Set(["acme"]))
      assert.deepStrictEqual(Object.fromEntries(events), { acme: at(1), bolt: [] })
    })
  )
})

describe("EVENT_RETENTION_DAYS", () => {
  const read = (env: Readonly<Record<string, string>>) =>
    eventRetentionDays.pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(env))))

  it.effect("is what the list of variables says where it is not set, and refuses what is no number of days", () =>
    Effect.gen(function* () {
      assert.strictEqual(String(yield* read({})), eventRetentionVariables[0].default)
      assert.strictEqual(yield* read({ EVENT_RETENTION_DAYS: "30" }), 30)
      for (const value of ["-1", "1.5", "ninety", "36501"]) {
        const error = yield* Effect.flip(read({ EVENT_RETENTION_DAYS: value }))
        assert.include(error.message, "EVENT_RETENTION_DAYS")
      }
    })
  )
})
