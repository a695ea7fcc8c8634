import { assert, describe, it } from "@effect/vitest"
import { layerImportJob } from "@rollcall/delivery/ImportJob"
import { ImportUploadId } from "@rollcall/domain/csv/ImportUpload"
import type { ImportWork } from "@rollcall/domain/csv/ImportUploads"
import { ImportWorker } from "@rollcall/domain/csv/ImportWorker"
import { UploadedImports } from "@rollcall/domain/csv/UploadedImports"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Deferred, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { fingerprint, Gate, layerUploads, lease, newTask, peopleIn } from "../../domain/test/csv/UploadScene.ts"

const layerServer = Layer.fresh(
  Layer.provideMerge(
    layerImportJob,
    Layer.mergeAll(ImportWorker.layer({ fingerprint, lease }), UploadedImports.layer())
  )
)

/** A server that runs the job; `stop` ends it as a server that stops does. */
const startJob = Effect.gen(function* () {
  const scope = yield* Scope.make()
  yield* Layer.buildWithScope(layerServer, scope)
  return { stop: Scope.close(scope, Exit.void) }
})

const away = new StoreUnavailable({ operation: "work" })

describe("the job that imports files", () => {
  it.effect("R-CSV-4: finds within a second what was begun anywhere, however long nothing was", () =>
    Effect.gen(function* () {
      const { stop } = yield* startJob
      yield* TestClock.adjust("10 minutes")
      const task = yield* newTask(4)
      yield* TestClock.adjust("1 second")
      assert.deepInclude((yield* task.find).task, { state: "ended" })
      assert.strictEqual(yield* peopleIn(task.organization), 4)
      yield* stop
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect("ABUSE-40: told to stop, finishes the batch on its way, and another goes on at once", () =>
    Effect.gen(function* () {
      const task = yield* newTask(10)
      const gate = (yield* Gate).at(9)
      const one = yield* startJob
      yield* Deferred.await(gate.reached)
      yield* one.stop
      const people = yield* peopleIn(task.organization)
      assert.isAbove(people, 0)
      assert.isBelow(people, 10)
      yield* Deferred.succeed(gate.open, undefined)
      const other = yield* startJob
      // Neither the lease nor a rest has to pass.
      yield* TestClock.adjust(1)
      yield* TestClock.adjust("1 second")
      assert.deepInclude((yield* task.find).task, { state: "ended" })
      assert.strictEqual(yield* peopleIn(task.organization), 10)
      yield* other.stop
    }).pipe(Effect.provide(layerUploads))
  )

  it.effect("two servers share the work, and no row goes in twice", () =>
    Effect.gen(function* () {
      const tasks = yield* Effect.forEach(Array.from({ length: 12 }), () => newTask(5))
      const servers = [yield* startJob, yield* startJob]
      yield* TestClock.adjust("10 seconds")
      for (const task of tasks) {
        assert.deepInclude((yield* task.find).task, { state: "ended" })
        assert.strictEqual((yield* task.find).task.progress.counts.created, 5)
        assert.strictEqual(yield* peopleIn(task.organization), 5)
      }
      for (const { stop } of servers) yield* stop
    }).pipe(Effect.provide(layerUploads))
  )

  /** The job on a worker of the test's. */
  const onWorker = Effect.fnUntraced(function* (worker: ImportWorker["Service"]) {
    const scope = yield* Scope.make()
    const begun = Effect.never
    const services = Layer.merge(Layer.succeed(ImportWorker, worker), Layer.mock(UploadedImports, { begun }))
    yield* Layer.buildWithScope(Layer.fresh(Layer.provide(layerImportJob, services)), scope)
    return { stop: Scope.close(scope, Exit.void) }
  })

  const works: ReadonlyArray<ImportWork> = Array.from({ length: 9 }, () => ({
    organization: OrganizationId.make(crypto.randomUUID()),
    upload: ImportUploadId.make(crypto.randomUUID())
  }))

  it.effect("works on four files at once, and begins another as soon as one is done", () =>
    Effect.gen(function* () {
      const open = new Map<string, Deferred.Deferred<void>>()
      const done = new Set<string>()
      const { stop } = yield* onWorker({
        work: Effect.sync(() => works.filter(({ upload }) => !done.has(upload))),
        perform: ({ upload }) =>
          Effect.gen(function* () {
            const end = yield* Deferred.make<void>()
            open.set(upload, end)
            yield* Deferred.await(end)
            open.delete(upload)
            done.add(upload)
          })
      })
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(open.size, 4)
      for (const end of [...open.values()].slice(0, 3)) yield* Deferred.succeed(end, undefined)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(open.size, 4)
      assert.strictEqual(done.size, 3)
      const stopping = yield* Effect.forkChild(stop)
      // What hangs is given up after a while.
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(stopping)
    })
  )

  it.effect("goes on after storage was away, after a defect, and after a file that cannot be worked on", () =>
    Effect.gen(function* () {
      const failures = [Effect.fail(away), Effect.die(new Error("broken"))]
      const performed: Array<string> = []
      const [first, second] = works
      const { stop } = yield* onWorker({
        work: Effect.suspend(
          () =>
            failures.shift() ?? Effect.succeed(works.slice(0, 2).filter(({ upload }) => !performed.includes(upload)))
        ),
        perform: ({ upload }) =>
          Effect.suspend(() => {
            performed.push(upload)
            return upload === first?.upload ? Effect.die(new Error("broken")) : Effect.fail(away)
          })
      })
      yield* TestClock.adjust(1)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(performed, [first?.upload ?? "", second?.upload ?? ""])
      yield* stop
    })
  )
})
