import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import type { Answer } from "@rollcall/domain/directory/Answer"
import type { Request } from "@rollcall/domain/directory/Command"
import { DirectoryBusy } from "@rollcall/domain/directory/Directory"
import { defaultHandLimits, type HandLimits, makeHand } from "@rollcall/domain/directory/Hand"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { badRequest } from "@rollcall/domain/scim/ScimError"
import { Cause, Deferred, Effect, Exit, Fiber, Latch, Scope } from "effect"
import { TestClock } from "effect/testing"

const acme = OrganizationId.make("acme")
const other = OrganizationId.make("other")

/** A request known by its name. */
const request = (name: string, size = 1): Request => ({
  command: { _tag: "Refuse", error: badRequest("invalidValue", name) },
  requestId: name,
  actor: { keyId: "k", keyLabel: "k", client: "c" },
  line: "POST /Users",
  size,
  receivedAt: 0
})

const answerTo = ({ requestId }: Request): Answer => ({ _tag: "Refused", error: badRequest("invalidValue", requestId) })
const nameOf = (answer: Answer): string => (answer._tag === "Refused" ? answer.error.detail : "done")

/**
 * A hand that is busy with the request `first`, whose batch waits at a gate, so that what is submitted next waits
 * together. It tells what it ran: each batch as the names of its requests, those of another organisation with its name.
 */
const watched = Effect.fnUntraced(function* (
  limits: Partial<HandLimits> = {},
  run: (requests: ReadonlyArray<Request>, meanwhile: () => void) => Effect.Effect<void, StoreUnavailable> = () =>
    Effect.void
) {
  const gate = yield* Latch.make(false)
  const begun = yield* Latch.make(false)
  const batches: Array<string> = []
  const hand = yield* makeHand(
    (organization, requests, meanwhile) =>
      Effect.gen(function* () {
        const names = requests.map(({ requestId }) => requestId).join(" ")
        batches.push(organization === acme ? names : `${organization}: ${names}`)
        yield* begun.open
        yield* gate.await
        yield* run(requests, meanwhile)
        return requests.map(answerTo)
      }),
    { ...defaultHandLimits, ...limits }
  )
  /** Submits at once, in order. */
  const submit = (...requests: ReadonlyArray<Request>) =>
    Effect.forEach(requests, (one) => Effect.forkDetach(hand.submit(acme, one), { startImmediately: true }))
  const [first] = yield* submit(request("first"))
  if (first === undefined) throw new Error("one was submitted")
  yield* begun.await
  return { gate, batches, hand, submit, first }
})

const exits = <A, E>(fibers: ReadonlyArray<Fiber.Fiber<A, E>>) => Effect.forEach(fibers, (fiber) => Fiber.await(fiber))
const names = (found: ReadonlyArray<Exit.Exit<Answer, unknown>>): ReadonlyArray<string> =>
  found.map((exit) => (Exit.isSuccess(exit) ? nameOf(exit.value) : "failed"))

