import { assert, describe, it } from "@effect/vitest"
import { eventCursor } from "@rollcall/domain/events/EventCursor"
import { EventFeed } from "@rollcall/domain/events/EventFeed"
import { publishEvent } from "@rollcall/domain/events/EventPayload"
import { EventReader, type WaitingOptions } from "@rollcall/domain/events/EventReader"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Deferred, Duration, Effect, Fiber, Layer, Option, Scheduler } from "effect"
import { TestClock } from "effect/testing"

const organizationAt = (digit: number) => ({
  id: OrganizationId.make(`00000000-0000-4000-8000-00000000000${digit}`),
  subdomain: Subdomain.make(`t${digit}`)
})

const typesChanged = { type: "groupTypes.changed", types: [] } as const

/** A feed without events of its own: it says where it ends, and counts what it is asked. */
const makeHouse = () => {
  const house = {
    heads: new Map([1, 2].map((digit) => [organizationAt(digit).id, 0])),
    looks: 0,
    asked: [] as ReadonlyArray<string>,
    reads: 0,
    isAway: false
  }
  const away = new StoreUnavailable({ operation: "test" })
  const feed = Layer.mock(EventFeed, {
    read: (organization, after) =>
      Effect.suspend(() => {
        house.reads++
        const head = house.heads.get(organization.id) ?? 0
        const isBehind = after !== eventCursor(organization.id, head)
        return Effect.succeed({
          events: isBehind
            ? [publishEvent(organization, { sequence: head, at: 0, event: typesChanged, subject: {} })]
            : [],
          next: eventCursor(organization.id, head),
          hasMore: false
        })
      }),
    heads: (organizations) =>
      Effect.suspend(() => {
        house.looks++
        house.asked = organizations
        return house.isAway ? Effect.fail(away) : Effect.succeed(house.heads)
      })
  })
  return { house, layer: (options: WaitingOptions = {}) => Layer.provide(EventReader.layer(options), feed) }
}

const waitAt = (digit: number, sequence: number, wait: Duration.Input) =>
  Effect.flatMap(EventReader, (reader) => {
    const organization = organizationAt(digit)
    return reader.read(organization, eventCursor(organization.id, sequence), 10, Duration.fromInputUnsafe(wait))
  })

