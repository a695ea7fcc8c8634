import { assert, describe, it } from "@effect/vitest"
import { ImportUploads } from "@rollcall/domain/csv/ImportUploads"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Gate, layerUploads, lease, newTask, newWorker, peopleFile, peopleIn } from "./UploadScene.ts"

const away = new StoreUnavailable({ operation: "test" })

describe("the worker on files that were sent", () => {
  it.effect("R-CSV-4: imports a file to its end, tells each row once, and lets go of the bytes", () =>
    Effect.gen(function* () {
      const { find, organization, report, work } = yield* newTask(7)
      const worker = yield* newWorker
      assert.deepStrictEqual(yield* worker.work, [work])
      yield* worker.perform(work, Effect.never)
      const { isKept, task } = yield* find
      assert.deepInclude(task, { state: "ended", error: undefined })
      assert.deepInclude(task.progress, { line: 8, columns: ["email"], fingerprint: peopleFile(7), resumedAfter: 0 })
      assert.strictEqual(task.progress.counts.created, 7)
      assert.deepStrictEqual(yield* report, [2, 3, 4, 5, 6, 7, 8])
      assert.strictEqual(yield* peopleIn(organization), 7)
      assert.isFalse(isKept)
      assert.deepStrictEqual(yield* worker.work, [])
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect("R-CSV-3: a preview stores nothing but its report, and begins it anew where it was given up", () =>
    Effect.gen(function* () {
      const { find, organization, report, work } = yield* newTask(7, { kind: "preview" })
      const worker = yield* newWorker
      const stopping = yield* Deferred.make<void>()
      const gate = (yield* Gate).at(6)
      const first = yield* Effect.forkChild(worker.perform(work, Deferred.await(stopping)))
      yield* Deferred.await(gate.reached)
      yield* Deferred.succeed(stopping, undefined)
      yield* Fiber.join(first)
      assert.strictEqual((yield* find).task.state, "running")
      yield* Deferred.succeed(gate.open, undefined)
      yield* worker.perform(work, Effect.never)
      const { isKept, task } = yield* find
      assert.deepInclude(task, { state: "ended" })
      assert.deepInclude(task.progress, { import: null, line: 8 })
      assert.strictEqual(task.progress.counts.created, 7)
      assert.deepStrictEqual(yield* report, [2, 3, 4, 5, 6, 7, 8])
      assert.strictEqual(yield* peopleIn(organization), 0)
      assert.isTrue(isKept)
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect("ABUSE-40: told to stop, leaves the rest to another at once, who goes on behind the last batch", () =>
    Effect.gen(function* () {
      const { find, organization, report, work } = yield* newTask(10)
      const [one, other] = [yield* newWorker, yield* newWorker]
      const stopping = yield* Deferred.make<void>()
      const gate = (yield* Gate).at(9)
      const first = yield* Effect.forkChild(one.perform(work, Deferred.await(stopping)))
      yield* Deferred.await(gate.reached)
      // As long as it works nobody else is to.
      assert.deepStrictEqual(yield* other.work, [])
      yield* other.perform(work, Effect.never)
      yield* Deferred.succeed(stopping, undefined)
      yield* Fiber.join(first)
      const people = yield* peopleIn(organization)
      assert.isAbove(people, 0)
      assert.isBelow(people, 10)
      assert.deepStrictEqual(yield* other.work, [work])
      yield* Deferred.succeed(gate.open, undefined)
      yield* other.perform(work, Effect.never)
      const { task } = yield* find
      // As if it had never been interrupted.
      assert.deepInclude(task.progress, { resumedAfter: 0, line: 11 })
      assert.strictEqual(task.progress.counts.created, 10)
      assert.deepStrictEqual(yield* report, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect("ABUSE-37: one whose claim lapsed while storage was away for it does no harm and ends nothing", () =>
    Effect.gen(function* () {
      const { find, organization, report, work } = yield* newTask(10)
      const uploads = yield* ImportUploads
      let isAway = false
      const cutOff = ImportUploads.of({
        ...uploads,
        hold: (...asked) => Effect.suspend(() => (isAway ? Effect.fail(away) : uploads.hold(...asked)))
      })
      const lost = yield* Effect.provideService(newWorker, ImportUploads, cutOff)
      const other = yield* newWorker
      const gate = (yield* Gate).at(9)
      const first = yield* Effect.forkChild(lost.perform(work, Effect.never))
      yield* Deferred.await(gate.reached)
      // What it has read is done.
      yield* TestClock.adjust(1)
      isAway = true
      yield* TestClock.adjust(lease - 2)
      assert.deepStrictEqual(yield* other.work, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* other.work, [work])
      const second = yield* Effect.forkChild(other.perform(work, Effect.never))
      yield* TestClock.adjust(1)
      // Both go on at once, on the same rows.
      isAway = false
      yield* Deferred.succeed(gate.open, undefined)
      yield* Fiber.join(second)
      yield* Fiber.join(first)
      const { task } = yield* find
      assert.deepInclude(task, { state: "ended", error: undefined })
      assert.strictEqual(task.progress.counts.created, 10)
      assert.strictEqual(yield* peopleIn(organization), 10)
      assert.deepStrictEqual(yield* report, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect("holds a task for as long as a batch takes, however long", () =>
    Effect.gen(function* () {
      const { find, work } = yield* newTask(4)
      const [one, other] = [yield* newWorker, yield* newWorker]
      const gate = (yield* Gate).at(3)
      const first = yield* Effect.forkChild(one.perform(work, Effect.never))
      yield* Deferred.await(gate.reached)
      yield* TestClock.adjust(lease * 10)
      assert.deepStrictEqual(yield* other.work, [])
      yield* Deferred.succeed(gate.open, undefined)
      yield* Fiber.join(first)
      assert.strictEqual((yield* find).task.state, "ended")
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect("where storage fails the task rests, and goes on after that", () =>
    Effect.gen(function* () {
      const { find, work } = yield* newTask(4)
      const uploads = yield* ImportUploads
      const parts = [Effect.fail(away)]
      const flaky = ImportUploads.of({ ...uploads, part: (...asked) => parts.shift() ?? uploads.part(...asked) })
      const worker = yield* Effect.provideService(newWorker, ImportUploads, flaky)
      assert.deepStrictEqual(yield* Effect.flip(worker.perform(work, Effect.never)), away)
      assert.deepStrictEqual(yield* worker.work, [])
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* worker.work, [work])
      yield* worker.perform(work, Effect.never)
      assert.deepInclude((yield* find).task, { state: "ended" })
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect("a file that is not what was announced, or without a header that is known, fails and says why", () =>
    Effect.gen(function* () {
      const worker = yield* newWorker
      const changed = yield* newTask(4, { sha256: "another" })
      yield* worker.perform(changed.work, Effect.never)
      const other = (yield* changed.find).task
      assert.strictEqual(other.state, "failed")
      assert.match(other.error ?? "", /SHA-256 is another\. .*send it again/)
      assert.strictEqual(yield* peopleIn(changed.organization), 0)
      const same = yield* newTask(4, { sha256: yield* Effect.succeed(peopleFile(4)) })
      yield* worker.perform(same.work, Effect.never)
      assert.strictEqual((yield* same.find).task.state, "ended")
      const unknown = yield* newTask("colour\nblue\n")
      yield* worker.perform(unknown.work, Effect.never)
      assert.deepInclude((yield* unknown.find).task, { state: "failed" })
      assert.isTrue((yield* unknown.find).isKept)
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect("a fault here ends the task with a text that gives nothing away, and keeps the file", () =>
    Effect.gen(function* () {
      const { find, work } = yield* newTask(4)
      const uploads = yield* ImportUploads
      const broken = ImportUploads.of({ ...uploads, part: () => Effect.die(new Error("secret of the house")) })
      const worker = yield* Effect.provideService(newWorker, ImportUploads, broken)
      yield* worker.perform(work, Effect.never)
      const { isKept, task } = yield* find
      assert.strictEqual(task.state, "failed")
      assert.match(task.error ?? "", /fault here\. Tell the operator/)
      assert.isTrue(isKept)
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect("R-CSV-4: stopped by somebody it ends between batches; begun again it goes on behind the last line", () =>
    Effect.gen(function* () {
      const { find, id, organization, start, work } = yield* newTask(10)
      const uploads = yield* ImportUploads
      const worker = yield* newWorker
      const gate = (yield* Gate).at(9)
      const running = yield* Effect.forkChild(worker.perform(work, Effect.never))
      yield* Deferred.await(gate.reached)
      assert.isTrue(yield* uploads.stop(organization.id, id))
      // The next sign of life is told so.
      yield* TestClock.adjust(lease / 3)
      yield* Fiber.join(running)
      assert.deepInclude((yield* find).task, { state: "stopped" })
      const people = yield* peopleIn(organization)
      assert.isBelow(people, 10)
      yield* Deferred.succeed(gate.open, undefined)
      yield* start
      yield* worker.perform(work, Effect.never)
      const { task } = yield* find
      assert.deepInclude(task, { state: "ended" })
      assert.strictEqual(task.progress.before.created, people)
      assert.strictEqual(task.progress.counts.created, 10 - people)
      // One that nobody works on is stopped by whoever finds it.
      const waiting = yield* newTask(3)
      yield* uploads.stop(waiting.organization.id, waiting.id)
      yield* worker.perform(waiting.work, Effect.never)
      assert.deepInclude((yield* waiting.find).task, { state: "stopped" })
      assert.strictEqual(yield* peopleIn(waiting.organization), 0)
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect("R-CSV-4: who is asked to stop begins nothing behind the batch on its way", () =>
    Effect.gen(function* () {
      const { find, id, organization, work } = yield* newTask(20)
      const uploads = yield* ImportUploads
      const gate = (yield* Gate).at(12)
      const running = yield* Effect.forkChild((yield* newWorker).perform(work, Effect.never))
      yield* Deferred.await(gate.reached)
      assert.isTrue(yield* uploads.stop(organization.id, id))
      yield* Deferred.succeed(gate.open, undefined)
      // No time goes by: it asks by itself.
      yield* Fiber.join(running)
      const { task } = yield* find
      assert.strictEqual(task.state, "stopped")
      // What was read before the one on its way was written comes at most.
      assert.isAtMost(task.progress.line, 12)
      assert.strictEqual(yield* peopleIn(organization), task.progress.line - 1)
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect("a row that cannot be stored stays out alone", () =>
    Effect.gen(function* () {
      const { find, organization, work } = yield* newTask("email\na@halden.example\nnobody\nb@halden.example\n")
      yield* (yield* newWorker).perform(work, Effect.never)
      const { task } = yield* find
      assert.deepStrictEqual(task.progress.counts, { created: 2, updated: 0, unchanged: 0, rejected: 1 })
      assert.strictEqual(yield* peopleIn(organization), 2)
    }).pipe(Effect.provide(layerUploads))
  )
})
