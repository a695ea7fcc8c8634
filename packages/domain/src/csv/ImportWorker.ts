import { Context, Deferred, Effect, Fiber, Layer, Option, Stream } from "effect"
import { SecureRandom } from "effect/crypto"
import { Organizations } from "../organization/Organizations.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { CsvReader, CsvUnreadable } from "./CsvReader.ts"
import type { KeptRow } from "./ImportStep.ts"
import { type ImportTask, type ImportUpload, noProgress, progressed } from "./ImportUpload.ts"
import { ImportUploads, type ImportWork, type TaskClaim, type TaskEnd } from "./ImportUploads.ts"
import { reportedText } from "./ReportedRow.ts"
import type { RowOutcome } from "./RowOutcome.ts"
import { type ImportEvent, UserImport } from "./UserImport.ts"

/** By what a file is known again; the bytes are read to their end. */
export type Fingerprint = <E>(bytes: Stream.Stream<Uint8Array, E>) => Effect.Effect<string, E>

export interface WorkerOptions {
  readonly fingerprint: Fingerprint
  /** So long a task is held without a sign of life, in milliseconds: so long it rests where its server is lost. */
  readonly lease?: number
}

/** The lease where none is given. */
export const defaultLease = { milliseconds: 15_000 }

/** Where storage fails, the task rests for so long, in milliseconds. */
const restTime = 5_000

/**
 * Does what is to be done with files that were sent (R-CSV-3, R-CSV-4). Any number of servers may: a task is held by one, by a
 * claim that lapses. Where a server is lost, another goes on behind the last batch that was committed. One that was only thought
 * lost does no harm: its rows find that they are done, and neither count nor are told twice.
 */
export class ImportWorker extends Context.Service<
  ImportWorker,
  {
    readonly work: Effect.Effect<ReadonlyArray<ImportWork>, StoreUnavailable>
    /** Carries out a task to its end, or, when `stopping` is done, to the end of a batch: then another goes on with it. */
    perform(work: ImportWork, stopping: Effect.Effect<unknown>): Effect.Effect<void, StoreUnavailable>
  }
