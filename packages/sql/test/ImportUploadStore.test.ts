import { assert } from "@effect/vitest"
import { ImportUploadId, noProgress, type TaskWish } from "@rollcall/domain/csv/ImportUpload"
import { ImportUploads } from "@rollcall/domain/csv/ImportUploads"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Effect, Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import * as ImportUploadStore from "../src/ImportUploadStore.ts"
import * as OrganizationStore from "../src/OrganizationStore.ts"
import { onBothDatabases } from "./BothDatabases.ts"

const wish: TaskWish = {
  createGroups: false,
  invite: false,
  resume: true,
  actor: { keyId: "k1", keyLabel: "import", client: "test", via: "csv" },
  requestId: "r1"
}
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

onBothDatabases(
  "files to import",
  (database) =>
    Layer.mergeAll(ImportUploadStore.layer, OrganizationStore.layer).pipe(
      Layer.provide(Layer.mergeAll(database, Digest.layerWebCrypto, SecureRandom.layerWebCrypto))
    ),
  (it) => {
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
  }
)