describe("the hand of an organisation", () => {
  it.effect("takes what waits as one batch, in the order in which it came, and answers each its own", () =>
    Effect.gen(function* () {
      const { batches, gate, submit } = yield* watched()
      const fibers = yield* submit(request("a"), request("b"), request("c"))
      yield* gate.open
      assert.deepStrictEqual(names(yield* exits(fibers)), ["a", "b", "c"])
      assert.deepStrictEqual(batches, ["first", "a b c"])
    })
  )

  it.effect("carries out one batch of an organisation at a time, and those of others meanwhile", () =>
    Effect.gen(function* () {
      const { batches, gate, hand, submit } = yield* watched()
      const fibers = yield* submit(request("a"))
      const apart = yield* Effect.forkChild(hand.submit(other, request("x")), { startImmediately: true })
      while (batches.length < 2) yield* Effect.yieldNow
      assert.deepStrictEqual(batches, ["first", "other: x"])
      yield* gate.open
      yield* exits([...fibers, apart])
      assert.deepStrictEqual(batches, ["first", "other: x", "a"])
    })
  )

  it.effect("bounds a batch in requests and in size; a request that is larger than a batch goes alone", () =>
    Effect.gen(function* () {
      const { batches, gate, submit } = yield* watched({ batchRequests: 3, batchSize: 10 })
      const sizes = { a: 1, b: 4, c: 6, d: 1, e: 99, f: 1, g: 1, h: 1, i: 1 }
      const fibers = yield* submit(...Object.entries(sizes).map(([name, size]) => request(name, size)))
      yield* gate.open
      yield* exits(fibers)
      assert.deepStrictEqual(batches, ["first", "a b", "c d", "e", "f g h", "i"])
    })
  )

  it.effect("refuses what its queue cannot hold, at once, and takes more when it has room (ABUSE checklist)", () =>
    Effect.gen(function* () {
      const { batches, gate, hand, submit } = yield* watched({ queueRequests: 2 })
      const fibers = yield* submit(request("a"), request("b"))
      const refused = yield* Effect.flip(hand.submit(acme, request("c")))
      assert.instanceOf(refused, DirectoryBusy)
      assert.isAbove(refused._tag === "DirectoryBusy" ? refused.retryAfter : 0, 0)
      // Another organisation's queue has room.
      const apart = yield* Effect.forkChild(hand.submit(other, request("x")), { startImmediately: true })
      yield* gate.open
      yield* exits([...fibers, apart])
      assert.strictEqual(nameOf(yield* hand.submit(acme, request("d"))), "d")
      assert.deepStrictEqual(batches.toSorted(), ["a b", "d", "first", "other: x"])
    })
  )

  it.effect("bounds its queue in size as well, but takes any one request where nothing waits", () =>
    Effect.gen(function* () {
      const { gate, hand, submit } = yield* watched({ queueSize: 10 })
      const fibers = yield* submit(request("a", 99))
      assert.instanceOf(yield* Effect.flip(hand.submit(acme, request("c", 1))), DirectoryBusy)
      yield* gate.open
      assert.deepStrictEqual(names(yield* exits(fibers)), ["a"])
    })
  )

  it.effect("has the room of what it has taken for others while it is at work", () =>
    Effect.gen(function* () {
      const late = yield* Deferred.make<ReadonlyArray<Fiber.Fiber<Answer, unknown>>>()
      let meanwhile: Effect.Effect<unknown> = Effect.void
      const watch = yield* watched({ queueSize: 10 }, (requests) =>
        requests.some(({ requestId }) => requestId === "a")
          ? Effect.asVoid(Effect.suspend(() => meanwhile))
          : Effect.void
      )
      meanwhile = Effect.flatMap(watch.submit(request("b", 1), request("c", 9)), (fibers) =>
        Deferred.succeed(late, fibers)
      )
      yield* watch.submit(request("a", 9))
      yield* watch.gate.open
      assert.deepStrictEqual(names(yield* exits(yield* Deferred.await(late))), ["b", "c"])
    })
  )

  it.effect("R-SCIM-6: a burst of 1,000 waits rather than be refused", () =>
    Effect.gen(function* () {
      const { gate, submit } = yield* watched()
      const fibers = yield* submit(...Array.from({ length: 1_000 }, (_, i) => request(String(i))))
      yield* gate.open
      assert.isTrue((yield* exits(fibers)).every(Exit.isSuccess))
    })
  )

  it.effect("runs a batch that died again one by one: only the request that did it fails", () =>
    Effect.gen(function* () {
      const { batches, gate, submit } = yield* watched({}, (requests) =>
        requests.some(({ requestId }) => requestId === "bad") ? Effect.die(new Error("bad")) : Effect.void
      )
      const fibers = yield* submit(request("a"), request("b"), request("bad"), request("c"))
      yield* gate.open
      const found = yield* exits(fibers)
      assert.deepStrictEqual(names(found), ["a", "b", "failed", "c"])
      assert.isTrue(found[2] !== undefined && Exit.isFailure(found[2]) && Cause.hasDies(found[2].cause))
      assert.deepStrictEqual(batches, ["first", "a b bad c", "a", "b", "bad", "c"])
    })
  )

  it.effect("carries out together what belongs together, in a batch of its own that others do not wait in", () =>
    Effect.gen(function* () {
      const { batches, gate, hand, submit } = yield* watched({ batchRequests: 2 })
      const [a] = yield* submit(request("a"))
      const rows = [request("r1"), request("r2"), request("r3")]
      const together = yield* Effect.forkDetach(hand.submitTogether(acme, rows), { startImmediately: true })
      const rest = yield* submit(request("b"), request("c"))
      yield* gate.open
      const answers = yield* Fiber.join(together)
      assert.deepStrictEqual(answers.map(nameOf), ["r1", "r2", "r3"])
      assert.deepStrictEqual(names(yield* exits(a === undefined ? rest : [a, ...rest])), ["a", "b", "c"])
      assert.deepStrictEqual(batches, ["first", "a", "r1 r2 r3", "b c"])
      assert.deepStrictEqual(yield* hand.submitTogether(acme, []), [])
    })
  )

  it.effect("does not part what belongs together where it dies: nothing of it is done again one by one", () =>
    Effect.gen(function* () {
      const { batches, gate, hand } = yield* watched({}, (requests) =>
        requests.some(({ requestId }) => requestId === "bad") ? Effect.die(new Error("bad")) : Effect.void
      )
      const rows = [request("good"), request("bad")]
      const together = yield* Effect.forkDetach(hand.submitTogether(acme, rows), { startImmediately: true })
      yield* gate.open
      const exit = yield* Fiber.await(together)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      assert.deepStrictEqual(batches, ["first", "good bad"])
    })
  )

  it.effect("lets a batch fail as a whole where storage is away, and goes on with the next", () =>
    Effect.gen(function* () {
      let isAway = true
      const { batches, gate, hand, submit } = yield* watched({}, () =>
        isAway ? Effect.fail(new StoreUnavailable({ operation: "write" })) : Effect.void
      )
      const fibers = yield* submit(request("a"), request("b"), request("c"))
      yield* gate.open
      const found = yield* exits(fibers)
      assert.deepStrictEqual(
        found.map((exit) => (Exit.isFailure(exit) ? Cause.findErrorOption(exit.cause).toString() : "done")),
        Array.from({ length: 3 }, () =>
          Cause.findErrorOption(Cause.fail(new StoreUnavailable({ operation: "write" }))).toString()
        )
      )
      isAway = false
      assert.strictEqual(nameOf(yield* hand.submit(acme, request("d"))), "d")
      assert.deepStrictEqual(batches, ["first", "a b c", "d"])
    })
  )

  it.effect("carries out what it has taken even where the caller goes away", () =>
    Effect.gen(function* () {
      const done = yield* Deferred.make<void>()
      const { first, gate, submit } = yield* watched({}, (requests) =>
        requests.some(({ requestId }) => requestId === "b") ? Deferred.succeed(done, undefined) : Effect.void
      )
      const fibers = yield* submit(request("a"), request("b"))
      yield* Effect.forEach(fibers, Fiber.interrupt)
      yield* gate.open
      yield* Deferred.await(done)
      assert.strictEqual(names(yield* exits([first]))[0], "first")
    })
  )

  it.effect("answers a batch while the next one is written, and the last one at once", () =>
    Effect.gen(function* () {
      const prepared = yield* Latch.make(false)
      const writing = yield* Latch.make(false)
      const written = yield* Latch.make(false)
      const { first, gate, hand, submit } = yield* watched({}, (requests, meanwhile) =>
        requests[0]?.requestId !== "a"
          ? Effect.void
          : Effect.gen(function* () {
              yield* prepared.await
              meanwhile()
              meanwhile()
              yield* writing.open
              yield* written.await
            })
      )
      yield* Effect.gen(function* () {
        const fibers = yield* submit(request("a"), request("b"))
        yield* gate.open
        for (let i = 0; i < 20; i++) yield* Effect.yieldNow
        assert.isUndefined(first.pollUnsafe())
        yield* prepared.open
        yield* writing.await
        assert.deepStrictEqual(names(yield* exits([first])), ["first"])
        assert.isUndefined(fibers[0]?.pollUnsafe())
        yield* written.open
        assert.deepStrictEqual(names(yield* exits(fibers)), ["a", "b"])
        assert.strictEqual(nameOf(yield* hand.submit(acme, request("c"))), "c")
      }).pipe(Effect.ensuring(Effect.all([prepared.open, written.open])))
    })
  )

  it.effect("answers a batch after 20 milliseconds where the next one is still being prepared", () =>
    Effect.gen(function* () {
      const prepared = yield* Latch.make(false)
      const { first, gate, submit } = yield* watched({}, (requests) =>
        requests[0]?.requestId === "first" ? Effect.void : Effect.asVoid(prepared.await)
      )
      yield* Effect.gen(function* () {
        yield* submit(request("a"))
        yield* gate.open
        yield* TestClock.adjust("19 millis")
        assert.isUndefined(first.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(names(yield* exits([first])), ["first"])
      }).pipe(Effect.ensuring(prepared.open))
    })
  )

  it.effect("answers a batch as it went, whatever becomes of the next one", () =>
    Effect.gen(function* () {
      for (const next of [Effect.fail(new StoreUnavailable({ operation: "write" })), Effect.die(new Error("no"))]) {
        const { first, gate, submit } = yield* watched({}, (requests) =>
          requests[0]?.requestId === "first" ? Effect.void : next
        )
        const fibers = yield* submit(request("a"), request("b"))
        yield* gate.open
        assert.deepStrictEqual(names(yield* exits([first, ...fibers])), ["first", "failed", "failed"])
      }
    })
  )

  it.effect("lets go of what it has answered, however long there is always more to do", () =>
    Effect.gen(function* () {
      setFlagsFromString("--expose-gc")
      const collect: () => void = runInNewContext("gc")
      const submitted: Array<WeakRef<Request>> = []
      const next = (): Request => {
        const one = request(`more ${submitted.length}`)
        submitted.push(new WeakRef(one))
        return one
      }
      const over = yield* Deferred.make<number>()
      let goOn = Effect.void
      const watch = yield* watched({}, (_, meanwhile) =>
        Effect.gen(function* () {
          meanwhile()
          if (submitted.length < 200) return yield* goOn
          // What a turn has looked at is kept until it is over.
          yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
          collect()
          yield* Deferred.succeed(over, submitted.filter((one) => one.deref() !== undefined).length)
        })
      )
      goOn = Effect.suspend(() => Effect.asVoid(watch.submit(next())))
      yield* watch.gate.open
      assert.isBelow(yield* Deferred.await(over), 10)
    })
  )

  it.effect("ABUSE-40: when its scope closes, what it has taken is carried out and answered first", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { gate, submit } = yield* Scope.provide(watched(), scope)
      const fibers = yield* submit(request("a"), request("b"))
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      assert.isUndefined(closing.pollUnsafe())
      yield* gate.open
      yield* Fiber.join(closing)
      assert.deepStrictEqual(
        fibers.map((fiber) => fiber.pollUnsafe()?._tag),
        ["Success", "Success"]
      )
    })
  )

  it.effect("closes at once where nothing waits", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { gate, hand } = yield* Scope.provide(watched(), scope)
      yield* gate.open
      yield* hand.submit(acme, request("a"))
      yield* Scope.close(scope, Exit.void)
    })
  )
})