describe("waiting for events (R-API-3)", () => {
  it.effect("answers at once where there are events, or where nobody wants to wait", () => {
    const { house, layer } = makeHouse()
    return Effect.gen(function* () {
      house.heads.set(organizationAt(1).id, 3)
      assert.strictEqual((yield* waitAt(1, 2, "30 seconds")).events.length, 1)
      assert.strictEqual((yield* waitAt(1, 3, 0)).events.length, 0)
      assert.strictEqual(house.looks, 0)
    }).pipe(Effect.provide(layer()))
  })

  it.effect("answers as soon as an event is there, and everybody by one look, however many wait", () => {
    const { house, layer } = makeHouse()
    return Effect.gen(function* () {
      const waiting = yield* Effect.forEach(Array.from({ length: 500 }), (_, i) =>
        Effect.forkChild(waitAt(1 + (i % 2), 0, "30 seconds"))
      )
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(house.reads, 500)
      assert.isAtMost(house.looks, 11, "five a second and no more")
      assert.deepStrictEqual([...house.asked].toSorted(), [...house.heads.keys()].toSorted())
      house.heads.set(organizationAt(1).id, 1)
      yield* TestClock.adjust("200 millis")
      const done = waiting.filter((fiber) => fiber.pollUnsafe() !== undefined)
      assert.strictEqual(done.length, 250, "those of the organisation in which something happened")
      for (const fiber of done) assert.strictEqual((yield* Fiber.join(fiber)).events.length, 1)
      yield* TestClock.adjust("30 seconds")
      for (const fiber of waiting) yield* Fiber.join(fiber)
      const { looks } = house
      yield* TestClock.adjust("1 hour")
      assert.isAtMost(house.looks, looks + 1, "nobody waits, nobody looks")
    }).pipe(Effect.provide(layer()))
  })

  it.effect("answers with an empty page when the time is over, half a minute at most", () => {
    const { layer } = makeHouse()
    return Effect.gen(function* () {
      const short = yield* Effect.forkChild(waitAt(1, 0, "3 seconds"))
      const long = yield* Effect.forkChild(waitAt(1, 0, "1 hour"))
      yield* TestClock.adjust("2999 millis")
      assert.isUndefined(short.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual((yield* Fiber.join(short)).events, [])
      yield* TestClock.adjust("26999 millis")
      assert.isUndefined(long.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual((yield* Fiber.join(long)).events, [])
    }).pipe(Effect.provide(layer()))
  })

  it.effect("goes on while the database is away, and finds what came meanwhile", () => {
    const { house, layer } = makeHouse()
    return Effect.gen(function* () {
      const waiting = yield* Effect.forkChild(waitAt(1, 0, "30 seconds"))
      yield* TestClock.adjust("1 second")
      house.isAway = true
      house.heads.set(organizationAt(1).id, 1)
      yield* TestClock.adjust("5 seconds")
      assert.isUndefined(waiting.pollUnsafe())
      house.isAway = false
      yield* TestClock.adjust("200 millis")
      assert.strictEqual((yield* Fiber.join(waiting)).events.length, 1)
    }).pipe(Effect.provide(layer()))
  })

  it.effect("ABUSE-40: whoever waits is answered when the server is told to stop, and nobody waits after that", () => {
    const { layer } = makeHouse()
    return Effect.gen(function* () {
      const told = yield* Deferred.make<void>()
      yield* Effect.gen(function* () {
        const waiting = yield* Effect.forkChild(waitAt(1, 0, "30 seconds"))
        yield* TestClock.adjust("1 second")
        assert.isUndefined(waiting.pollUnsafe())
        yield* Deferred.succeed(told, undefined)
        assert.deepStrictEqual((yield* Fiber.join(waiting)).events, [])
        assert.deepStrictEqual((yield* waitAt(1, 0, "30 seconds")).events, [])
      }).pipe(Effect.provide(layer({ stopping: Deferred.await(told) })))
    })
  })

  it.effect("whoever goes away while waiting leaves nothing behind that is looked for", () => {
    const { house, layer } = makeHouse()
    return Effect.gen(function* () {
      const gone = yield* Effect.timeoutOption(waitAt(1, 0, "30 seconds"), 0).pipe(Effect.forkChild)
      yield* TestClock.adjust(0)
      assert.isTrue(Option.isNone(yield* Fiber.join(gone)))
      yield* TestClock.adjust("1 second")
      assert.isAtMost(house.looks, 1)
    }).pipe(Effect.provide(layer()))
  })

  it.effect(
    "does nothing at all where nobody waits: neither looks nor turns in place, before and after somebody did",
    () => {
      const { house, layer } = makeHouse()
      const { scheduler, tasks } = countingScheduler()
      return Effect.gen(function* () {
        /** What runs in an hour of the clock and some turns of the process, this program's own steps included. */
        const idleTasks = Effect.gen(function* () {
          const before = tasks()
          yield* TestClock.adjust("1 hour")
          for (let i = 0; i < 20; i++) yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve)))
          return tasks() - before
        })
        const untouched = yield* idleTasks
        assert.strictEqual(house.looks, 0)
        const waiting = yield* Effect.forkChild(waitAt(1, 0, "1 second"))
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(waiting)
        // The round in which it finds that nobody waits any more.
        yield* TestClock.adjust("1 second")
        const { looks } = house
        assert.isAbove(looks, 3)
        assert.strictEqual(yield* idleTasks, untouched)
        assert.strictEqual(house.looks, looks)
      }).pipe(Effect.provide(layer()), Effect.provideService(Scheduler.Scheduler, scheduler))
    }
  )
})

/** A scheduler that counts the steps it is given: whoever turns in place shows there. */
const countingScheduler = () => {
  let count = 0
  const inner = new Scheduler.MixedScheduler()
  const scheduler: Scheduler.Scheduler = {
    executionMode: inner.executionMode,
    shouldYield: (fiber) => inner.shouldYield(fiber),
    makeDispatcher: () => {
      const dispatcher = inner.makeDispatcher()
      return {
        scheduleTask: (task, priority) => {
          count++
          dispatcher.scheduleTask(task, priority)
        },
        flush: () => dispatcher.flush()
      }
    }
  }
  return { scheduler, tasks: () => count }
}