>()("@rollcall/domain/csv/ImportWorker") {
  static readonly layer = ({
    fingerprint,
    lease = defaultLease.milliseconds
  }: WorkerOptions): Layer.Layer<
    ImportWorker,
    never,
    ImportUploads | UserImport | CsvReader | Organizations | SecureRandom.SecureRandom
  > =>
    Layer.effect(
      ImportWorker,
      Effect.gen(function* () {
        const uploads = yield* ImportUploads
        const imports = yield* UserImport
        const reader = yield* CsvReader
        const organizations = yield* Organizations
        const random = yield* SecureRandom.SecureRandom

        const bytesOf = ({ organization, upload }: ImportWork) =>
          Stream.paginate(0, (offset) =>
            Effect.map(uploads.part(organization, upload, offset), (part) =>
              part === undefined
                ? ([[], Option.none()] as const)
                : ([[part], Option.some(offset + part.length)] as const)
            )
          )

        /** Looks through a file for what its bytes are, where that is to be known; fails where they are not those announced. */
        const surveyed = Effect.fnUntraced(function* (claim: TaskClaim, { sha256, task }: ImportUpload) {
          if (sha256 === undefined && (task?.kind === "preview" || task?.wish.resume === false)) return undefined
          const found = yield* fingerprint(bytesOf(claim))
          return sha256 === undefined || found === sha256 ? found : yield* otherBytes
        })

        /** By what the import is known: the file, or, where no other is to be gone on with, this task alone. */
        const fingerprintOf = Effect.fnUntraced(function* (claim: TaskClaim, upload: ImportUpload, task: ImportTask) {
          if (task.progress.fingerprint !== null) return task.progress.fingerprint
          const found = yield* surveyed(claim, upload)
          return task.wish.resume ? (found ?? null) : `task ${task.id}`
        })

        const eventsOf = Effect.fnUntraced(function* (
          claim: TaskClaim,
          { name }: ImportUpload,
          task: ImportTask,
          known: string | undefined
        ) {
          const organization = (yield* organizations.list).find(({ id }) => id === claim.organization)
          if (organization === undefined) return yield* Effect.die(new Error("The organisation of a file is not there"))
          const { actor, createGroups, invite, requestId } = task.wish
          return imports.run(
            { organization, actor, requestId },
            { name, fingerprint: known, report: task.id, records: reader.read(bytesOf(claim)) },
            { dryRun: task.kind === "preview", createGroups, invite }
          )
        })

        const carryOut = Effect.fnUntraced(function* (
          claim: TaskClaim,
          upload: ImportUpload,
          task: ImportTask,
          stopping: Effect.Effect<unknown>
        ) {
          let progress = task.kind === "preview" ? noProgress : task.progress
          let isLost = false
          let isStopped = false
          let hasEnded = false
          const stopped = yield* Deferred.make<void>()
          const note = Effect.gen(function* () {
            const hold = yield* uploads.hold(claim, lease, progress)
            if (hold === "held") return
            if (hold === "lost") isLost = true
            else isStopped = true
            yield* Deferred.succeed(stopped, undefined)
          })
          const take = Effect.fnUntraced(function* (event: ImportEvent) {
            if (task.kind === "preview" && event._tag === "Rows") {
              yield* uploads.tell(claim, event.outcomes.map(keptRow))
            }
            progress = progressed(progress, event)
            if (event._tag === "Ended") hasEnded = true
            // The import is noted at once: whoever takes over knows by it what was said before. So is each batch: nothing is
            // begun behind the one on which somebody asked to stop.
            if (!hasEnded) yield* note
          })
          const open = Effect.gen(function* () {
            const known = yield* fingerprintOf(claim, upload, task)
            if (task.kind === "preview") yield* uploads.untell(claim)
            else progress = { ...progress, fingerprint: known }
            return yield* eventsOf(claim, upload, task, progress.fingerprint ?? undefined)
          })
          const failed = (error: string): TaskEnd => ({ state: "failed", progress, error })
          const end = yield* Stream.unwrap(open).pipe(
            Stream.haltWhen(Deferred.await(stopped)),
            Stream.runForEach(take),
            Effect.map((): TaskEnd | undefined =>
              hasEnded ? { state: "ended", progress, error: undefined } : undefined
            ),
            Effect.catchTag(["CsvUnreadable", "ImportRefused"], ({ message }) => Effect.succeed(failed(message))),
            Effect.catchDefect((defect) =>
              Effect.as(Effect.logError(`The import of a file failed: ${upload.id}`, defect), failed(fault))
            ),
            Effect.onError(() => Effect.ignore(uploads.release(claim, restTime, progress))),
            // A batch may take long, and so may the first look at a large file.
            besides(Effect.forever(Effect.andThen(Effect.sleep(lease / 3), Effect.ignore(note)))),
            besides(Effect.andThen(stopping, Deferred.succeed(stopped, undefined)))
          )
          if (isLost) return
          const stoppedEnd: TaskEnd | undefined = isStopped
            ? { state: "stopped", progress, error: undefined }
            : undefined
          const how = end ?? stoppedEnd
          yield* how === undefined ? uploads.release(claim, 0, progress) : uploads.end(claim, how)
        })

        return ImportWorker.of({
          work: uploads.work,
          perform: Effect.fnUntraced(function* (work, stopping) {
            const claim: TaskClaim = { ...work, token: yield* random.uuidV4() }
            const upload = yield* uploads.claim(claim, lease)
            if (upload?.task === undefined) return
            const { isStopping, progress } = upload.task
            // Whoever was to stop it was lost before.
            if (isStopping) return yield* uploads.end(claim, { state: "stopped", progress, error: undefined })
            yield* carryOut(claim, upload, upload.task, stopping)
          })
        })
      })
    )
}

/** Does something else as long as this lasts. */
const besides =
  (other: Effect.Effect<unknown>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(Effect.forkChild(other), (fiber) => Effect.ensuring(effect, Fiber.interrupt(fiber)))

const fault = "The file could not be worked on because of a fault here. Tell the operator: the server's log says more."

const otherBytes = new CsvUnreadable({
  line: undefined,
  problem: "The bytes that came are not those that were announced: their SHA-256 is another",
  remedy: "The file changed while it was sent; send it again as a new file"
})

const keptRow = (outcome: RowOutcome): KeptRow => ({
  line: outcome.line,
  rejected: outcome.error !== undefined,
  text: reportedText(outcome)
})
