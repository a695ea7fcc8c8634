import { assert, layer as suite } from "@effect/vitest"
import { ImportUploadId, noProgress } from "@rollcall/domain/csv/ImportUpload"
import { ImportUploads } from "@rollcall/domain/csv/ImportUploads"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Clock, Effect, type Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import { wish } from "../csv/UploadScene.ts"

const lease = 15_000
const row = (line: number) => ({ line, rejected: line % 2 === 0, text: `row ${line}` })
const bytes = new TextEncoder().encode("email\n")
const sha256 = "5e".repeat(32)

/** A complete file of an organisation of its own. */
const arrange = Effect.gen(function* () {
  const uploads = yield* ImportUploads
  const organization = yield* (yield* Organizations).create({
    subdomain: Subdomain.make(`t${SecureRandom.uuidV4Unsafe().slice(0, 8)}`),
    name: "Halden Robotics",
    timeZone: "UTC",
    scimEnabled: false,
    settings: presets.product
  })
  const id = ImportUploadId.make(SecureRandom.uuidV7Unsafe())
  yield* uploads.begin(organization.id, { id, name: "people.csv", size: bytes.length, sha256, by: "import" })
  assert.isTrue(yield* uploads.append(organization.id, id, { offset: 0, bytes }))
  const begin = (kind: "preview" | "run") =>
    Effect.gen(function* () {
      const task = SecureRandom.uuidV4Unsafe()
      assert.isTrue(yield* uploads.start(organization.id, id, { id: task, kind, wish }))
      return task
    })
  const claimOf = () => ({ organization: organization.id, upload: id, token: SecureRandom.uuidV4Unsafe() })
  return { uploads, organization: organization.id, id, begin, claimOf }
}).pipe(Effect.orDie)

