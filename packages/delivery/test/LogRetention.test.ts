import { assert, describe, it } from "@effect/vitest"
import { layerLogRetention, logRetentionDays, logRetentionVariables } from "@rollcall/delivery/LogRetention"
import { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import { type Organization, OrganizationId } from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Clock, ConfigProvider, Effect, Fiber, Layer } from "effect"
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

/** Organisations by name, with the times of their entries, and what happens when they are asked for or removed. */
interface House {
  readonly entries: Map<string, Array<number>>
  removal: (organization: OrganizationId) => Effect.Effect<void, StoreUnavailable>
  list: Effect.Effect<void, StoreUnavailable>
  readonly limits: Array<number>
}

const houseOf = (entries: Readonly<Record<string, ReadonlyArray<number>>>): House => ({
  entries: new Map(Object.entries(entries).map(([name, at]) => [name, [...at]])),
  removal: () => Effect.void,
  list: Effect.void,
  limits: []
})

const layerOf = (house: House) =>
  Layer.mergeAll(
    Layer.mock(Organizations, {
      list: Effect.andThen(
        Effect.suspend(() => house.list),
        Effect.sync(() => [...house.entries.keys()].map(organization))
      )
    }),
    Layer.mock(ProvisioningLog, {
      remove: (id, before, limit) =>
        Effect.andThen(
          Effect.suspend(() => house.removal(id)),
          Effect.sync(() => {
            house.limits.push(limit)
            const held = house.entries.get(id.slice(3)) ?? []
            const old = held.filter((at) => at < before).slice(0, limit)
            house.entries.set(
              id.slice(3),
              held.filter((at) => !old.includes(at))
            )
            return old.length
          })
        )
    })
  )

const days = (...numbers: ReadonlyArray<number>) => numbers.map((number) => number * day)

/** Runs the job from that day on for some days, an hour at a time. */
const letPass = (house: House, retention: number, hours: number) =>
  Effect.gen(function* () {
    yield* TestClock.adjust(500 * day)
    const job = yield* Effect.forkChild(Layer.launch(Layer.provide(layerLogRetention(retention), layerOf(house))))
    for (let i = 0; i < hours; i++) yield* TestClock.adjust("1 hour")
    yield* Fiber.interrupt(job)
  })

describe("R-LOG-2: the log is kept for a configured time", () => {
  it.effect("at the start what is too old goes, of every organisation, and what is not stays", () =>
    Effect.gen(function* () {
      const house = houseOf({ acme: days(1, 99, 100, 101, 450), bolt: days(99), calm: days(400) })
      yield* letPass(house, 400, 1)
      assert.deepStrictEqual(
        [...house.entries],
        [
          ["acme", days(100, 101, 450)],
          ["bolt", []],
          ["calm", days(400)]
        ]
      )
    })
  )

  it.effect("it goes on by the hour, as entries grow old", () =>
    Effect.gen(function* () {
      const house = houseOf({ acme: [100.5 * day, 101.5 * day] })
      yield* letPass(house, 400, 11)
      assert.strictEqual(house.entries.get("acme")?.length, 2)
      yield* TestClock.setTime(0)
      yield* letPass(house, 400, 14)
      assert.deepStrictEqual(house.entries.get("acme"), [101.5 * day])
    })
  )

  it.effect("0 keeps everything for ever and asks nobody", () =>
    Effect.gen(function* () {
      const house = houseOf({ acme: days(1, 2) })
      yield* letPass(house, 0, 30)
      assert.deepStrictEqual(house.entries.get("acme"), days(1, 2))
      assert.deepStrictEqual(house.limits, [])
    })
  )

  it.effect("much is removed in chunks, with a pause between them for others", () =>
    Effect.gen(function* () {
      const house = houseOf({ acme: Array.from({ length: 4_500 }, (_, i) => i) })
      const times: Array<number> = []
      house.removal = () => Effect.map(Clock.currentTimeMillis, (now) => void times.push(now))
      yield* letPass(house, 400, 1)
      assert.deepStrictEqual(house.entries.get("acme"), [])
      assert.isAtLeast(house.limits.length, 6)
      assert.isTrue(house.limits.every((limit) => limit <= 1_000))
      assert.isTrue(times.slice(1, 5).every((at, i) => at > (times[i] ?? at)))
    })
  )

  it.effect("where storage is away, for one or for all, it is done the next time, and a defect stops nobody else", () =>
    Effect.gen(function* () {
      const house = houseOf({ acme: days(1), bolt: days(1), calm: days(1) })
      let failing = true
      house.removal = (id) =>
        !failing || id === "id-bolt"
          ? Effect.void
          : id === "id-acme"
            ? Effect.die(new Error("broken"))
            : Effect.fail(new StoreUnavailable({ operation: "test" }))
      yield* letPass(house, 400, 1)
      assert.deepStrictEqual(
        [...house.entries.values()].map((held) => held.length),
        [1, 0, 1]
      )
      failing = false
      let away = true
      house.list = Effect.suspend(() => (away ? Effect.fail(new StoreUnavailable({ operation: "test" })) : Effect.void))
      yield* TestClock.adjust(500 * day)
      const job = yield* Effect.forkChild(Layer.launch(Layer.provide(layerLogRetention(400), layerOf(house))))
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(house.entries.get("acme")?.length, 1)
      away = false
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(
        [...house.entries.values()].map((held) => held.length),
        [0, 0, 0]
      )
      yield* Fiber.interrupt(job)
    })
  )
})

describe("LOG_RETENTION_DAYS", () => {
  const read = (variables: Record<string, string>) =>
    Effect.provide(logRetentionDays, ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables)))

  it.effect("is 400 where nothing is set, as `rollcall config` says, and may be 0", () =>
    Effect.gen(function* () {
      assert.strictEqual(String(yield* read({})), logRetentionVariables[0].default)
      assert.strictEqual(yield* read({ LOG_RETENTION_DAYS: "0" }), 0)
      assert.strictEqual(yield* read({ LOG_RETENTION_DAYS: "30" }), 30)
    })
  )

  for (const value of ["-1", "1.5", "soon", "100000"]) {
    it.effect(`is refused by name where it is ${value}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(read({ LOG_RETENTION_DAYS: value }))
        assert.include(error.message, "LOG_RETENTION_DAYS")
      })
    )
  }
})
