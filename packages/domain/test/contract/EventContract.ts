import { assert, type Vitest } from "@effect/vitest"
import { Directory } from "@rollcall/domain/directory/Directory"
import { DirectorySnapshot, type SnapshotPage } from "@rollcall/domain/events/DirectorySnapshot"
import { CursorExpired, CursorUnknown, eventCursor } from "@rollcall/domain/events/EventCursor"
import { EventFeed } from "@rollcall/domain/events/EventFeed"
import type { PublishedEvent } from "@rollcall/domain/events/EventPayload"
import { mailConsumer } from "@rollcall/domain/mail/Outbox"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Context, Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { pick } from "../scim/Vocabulary.ts"
import { requestsOf, stood, story, timeOf } from "./CommandSequence.ts"
import { begin, copyOf, emptyCopy, follow, plainCopy } from "./DirectoryCopy.ts"
import { newTenant, person, type Services, type Tenant } from "./Tenant.ts"

/** Says how far consumers of events have read. */
export class ConsumerProbe extends Context.Service<
  ConsumerProbe,
  { set(organization: OrganizationId, consumer: string, position: number): Effect.Effect<void> }
>()("@rollcall/domain/test/ConsumerProbe") {}

type EventServices = Services | EventFeed | DirectorySnapshot | ConsumerProbe

/** All events behind a cursor, page by page. */
export const readAll = Effect.fnUntraced(function* (tenant: Tenant, after: string | undefined, limit: number) {
  const feed = yield* EventFeed
  const all: Array<PublishedEvent> = []
  let cursor = after
  for (;;) {
    const page = yield* feed.read(tenant.organization, cursor, limit)
    all.push(...page.events)
    cursor = page.next
    if (!page.hasMore) return { events: all, next: page.next }
    assert.isAbove(page.events.length, 0, "a page that says there is more has something")
  }
})

const sequences = (events: ReadonlyArray<PublishedEvent>) => events.map(({ sequence }) => sequence)
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const isExpired = Schema.is(CursorExpired)
const isUnknown = Schema.is(CursorUnknown)

const reasonOf = (error: unknown): string => (isUnknown(error) ? error.reason : isExpired(error) ? "expired" : "other")

const pageSizes = pick([
  { snapshot: 1, events: 1 },
  { snapshot: 2, events: 3 },
  { snapshot: 1_000, events: 2 }
])