/** What every adapter of {@link ImportUploads} keeps. */
export const importUploadsContract = (name: string, layer: Layer.Layer<ImportUploads | Organizations>): void =>
  suite(layer, { timeout: "60 seconds" })(`ImportUploads contract: ${name}`, (it) => {
    it.effect(
      "a task is held by one server; where that is lost another goes on, and the first can do nothing any more",
      () =>
        Effect.gen(function* () {
          const { begin, claimOf, id, organization, uploads } = yield* arrange
          const task = yield* begin("preview")
          const [first, second, third] = [claimOf(), claimOf(), claimOf()]
          const claimed = yield* Effect.all([uploads.claim(first, lease), uploads.claim(second, lease)], {
            concurrency: 2
          })
          assert.strictEqual(claimed.filter((upload) => upload !== undefined).length, 1)
          const [lost, other] = claimed[0] === undefined ? [second, first] : [first, second]
          assert.strictEqual(yield* uploads.hold(other, lease, noProgress), "lost")
          yield* uploads.tell(lost, [row(2)])
          yield* TestClock.adjust(lease - 1)
          assert.isUndefined(yield* uploads.claim(third, lease))
          yield* TestClock.adjust(1)
          assert.deepInclude(yield* uploads.work, { organization, upload: id })
          assert.isDefined(yield* uploads.claim(third, lease))

          assert.strictEqual(yield* uploads.hold(lost, lease, { ...noProgress, line: 9 }), "lost")
          yield* uploads.untell(third)
          yield* uploads.tell(lost, [row(3)])
          yield* uploads.end(lost, { state: "failed", progress: noProgress, error: "late" })
          yield* uploads.release(lost, 0, noProgress)
          yield* uploads.tell(third, [row(2), row(3)])
          assert.isFalse(yield* uploads.remove(organization, id))
          yield* uploads.end(third, { state: "ended", progress: { ...noProgress, line: 3 }, error: undefined })
          const upload = yield* uploads.find(organization, id)
          assert.deepInclude(upload?.task, { state: "ended", error: undefined, id: task })
          assert.strictEqual(upload?.isKept, true)
          const page = { after: 0, limit: 10, onlyRejected: false }
          assert.deepStrictEqual(yield* uploads.report(organization, task, page), [row(2), row(3)])
          assert.deepStrictEqual(yield* uploads.report(organization, task, { ...page, onlyRejected: true }), [row(2)])
        })
    )

    it.effect("a new task takes the report of the last one away; an import that ended keeps no bytes", () =>
      Effect.gen(function* () {
        const { begin, claimOf, id, organization, uploads } = yield* arrange
        const preview = yield* begin("preview")
        const looking = claimOf()
        yield* uploads.claim(looking, lease)
        yield* uploads.tell(looking, [row(2)])
        const again = { id: SecureRandom.uuidV4Unsafe(), kind: "run", wish } as const
        assert.isFalse(yield* uploads.start(organization, id, again))
        yield* uploads.end(looking, { state: "ended", progress: noProgress, error: undefined })
        yield* begin("run")
        const page = { after: 0, limit: 10, onlyRejected: false }
        assert.deepStrictEqual(yield* uploads.report(organization, preview, page), [])
        const running = claimOf()
        yield* uploads.claim(running, lease)
        assert.deepStrictEqual(yield* uploads.part(organization, id, 0), bytes)
        yield* uploads.end(running, { state: "ended", progress: noProgress, error: undefined })
        assert.isUndefined(yield* uploads.part(organization, id, 0))
        assert.isFalse(yield* uploads.start(organization, id, again))
        assert.strictEqual(yield* uploads.promised(organization), 0)
      })
    )

    it.effect("R-CSV-4: a file is found again by its bytes, the latest first, in its organisation alone", () =>
      Effect.gen(function* () {
        const { id, organization, uploads } = yield* arrange
        const elsewhere = yield* arrange
        const other = { id: ImportUploadId.make(SecureRandom.uuidV7Unsafe()), name: "b.csv", size: 9, by: "import" }
        yield* uploads.begin(organization, { ...other, sha256: undefined })
        const again = { ...other, id: ImportUploadId.make(SecureRandom.uuidV7Unsafe()) }
        yield* uploads.begin(organization, { ...again, sha256 })
        const found = yield* uploads.list(organization, { sha256, limit: 5 })
        assert.deepStrictEqual(
          found.map((upload) => [upload.id, upload.sha256]),
          [
            [again.id, sha256],
            [id, sha256]
          ]
        )
        const before = yield* uploads.list(organization, { sha256, before: again.id, limit: 5 })
        assert.deepStrictEqual(
          before.map((upload) => upload.id),
          [id]
        )
        assert.deepStrictEqual(yield* uploads.list(organization, { sha256: "00".repeat(32), limit: 5 }), [])
        assert.lengthOf(yield* uploads.list(elsewhere.organization, { sha256, limit: 5 }), 1)
      })
    )

    it.effect("a task that is asked to stop is told so to its holder, and can be begun anew once it is stopped", () =>
      Effect.gen(function* () {
        const { begin, claimOf, id, organization, uploads } = yield* arrange
        assert.isFalse(yield* uploads.stop(organization, id))
        yield* begin("run")
        const held = claimOf()
        yield* uploads.claim(held, lease)
        assert.strictEqual(yield* uploads.hold(held, lease, noProgress), "held")
        assert.isTrue(yield* uploads.stop(organization, id))
        assert.strictEqual(yield* uploads.hold(held, lease, { ...noProgress, line: 2 }), "stopping")
        assert.strictEqual((yield* uploads.find(organization, id))?.task?.isStopping, true)
        yield* uploads.end(held, { state: "stopped", progress: { ...noProgress, line: 2 }, error: undefined })
        assert.deepInclude(yield* uploads.find(organization, id), { isKept: true })
        assert.isFalse(yield* uploads.stop(organization, id))
        yield* begin("run")
        const anew = claimOf()
        assert.strictEqual((yield* uploads.claim(anew, lease))?.task?.isStopping, false)
        assert.strictEqual(yield* uploads.hold(anew, lease, noProgress), "held")
      })
    )

    it.effect("files that nobody used for a while go, those at work stay; their reports go later", () =>
      Effect.gen(function* () {
        const { begin, claimOf, id, organization, uploads } = yield* arrange
        yield* begin("preview")
        assert.strictEqual(yield* uploads.forgetFiles(organization, 1_000_000_000, 1), 0)
        const looking = claimOf()
        yield* uploads.claim(looking, lease)
        yield* uploads.tell(looking, [row(2), row(3)])
        yield* uploads.end(looking, { state: "ended", progress: noProgress, error: undefined })
        assert.strictEqual(yield* uploads.forgetFiles(organization, 0, 1), 0)
        assert.strictEqual(yield* uploads.forgetFiles(organization, 1_000_000_000, 1), 1)
        assert.deepInclude(yield* uploads.find(organization, id), { isKept: false })
        const counts: Array<number> = []
        for (const _ of [1, 2, 3, 4]) counts.push(yield* uploads.forgetReports(organization, 1_000_000_000, 1))
        assert.deepStrictEqual(counts, [1, 1, 1, 0])
        assert.isUndefined(yield* uploads.find(organization, id))
      })
    )

    it.effect("parts are taken one behind the other, never more than the file has, and read as they were sent", () =>
      Effect.gen(function* () {
        const { organization, uploads } = yield* arrange
        const id = ImportUploadId.make(SecureRandom.uuidV7Unsafe())
        const begun = yield* uploads.begin(organization, {
          id,
          name: "two.csv",
          size: 5,
          sha256: undefined,
          by: "import"
        })
        assert.deepInclude(begun, { id, name: "two.csv", size: 5, received: 0, isKept: true, task: undefined })
        const append = (offset: number, ...bytes: ReadonlyArray<number>) =>
          uploads.append(organization, id, { offset, bytes: new Uint8Array(bytes) })
        assert.isFalse(yield* append(1, 7))
        assert.isTrue(yield* append(0, 1, 2, 3))
        assert.isFalse(yield* append(0, 1, 2, 3))
        const whole = { id: SecureRandom.uuidV4Unsafe(), kind: "run", wish } as const
        assert.isFalse(yield* uploads.start(organization, id, whole))
        assert.isFalse(yield* append(3, 4, 5, 6))
        const both = yield* Effect.all([append(3, 4, 5), append(3, 4, 5)], { concurrency: 2 })
        assert.sameMembers(both, [true, false])
        assert.deepStrictEqual(yield* uploads.part(organization, id, 0), new Uint8Array([1, 2, 3]))
        assert.deepStrictEqual(yield* uploads.part(organization, id, 3), new Uint8Array([4, 5]))
        assert.isUndefined(yield* uploads.part(organization, id, 5))
        assert.strictEqual((yield* uploads.find(organization, id))?.received, 5)
        assert.strictEqual(yield* uploads.promised(organization), 5 + bytes.length)
        assert.isTrue(yield* uploads.start(organization, id, whole))
        assert.isFalse(yield* uploads.start(organization, id, { ...whole, id: SecureRandom.uuidV4Unsafe() }))
      })
    )

    it.effect("files are listed with the latest first, in pages, and each organisation has its own", () =>
      Effect.gen(function* () {
        const { id: first, organization, uploads } = yield* arrange
        const later: Array<ImportUploadId> = []
        for (const name of ["b.csv", "c.csv"]) {
          // Of one millisecond ids need not grow.
          yield* TestClock.adjust("5 millis")
          const id = ImportUploadId.make(idAt(later.length))
          yield* uploads.begin(organization, { id, name, size: 1, sha256: undefined, by: "import" })
          later.unshift(id)
        }
        const idsOf = (page: Parameters<ImportUploads["Service"]["list"]>[1]) =>
          Effect.map(uploads.list(organization, page), (files) => files.map(({ id }) => id))
        assert.deepStrictEqual(yield* idsOf({ limit: 2 }), later)
        assert.deepStrictEqual(yield* idsOf({ before: later[1], limit: 2 }), [first])
        const other = yield* arrange
        assert.deepStrictEqual(
          (yield* uploads.list(other.organization, { limit: 9 })).map(({ id }) => id),
          [other.id]
        )
        assert.isUndefined(yield* uploads.find(other.organization, first))
        assert.isUndefined(yield* uploads.part(other.organization, first, 0))
        assert.isFalse(yield* uploads.remove(other.organization, first))
        assert.isFalse(yield* uploads.append(other.organization, later[0] ?? first, { offset: 0, bytes }))
        assert.isTrue(yield* uploads.remove(organization, first))
        assert.isFalse(yield* uploads.remove(organization, first))
        assert.isUndefined(yield* uploads.find(organization, first))
      })
    )

    it.effect("a task that was given back rests as long as was said, keeps how far it was, and is found again", () =>
      Effect.gen(function* () {
        const { begin, claimOf, id, organization, uploads } = yield* arrange
        yield* begin("run")
        const mine = Effect.map(uploads.work, (work) => work.filter((one) => one.organization === organization))
        assert.deepStrictEqual(yield* mine, [{ organization, upload: id }])
        const [first, second] = [claimOf(), claimOf()]
        const claimed = yield* uploads.claim(first, lease)
        assert.deepInclude(claimed?.task, { state: "running", progress: noProgress, endedAt: undefined })
        assert.deepStrictEqual(yield* mine, [])
        assert.strictEqual(yield* uploads.hold(first, lease, { ...noProgress, line: 2 }), "held")
        yield* uploads.release(first, 5_000, { ...noProgress, line: 3 })
        assert.strictEqual(yield* uploads.hold(first, lease, noProgress), "lost")
        assert.isUndefined(yield* uploads.claim(second, lease))
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(yield* mine, [{ organization, upload: id }])
        assert.deepInclude((yield* uploads.claim(second, lease))?.task?.progress, { line: 3 })
        const now = yield* Clock.currentTimeMillis
        yield* uploads.end(second, { state: "failed", progress: { ...noProgress, line: 4 }, error: "unreadable" })
        const ended = yield* uploads.find(organization, id)
        assert.deepInclude(ended?.task, { state: "failed", error: "unreadable", endedAt: now })
        // What failed is kept, to be tried once more.
        assert.isTrue(ended?.isKept)
        assert.deepStrictEqual(yield* mine, [])
      })
    )
  })

/** Ids of a time after all that are made now. */
const idAt = (turn: number) => `ffffffff-ffff-7${turn}${SecureRandom.uuidV7Unsafe().slice(16)}`
