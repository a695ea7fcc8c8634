import { assert, describe, it } from "@effect/vitest"
import { mostFollowers } from "@rollcall/domain/csv/FollowedUploads"
import { ImportUploads } from "@rollcall/domain/csv/ImportUploads"
import { UploadedImports, uploadLimits } from "@rollcall/domain/csv/UploadedImports"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { ScimError } from "@rollcall/domain/scim/ScimError"
import { Context, Deferred, Effect, Fiber, Layer, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { layerUploads, newTask, newTenant, newWorker } from "./UploadScene.ts"

/** The use case; `stopping`: the server is about to stop. */
const open = (stopping: Effect.Effect<unknown> = Effect.never) =>
  Effect.map(Layer.build(Layer.fresh(UploadedImports.layer(stopping))), (services) =>
    Context.get(services, UploadedImports)
  )

const statusOf = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(effect), (error) => (Schema.is(ScimError)(error) ? error.status : error))

const smallest = uploadLimits.smallestPart

describe("imports of files that are sent", () => {
  it.effect(
    "parts go on where the file stands; too small, too far and misplaced ones are refused with what to send",
    () =>
      Effect.gen(function* () {
        const files = yield* open()
        const { caller } = yield* newTenant()
        const size = smallest + 10
        const { id } = yield* files.begin(caller, { name: "people.csv", size, sha256: undefined })
        const send = (offset: number, length: number) => files.append(caller, id, offset, new Uint8Array(length))
        assert.strictEqual(yield* statusOf(send(0, smallest - 1)), 400)
        assert.strictEqual(yield* statusOf(send(0, size + 1)), 400)
        assert.strictEqual(yield* statusOf(send(5, smallest)), 409)
        assert.strictEqual((yield* send(0, smallest)).received, smallest)
        assert.strictEqual((yield* send(0, smallest)).received, smallest)
        const early = files.start(caller, id, { kind: "run", createGroups: false, invite: false, resume: true })
        assert.strictEqual(yield* statusOf(early), 409)
        assert.strictEqual((yield* send(smallest, 10)).received, size)
        assert.strictEqual((yield* early).task?.state, "waiting")
        assert.strictEqual(yield* statusOf(early), 409)
        assert.strictEqual(yield* statusOf(files.remove(caller, id)), 409)
        assert.strictEqual(yield* statusOf(files.show(caller, "nonsense")), 404)
      }).pipe(Effect.provide(layerUploads))
  )

  it.effect("neither a file nor all of an organisation are larger than they may be", () =>
    Effect.gen(function* () {
      const files = yield* open()
      const { caller } = yield* newTenant()
      const begin = (size: number) => files.begin(caller, { name: "people.csv", size, sha256: undefined })
      assert.strictEqual(yield* statusOf(begin(uploadLimits.file + 1)), 413)
      for (let kept = 0; kept < uploadLimits.all; kept += uploadLimits.file) yield* begin(uploadLimits.file)
      assert.strictEqual(yield* statusOf(begin(1)), 409)
      const other = yield* newTenant()
      yield* files.begin(other.caller, { name: "people.csv", size: 1, sha256: undefined })
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect("R-ORG-7: while SCIM is on no file is begun", () =>
    Effect.gen(function* () {
      const files = yield* open()
      const { caller } = yield* newTenant(true)
      assert.strictEqual(yield* statusOf(files.begin(caller, { name: "a.csv", size: 1, sha256: undefined })), 403)
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect("whoever is begun with here wakes the job at once, and once", () =>
    Effect.gen(function* () {
      const files = yield* open()
      const { caller } = yield* newTenant()
      const { id } = yield* files.begin(caller, { name: "people.csv", size: 6, sha256: undefined })
      yield* files.append(caller, id, 0, new TextEncoder().encode("email\n"))
      const woken = yield* Effect.forkChild(files.begun)
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(woken.pollUnsafe())
      yield* files.start(caller, id, { kind: "run", createGroups: false, invite: false, resume: true })
      yield* Fiber.join(woken)
      const again = yield* Effect.forkChild(files.begun)
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(again.pollUnsafe())
    }).pipe(Effect.provide(layerUploads))
  )
})

describe("following what is done with a file", () => {
  /** The use case over a port that counts how often it is looked for a file. */
  const counted = Effect.fnUntraced(function* (stopping: Effect.Effect<unknown> = Effect.never) {
    const uploads = yield* ImportUploads
    const looked = { times: 0, isAway: false }
    const counting = ImportUploads.of({
      ...uploads,
      find: (...asked) =>
        Effect.suspend(() => {
          looked.times++
          return looked.isAway ? Effect.fail(new StoreUnavailable({ operation: "find" })) : uploads.find(...asked)
        })
    })
    const files = yield* Effect.provideService(open(stopping), ImportUploads, counting)
    const follow = (task: Effect.Success<ReturnType<typeof newTask>>) =>
      Effect.forkChild(Effect.flatMap(files.follow(task.caller, task.id), Stream.runCollect))
    return { files, follow, looked, uploads }
  })

  it.effect("one looks for all who follow a file, tells each what is new up to the end, and then no more", () =>
    Effect.gen(function* () {
      const { follow, looked } = yield* counted()
      const task = yield* newTask(3)
      const followers = yield* Effect.forEach([1, 2, 3, 4, 5], () => follow(task))
      yield* TestClock.adjust(1)
      const begun = looked.times
      yield* TestClock.adjust("6 seconds")
      assert.strictEqual(looked.times - begun, 20)
      yield* (yield* newWorker).perform(task.work, Effect.never)
      yield* TestClock.adjust("300 millis")
      for (const follower of followers) {
        const told = yield* Fiber.join(follower)
        assert.deepStrictEqual(
          told.map((upload) => upload.task?.state),
          ["waiting", "ended"]
        )
        assert.strictEqual(told.at(-1)?.task?.progress.counts.created, 3)
      }
      const ended = looked.times
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(looked.times, ended)
      // Whoever comes later is told the end at once.
      const late = yield* Fiber.join(yield* follow(task))
      assert.deepStrictEqual(
        late.map((upload) => upload.task?.state),
        ["ended"]
      )
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect("where nothing happens the same is told every fifteen seconds; nobody looks once all are gone", () =>
    Effect.gen(function* () {
      const { files, looked } = yield* counted()
      const { caller, id } = yield* newTask(3)
      let told = 0
      const stream = yield* files.follow(caller, id)
      const follower = yield* Effect.forkChild(Stream.runForEach(stream, () => Effect.sync(() => void told++)))
      yield* TestClock.adjust(1)
      yield* TestClock.adjust("46 seconds")
      assert.strictEqual(told, 4)
      yield* Fiber.interrupt(follower)
      const gone = looked.times
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(looked.times, gone)
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect(
    "so many may follow in an organisation; another is told to come again, and finds the place of one who left",
    () =>
      Effect.gen(function* () {
        const { files, follow } = yield* counted()
        const [task, other] = [yield* newTask(3), yield* newTask(3)]
        const followers = yield* Effect.forEach(Array.from({ length: mostFollowers }), () => follow(task))
        yield* TestClock.adjust(1)
        const refused = yield* Effect.flip(files.follow(task.caller, task.id))
        assert.deepInclude(refused, { _tag: "DirectoryBusy", retryAfter: 5 })
        yield* files.follow(other.caller, other.id)
        for (const follower of followers.slice(0, 1)) yield* Fiber.interrupt(follower)
        yield* files.follow(task.caller, task.id)
        // A stream that nobody runs takes no place.
        yield* files.follow(task.caller, task.id)
      }).pipe(Effect.provide(layerUploads))
  )

  it.effect("it ends where the file is removed, where the server stops, and fails where storage is away", () =>
    Effect.gen(function* () {
      const stopping = yield* Deferred.make<void>()
      const { follow, uploads } = yield* counted(Deferred.await(stopping))
      const [removed, failing, stopped] = [yield* newTask(3), yield* newTask(3), yield* newTask(3)]
      const following = [yield* follow(removed), yield* follow(stopped)] as const
      yield* TestClock.adjust(1)
      const claim = { ...removed.work, token: crypto.randomUUID() }
      yield* uploads.claim(claim, 1_000)
      const { task } = yield* removed.find
      yield* uploads.end(claim, { state: "failed", progress: task.progress, error: "e" })
      yield* uploads.remove(removed.organization.id, removed.id)
      yield* TestClock.adjust("300 millis")
      assert.lengthOf(yield* Fiber.join(following[0]), 1)
      yield* Deferred.succeed(stopping, undefined)
      assert.lengthOf(yield* Fiber.join(following[1]), 1)
      const anew = yield* counted()
      const other = yield* anew.follow(failing)
      yield* TestClock.adjust(1)
      anew.looked.isAway = true
      yield* TestClock.adjust("300 millis")
      assert.deepInclude(yield* Effect.flip(Fiber.join(other)), { _tag: "StoreUnavailable" })
    }).pipe(Effect.provide(layerUploads))
  )
})