/** What the adapters of {@link EventFeed} and {@link DirectorySnapshot} keep (R-API-3). */
export const eventContract = (it: Vitest.MethodsNonLive<EventServices>): void => {
  it.effect("R-API-3: pages of any size give every event once and in order, and the same when read again", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const feed = yield* EventFeed
      assert.deepStrictEqual(yield* feed.read(tenant.organization, undefined, 10), {
        events: [],
        next: eventCursor(tenant.organization.id, 0),
        hasMore: false
      })
      for (const name of ["ada", "bo", "cy"]) yield* tenant.createUser(person(name))
      yield* tenant.createGroup({ displayName: "Robotics" })
      const { events, next } = yield* readAll(tenant, undefined, 1_000)
      assert.deepStrictEqual(sequences(events), numbers(1, 7))
      assert.strictEqual(next, eventCursor(tenant.organization.id, 7))
      for (const limit of [1, 2, 3, 7]) {
        assert.deepStrictEqual(yield* readAll(tenant, undefined, limit), { events, next })
      }
      for (const { id, sequence } of events) {
        const rest = events.slice(sequence)
        assert.deepStrictEqual((yield* readAll(tenant, id, 2)).events, rest, "the id of an event is a cursor")
        const cursor = eventCursor(tenant.organization.id, sequence)
        assert.deepStrictEqual((yield* readAll(tenant, cursor, 2)).events, rest)
      }
      assert.deepStrictEqual(yield* feed.reach(tenant.organization.id), { floor: 0, head: 7 })
      const other = yield* newTenant()
      yield* other.createUser(person("ada"))
      const heads = yield* feed.heads([tenant.organization.id, other.organization.id])
      assert.deepStrictEqual([...heads.values()].toSorted(), [2, 7])
      assert.deepStrictEqual(sequences((yield* readAll(other, undefined, 5)).events), [1, 2])
    })
  )

  it.effect("a cursor that is none, of another organisation, or beyond the last event is refused and says why", () =>
    Effect.gen(function* () {
      const [tenant, other] = [yield* newTenant(), yield* newTenant()]
      yield* tenant.createUser(person("ada"))
      yield* other.createUser(person("ada"))
      const feed = yield* EventFeed
      const snapshot = yield* DirectorySnapshot
      const foreign = (yield* feed.read(other.organization, undefined, 1)).next
      const refusal = (cursor: string) => Effect.map(Effect.flip(feed.read(tenant.organization, cursor, 10)), reasonOf)
      for (const text of ["", "0", "cur_", "'; --", "\0", foreign.slice(0, -1), `${foreign}x`, "x".repeat(100_000)]) {
        assert.strictEqual(yield* refusal(text), "malformed", text.slice(0, 80))
      }
      assert.strictEqual(yield* refusal(foreign), "foreign")
      assert.strictEqual(yield* refusal(eventCursor(tenant.organization.id, 3)), "beyond")
      const place = (yield* snapshot.page(other.organization.id, undefined, 1)).next ?? ""
      const ofSnapshot = (after: string) =>
        Effect.map(Effect.flip(snapshot.page(tenant.organization.id, after, 10)), reasonOf)
      assert.strictEqual(yield* ofSnapshot(place), "foreign")
      for (const text of ["", "x", "\0", foreign, `${place}AAAA`, "A".repeat(100_000)]) {
        assert.strictEqual(yield* ofSnapshot(text), "malformed", text.slice(0, 80))
      }
    })
  )

  it.effect("events go from the oldest on, and none that the e-mails or another consumer have not read", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const { id } = tenant.organization
      const feed = yield* EventFeed
      const consumers = yield* ConsumerProbe
      for (const [i, name] of ["ada", "bo", "cy", "dee"].entries()) {
        yield* TestClock.setTime(1_000 * (i + 1))
        yield* tenant.createUser(person(name))
      }
      const first = (yield* feed.read(tenant.organization, undefined, 1)).next
      const before = yield* readAll(tenant, undefined, 100)
      assert.strictEqual(yield* feed.remove(id, 10_000, 100), 0, "the e-mails have not read any")
      yield* consumers.set(id, mailConsumer, 8)
      yield* consumers.set(id, "webhook", 3)
      assert.strictEqual(yield* feed.remove(id, 2_000, 1), 1)
      assert.strictEqual(yield* feed.remove(id, 2_000, 100), 1, "two are older")
      assert.strictEqual(yield* feed.remove(id, 2_000, 100), 0)
      assert.strictEqual(yield* feed.remove(id, 10_000, 100), 1, "the consumer has read the third")
      assert.strictEqual(yield* feed.remove(id, 10_000, 100), 0)
      assert.deepStrictEqual(yield* feed.reach(id), { floor: 3, head: 8 })
      assert.deepStrictEqual((yield* readAll(tenant, undefined, 2)).events, before.events.slice(3))
      assert.deepStrictEqual((yield* readAll(tenant, eventCursor(id, 3), 2)).events, before.events.slice(3))
      const error = yield* Effect.flip(feed.read(tenant.organization, first, 10))
      assert.deepStrictEqual(isExpired(error) ? error.missed : error, 2)
      yield* consumers.set(id, "webhook", 8)
      const removed = yield* Effect.all(
        Array.from({ length: 8 }, () => feed.remove(id, 10_000, 2)),
        { concurrency: "unbounded" }
      )
      const left = (yield* feed.reach(id)).floor
      assert.strictEqual(
        removed.reduce((sum, count) => sum + count, 3),
        left,
        "several at once remove each event once"
      )
      while ((yield* feed.remove(id, 10_000, 2)) > 0);
      assert.deepStrictEqual(yield* feed.read(tenant.organization, undefined, 5), {
        events: [],
        next: eventCursor(id, 8),
        hasMore: false
      })
      assert.strictEqual(
        (yield* Effect.flip(feed.read(tenant.organization, eventCursor(id, 7), 5)))._tag,
        "CursorExpired"
      )
      yield* tenant.createUser(person("eve"))
      assert.deepStrictEqual(sequences((yield* readAll(tenant, eventCursor(id, 8), 5)).events), [9, 10])
    })
  )

  it.effect("a page ends where it has become large, and the next goes on there", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const title = "x".repeat(60_000)
      yield* Effect.forEach(numbers(1, 90), (i) => tenant.createUser({ ...person(`p${i}`), title }), {
        concurrency: 20
      })
      const page = yield* (yield* EventFeed).read(tenant.organization, undefined, 1_000)
      assert.isTrue(page.hasMore)
      assert.isAbove(page.events.length, 60)
      assert.isBelow(page.events.length, 80)
      assert.deepStrictEqual(sequences((yield* readAll(tenant, undefined, 1_000)).events), numbers(1, 180))
    })
  )

  it.effect("a snapshot whose cursor has expired says so on its next page", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const snapshot = yield* DirectorySnapshot
      yield* tenant.createUser(person("ada"))
      const { cursor, next } = yield* snapshot.page(tenant.organization.id, undefined, 1)
      assert.strictEqual(cursor, eventCursor(tenant.organization.id, 2))
      yield* tenant.createUser(person("bo"))
      yield* (yield* ConsumerProbe).set(tenant.organization.id, mailConsumer, 4)
      yield* TestClock.adjust("1 hour")
      yield* (yield* EventFeed).remove(tenant.organization.id, 3_600_000, 100)
      assert.strictEqual((yield* Effect.flip(snapshot.page(tenant.organization.id, next, 1)))._tag, "CursorExpired")
    })
  )

  it.effect.prop(
    "ABUSE-39: whoever begins with a snapshot while others write, and then follows the feed, has the directory",
    [story, pageSizes],
    ([told, { events: eventLimit, snapshot: snapshotLimit }]) =>
      Effect.gen(function* () {
        const directory = yield* Directory
        const feed = yield* EventFeed
        const snapshots = yield* DirectorySnapshot
        const tenant = yield* Effect.flatMap(newTenant(), (made) => made.settle(told.settings))
        const { organization } = tenant
        yield* tenant.seed(stood)
        const requests = requestsOf(told).flatMap((chunk, i) => chunk.map((request) => ({ at: timeOf(i), request })))
        const write = Effect.gen(function* () {
          const next = requests.shift()
          if (next === undefined) return
          yield* TestClock.setTime(next.at)
          yield* directory.submit(organization.id, next.request)
        })
        // A write before each page, and one while it is read.
        const copy = emptyCopy()
        let place: string | undefined
        let cursor: string
        do {
          yield* write
          const [page]: readonly [SnapshotPage, unknown] = yield* Effect.all(
            [snapshots.page(organization.id, place, snapshotLimit), write],
            { concurrency: "unbounded" }
          )
          for (const item of page.items) begin(copy, item)
          cursor = page.cursor
          place = page.next
        } while (place !== undefined)
        while (requests.length > 0) {
          const [page] = yield* Effect.all([feed.read(organization, cursor, eventLimit), write], {
            concurrency: "unbounded"
          })
          for (const event of page.events) follow(copy, event)
          cursor = page.next
        }
        const rest = yield* readAll(tenant, cursor, eventLimit)
        for (const event of rest.events) follow(copy, event)
        assert.deepStrictEqual(plainCopy(copy), plainCopy(copyOf(yield* tenant.read)))
      }),
    { timeout: 120_000, arbitrary: { runs: 20 } }
  )
}
