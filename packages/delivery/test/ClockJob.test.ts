import { assert, layer } from "@effect/vitest"
import { layerClockJob, makeTickAll } from "@rollcall/delivery/ClockJob"
import { Directory, DirectoryBusy } from "@rollcall/domain/directory/Directory"
import { type DueSearch, DueUsers } from "@rollcall/domain/directory/DueUsers"
import { layerMemoryDueUsers } from "@rollcall/domain/directory/MemoryDueUsers"
import { emptyOrganization, layerMemoryDirectory, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { clockActor } from "@rollcall/domain/log/LogEntry"
import { type Organization, OrganizationId } from "@rollcall/domain/organization/Organization"
import { presets } from "@rollcall/domain/organization/Settings"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { noManager } from "@rollcall/domain/user/ManagerLink"
import type { User } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"
import { freshStanding } from "@rollcall/domain/user/UserLifecycle"
import { Clock, Effect, Layer, Queue } from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"

const acme = OrganizationId.make("acme")
const birch = OrganizationId.make("birch")
const idOf = (number: number) => UserId.make(`00000000-0000-4000-8000-${String(number).padStart(12, "0")}`)

const scheduled = (number: number, startDate: string, terminationDate?: string): User => ({
  id: idOf(number),
  number,
  attributes: {
    userName: `p${number}`,
    active: true,
    [defaultExtensionUserUrn]: { startDate, ...(terminationDate === undefined ? {} : { terminationDate }) }
  },
  sources: {},
  standing: { ...freshStanding, startsOn: startDate, endsOn: terminationDate },
  manager: noManager,
  origin: "scim",
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0,
  deletedAt: undefined
})

/** Makes an organisation in memory with these people. */
const put = Effect.fnUntraced(function* (
  id: OrganizationId,
  users: ReadonlyArray<User>,
  more: Partial<Pick<Organization, "timeZone" | "settings" | "reviewWindows">> = {}
) {
  const held = emptyOrganization(more.settings ?? presets.product, more)
  for (const user of users) held.users.set(user.id, user)
  const store = yield* MemoryStore
  store.set(id, held)
})

/** What happened to whom, in order: `user.started 1 startDay`. */
const happened = (id: OrganizationId) =>
  Effect.map(MemoryStore, (store) =>
    (store.get(id)?.events ?? []).map(({ event }) =>
      "user" in event ? `${event.type} ${Number(event.user.slice(-12))} ${event.mail ?? ""}`.trim() : event.type
    )
  )

const at = (time: string) => TestClock.setTime(Date.parse(time))

/** Looks once, with something in front of the ports where it is given. */
const tick = Effect.fnUntraced(function* (
  inFront: { readonly directory?: Submit; readonly due?: Partial<DueUsers["Service"]> } = {}
) {
  const directory = yield* Directory
  const due = yield* DueUsers
  const submit = inFront.directory
  const tickAll = yield* makeTickAll.pipe(
    Effect.provideService(DueUsers, { ...due, ...inFront.due }),
    Effect.provideService(Directory, submit === undefined ? directory : { ...directory, submit: submit(directory) })
  )
  yield* tickAll
})

type Submit = (directory: Directory["Service"]) => Directory["Service"]["submit"]

layer(
  Layer.mergeAll(
    layerMemoryDirectory(makeResourceTypes(defaultExtensionUserUrn)),
    layerMemoryDueUsers,
    SecureRandom.layerWebCrypto
  ).pipe(Layer.provideMerge(MemoryStore.layer))
)("the job of the clock", (it) => {
  /** Every test has the organisations to itself. */
  const alone = Effect.flatMap(MemoryStore, (store) => Effect.sync(() => store.clear()))

  it.effect("R-START-3: starts people on their day in the time zone of their organisation, and mails them once", () =>
    Effect.gen(function* () {
      yield* alone
      yield* put(acme, [scheduled(1, "2027-03-10"), scheduled(2, "2027-03-11")], { timeZone: "Pacific/Kiritimati" })
      yield* put(birch, [scheduled(1, "2027-03-10")], { timeZone: "Pacific/Pago_Pago" })
      yield* at("2027-03-09T09:59:59Z")
      yield* tick()
      assert.deepStrictEqual(yield* happened(acme), [])
      yield* at("2027-03-09T10:00:00Z")
      yield* tick()
      yield* tick()
      assert.deepStrictEqual(yield* happened(acme), ["user.started 1 startDay"])
      yield* at("2027-03-10T10:59:59Z")
      yield* tick()
      assert.deepStrictEqual(yield* happened(birch), [])
      yield* at("2027-03-10T11:00:00Z")
      yield* tick()
      assert.deepStrictEqual(yield* happened(birch), ["user.started 1 startDay"])
      assert.deepStrictEqual(yield* happened(acme), ["user.started 1 startDay", "user.started 2 startDay"])
    })
  )

  it.effect("R-START-3: after days without a server whoever is overdue is started, once", () =>
    Effect.gen(function* () {
      yield* alone
      yield* put(acme, [scheduled(1, "2027-03-02"), scheduled(2, "2027-03-10"), scheduled(3, "2027-04-01")])
      yield* at("2027-03-15T07:30:00Z")
      yield* Effect.all([tick(), tick(), tick()], { concurrency: "unbounded" })
      yield* tick()
      assert.sameMembers(yield* happened(acme), ["user.started 1 startDay", "user.started 2 startDay"])
    })
  )

  it.effect("R-START-2, R-START-9: settings say what is due", () =>
    Effect.gen(function* () {
      yield* alone
      yield* put(acme, [scheduled(1, "2027-12-31"), scheduled(2, "2027-12-31", "2027-03-09")], {
        settings: { ...presets.product, startDates: false, deactivateOnTerminationDate: true }
      })
      yield* put(birch, [scheduled(1, "2027-12-31", "2027-03-09")])
      yield* at("2027-03-10T00:00:00Z")
      yield* tick()
      assert.sameMembers(yield* happened(acme), ["user.started 1 startDay", "user.deactivated 2"])
      assert.deepStrictEqual(yield* happened(birch), [])
    })
  )

  it.effect("R-MGR-4: asks for held managers only while no review window is open", () =>
    Effect.gen(function* () {
      yield* alone
      const window = { id: "w", name: "Spring", opensAt: Date.parse("2027-03-01T00:00:00Z") }
      yield* put(
        acme,
        [
          {
            ...scheduled(1, "2027-12-31"),
            manager: { ...noManager, pending: { reason: "reviewWindow", reference: "x" } }
          }
        ],
        { reviewWindows: [{ ...window, closesAt: Date.parse("2027-03-10T12:00:00Z") }] }
      )
      const asked: Array<boolean> = []
      const due = yield* DueUsers
      const spied = {
        due: {
          users: (id: OrganizationId, search: DueSearch) => {
            asked.push(search.heldManagers)
            return due.users(id, search)
          }
        }
      }
      yield* at("2027-03-10T11:59:59Z")
      yield* tick(spied)
      yield* at("2027-03-10T12:00:00Z")
      yield* tick(spied)
      assert.deepStrictEqual(asked, [false, true])
      const held = (yield* MemoryStore).get(acme)?.users.get(idOf(1))
      assert.strictEqual(held?.manager.pending?.reason, "unmatched")
    })
  )

  it.effect("the log tells what the clock did, in its name, and nothing where it did nothing", () =>
    Effect.gen(function* () {
      yield* alone
      yield* put(acme, [scheduled(1, "2027-03-10")])
      yield* at("2027-03-10T00:00:30Z")
      yield* tick()
      yield* tick()
      const log = (yield* MemoryStore).get(acme)?.log ?? []
      assert.lengthOf(log, 1)
      const entry = log[0]?.entry
      assert.deepStrictEqual(entry?.actor, clockActor)
      assert.strictEqual(entry?.request, "clock")
      assert.strictEqual(entry?.at, Date.parse("2027-03-10T00:00:30Z"))
      assert.deepStrictEqual(entry?.mails, ["startDay"])
      assert.match(entry?.requestId ?? "", /^[0-9a-f-]{36}$/)
    })
  )

  it.effect("due people are looked for once and submitted in parts that make one batch each", () =>
    Effect.gen(function* () {
      yield* alone
      const people = Array.from({ length: 600 }, (_, i) => scheduled(i + 1, "2027-03-10"))
      yield* put(acme, people)
      yield* at("2027-03-10T00:00:00Z")
      let waiting = 0
      let looks = 0
      const most: Array<number> = []
      const due = yield* DueUsers
      yield* tick({
        due: {
          users: (id, search) => {
            looks++
            return due.users(id, search)
          }
        },
        directory: (directory) => (id, request) =>
          Effect.suspend(() => {
            waiting++
            most.push(waiting)
            return Effect.ensuring(
              directory.submit(id, request),
              Effect.sync(() => waiting--)
            )
          })
      })
      assert.strictEqual(Math.max(...most), 256)
      assert.strictEqual(looks, 1)
      assert.sameMembers(
        yield* happened(acme),
        people.map(({ number }) => `user.started ${number} startDay`)
      )
    })
  )

  it.effect("whoever stays due whatever is done is asked for once, and keeps nobody behind them waiting", () =>
    Effect.gen(function* () {
      yield* alone
      yield* put(
        acme,
        Array.from({ length: 5_000 }, (_, i) => scheduled(i + 1, "2027-03-10"))
      )
      yield* at("2027-03-10T00:00:00Z")
      const asked: Array<string> = []
      yield* tick({
        directory: () => (_, request) => {
          if (request.command._tag === "TickUser") asked.push(request.command.id)
          return Effect.succeed({ _tag: "Idle" })
        }
      })
      assert.lengthOf(asked, 5_000)
      assert.lengthOf(new Set(asked), 5_000)
    })
  )

  const failures = {
    "storage that cannot be reached": Effect.fail(new StoreUnavailable({ operation: "write" })),
    "a full queue": Effect.fail(new DirectoryBusy({ retryAfter: 2 })),
    "a defect": Effect.die(new Error("no rule for that"))
  }
  for (const [what, failure] of Object.entries(failures)) {
    it.effect(`${what} in one organisation holds up no other, and is tried again the next time`, () =>
      Effect.gen(function* () {
        yield* alone
        yield* put(acme, [scheduled(1, "2027-03-10")])
        yield* put(birch, [scheduled(1, "2027-03-10")])
        yield* at("2027-03-10T00:00:00Z")
        const directory: Submit = (behind) => (id, request) => (id === acme ? failure : behind.submit(id, request))
        yield* tick({ directory })
        assert.deepStrictEqual(yield* happened(acme), [])
        assert.deepStrictEqual(yield* happened(birch), ["user.started 1 startDay"])
        yield* tick()
        assert.deepStrictEqual(yield* happened(acme), ["user.started 1 startDay"])
      })
    )
  }

  it.effect("a person whom a rule fails for holds up none of their colleagues", () =>
    Effect.gen(function* () {
      yield* alone
      yield* put(
        acme,
        Array.from({ length: 300 }, (_, i) => scheduled(i + 1, "2027-03-10"))
      )
      yield* at("2027-03-10T00:00:00Z")
      yield* tick({
        directory: (behind) => (id, request) =>
          request.command._tag === "TickUser" && request.command.id === idOf(1)
            ? Effect.die(new Error("no rule for that"))
            : behind.submit(id, request)
      })
      assert.lengthOf(yield* happened(acme), 299)
    })
  )

  it.effect("it looks at once, and then again every minute, also after storage could not be reached", () =>
    Effect.gen(function* () {
      yield* alone
      const looks = yield* Queue.unbounded<number>()
      const away = Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Effect.andThen(Queue.offer(looks, now), Effect.fail(new StoreUnavailable({ operation: "find" })))
      )
      const due = yield* DueUsers
      yield* at("2027-03-10T00:00:00Z")
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Layer.build(
            layerClockJob().pipe(Layer.provide(Layer.succeed(DueUsers, { ...due, organizations: () => away })))
          )
          const first = yield* Queue.take(looks)
          for (const minutes of [1, 2, 3]) {
            yield* TestClock.adjust("59 seconds")
            assert.strictEqual(yield* Queue.size(looks), 0)
            yield* TestClock.adjust("1 second")
            assert.strictEqual((yield* Queue.take(looks)) - first, minutes * 60_000)
          }
        })
      )
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* Queue.size(looks), 0)
    })
  )
})
