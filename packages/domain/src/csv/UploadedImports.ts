import { Context, Effect, Latch, Layer, Option, Stream } from "effect"
import { SecureRandom } from "effect/crypto"
import type { Caller } from "../directory/Caller.ts"
import { Directory, type DirectoryBusy } from "../directory/Directory.ts"
import { refuse } from "../directory/Submission.ts"
import { Organizations } from "../organization/Organizations.ts"
import { importFault } from "../organization/ScimOwnership.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { badRequest, ScimError } from "../scim/ScimError.ts"
import { makeFollowedUploads } from "./FollowedUploads.ts"
import { makeRejects } from "./ImportReport.ts"
import { type ImportUpload, ImportUploadId, isOpen, type TaskKind } from "./ImportUpload.ts"
import { ImportUploads, type UploadPage } from "./ImportUploads.ts"
import { readReported } from "./ReportedRow.ts"
import type { RowOutcome } from "./RowOutcome.ts"

/** Bounds of files that are sent, in bytes. */
export const uploadLimits = {
  /** One file: some ten million rows. */
  file: 1024 * 1024 * 1024,
  /** All files of an organisation that are kept at a time. */
  all: 4 * 1024 * 1024 * 1024,
  /** A part; the last may be smaller. */
  smallestPart: 64 * 1024
} as const

/** So many rows of a report are read at once. */
const reportPage = 500

type Failure = ScimError | StoreUnavailable

/** A file that is about to be sent. */
export interface NewFile {
  readonly name: string
  readonly size: number
  /** By what it is found again, and checked once it is here; see {@link ImportUpload.sha256}. */
  readonly sha256: string | undefined
}

/**
 * Imports of files that are sent to the server in parts (R-CSV, R-API-1). What is done with a file goes on in the background,
 * whoever looks at it; {@link ImportWorker} does it. A file that is not complete goes on where it stands; everything about it is
 * told by any server. While the organisation takes no imports (R-ORG-7), it takes no files either.
 */
export class UploadedImports extends Context.Service<
  UploadedImports,
  {
    begin(caller: Caller, file: NewFile): Effect.Effect<ImportUpload, Failure>
    /** Takes the bytes from an offset on; those that are here already are not taken again. */
    append(caller: Caller, id: string, offset: number, bytes: Uint8Array): Effect.Effect<ImportUpload, Failure>
    show(caller: Caller, id: string): Effect.Effect<ImportUpload, Failure>
    list(caller: Caller, page: UploadPage): Effect.Effect<ReadonlyArray<ImportUpload>, StoreUnavailable>
    remove(caller: Caller, id: string): Effect.Effect<void, Failure>
    start(
      caller: Caller,
      id: string,
      task: {
        readonly kind: TaskKind
        readonly createGroups: boolean
        readonly invite: boolean
        readonly resume: boolean
      }
    ): Effect.Effect<ImportUpload, Failure>
    /** Asks to stop what is done with the file, after the batch on its way; {@link follow} tells when it is. */
    stop(caller: Caller, id: string): Effect.Effect<ImportUpload, Failure>
    /** The file as it stands, and again whenever it is further, until its task is at its end; see {@link FollowedUploads}. */
    follow(
      caller: Caller,
      id: string
    ): Effect.Effect<Stream.Stream<ImportUpload, StoreUnavailable>, Failure | DirectoryBusy>
    /** What each row came to behind a line, in the order of the file, as far as it is told yet. */
    report(
      caller: Caller,
      id: string,
      after: number
    ): Effect.Effect<Stream.Stream<RowOutcome, StoreUnavailable>, Failure>
    /** The file of rows that stayed out, to be corrected and imported. */
    rejects(caller: Caller, id: string): Effect.Effect<Stream.Stream<string, StoreUnavailable>, Failure>
    /** Waits until a task is begun here; others are found by looking. */
    readonly begun: Effect.Effect<void>
  }
>()("@rollcall/domain/csv/UploadedImports") {
  /** `stopping` is done when the server is about to stop: whoever follows is let go then. */
  static readonly layer = (
    stopping: Effect.Effect<unknown> = Effect.never
  ): Layer.Layer<UploadedImports, never, ImportUploads | Directory | Organizations | SecureRandom.SecureRandom> =>
    Layer.effect(
      UploadedImports,
      Effect.gen(function* () {
        const uploads = yield* ImportUploads
        const directory = yield* Directory
        const organizations = yield* Organizations
        const random = yield* SecureRandom.SecureRandom
        const begun = yield* Latch.make(false)
        const stopped = yield* Latch.make(false)
        yield* Effect.forkScoped(Effect.andThen(stopping, stopped.open))
        const followed = yield* makeFollowedUploads(uploads, stopped.await)

        const refused = (caller: Caller, status: number, detail: string) =>
          refuse(directory, caller, new ScimError({ status, detail }))

        /** Looked up anew: who asks may be known from a moment ago, when it was another way. */
        const allowed = Effect.fnUntraced(function* (caller: Caller) {
          const { organization } = caller
          const now = (yield* organizations.findBySubdomain(organization.subdomain)) ?? organization
          const fault = importFault({ ...now, via: "csv" })
          if (fault !== undefined) return yield* refuse(directory, caller, fault)
        })

        const show = Effect.fnUntraced(function* (caller: Caller, id: string) {
          const known = isUuid(id)
            ? yield* uploads.find(caller.organization.id, ImportUploadId.make(id.toLowerCase()))
            : undefined
          return known ?? (yield* refused(caller, 404, `There is no file ${id.slice(0, 100)}. See the list of files.`))
        })

        const begin = Effect.fnUntraced(function* (caller: Caller, file: NewFile) {
          yield* allowed(caller)
          if (file.size > uploadLimits.file) {
            return yield* refused(
              caller,
              413,
              `The file is larger than ${uploadLimits.file} bytes. Cut it into several.`
            )
          }
          if ((yield* uploads.promised(caller.organization.id)) + file.size > uploadLimits.all) {
            const detail = `Files of more than ${uploadLimits.all} bytes are kept. Import or remove some of them first.`
            return yield* refused(caller, 409, detail)
          }
          const id = ImportUploadId.make(yield* random.uuidV7())
          return yield* uploads.begin(caller.organization.id, { ...file, id, by: caller.actor.keyLabel })
        })

        const append = Effect.fnUntraced(function* (caller: Caller, id: string, offset: number, bytes: Uint8Array) {
          const upload = yield* show(caller, id)
          const end = offset + bytes.length
          // The answer to this part was lost, and it comes again.
          if (end <= upload.received) return upload
          if (!upload.isKept) return yield* refused(caller, 410, noLonger)
          if (end > upload.size) {
            const detail = `The part ends behind the ${upload.size} bytes that the file has. Begin a new file.`
            return yield* Effect.fail(badRequest("invalidValue", detail))
          }
          if (bytes.length < uploadLimits.smallestPart && end < upload.size) {
            const detail = `The part is too small. Send ${uploadLimits.smallestPart} bytes or more; only the last may be smaller.`
            return yield* Effect.fail(badRequest("invalidValue", detail))
          }
          const isTaken = yield* uploads.append(caller.organization.id, upload.id, { offset, bytes })
          const now = yield* show(caller, id)
          if (isTaken || end <= now.received) return now
          return yield* refused(
            caller,
            409,
            `The file goes on at byte ${now.received}. Send the part that begins there.`
          )
        })

        const start: UploadedImports["Service"]["start"] = Effect.fnUntraced(function* (caller, id, { kind, ...wish }) {
          yield* allowed(caller)
          const upload = yield* show(caller, id)
          const task = yield* random.uuidV4()
          const { actor, organization, requestId } = caller
          const isStarted = yield* uploads.start(organization.id, upload.id, {
            id: task,
            kind,
            wish: { ...wish, actor: { ...actor, via: "csv" }, requestId }
          })
          if (!isStarted) {
            const now = yield* show(caller, id)
            return yield* now.isKept
              ? refused(
                  caller,
                  409,
                  isOpen(now.task) ? busy : `${now.received} of ${now.size} bytes are here. Send the rest.`
                )
              : refused(caller, 410, noLonger)
          }
          yield* begun.open
          return yield* show(caller, id)
        })

        const stop = Effect.fnUntraced(function* (caller: Caller, id: string) {
          const upload = yield* show(caller, id)
          if (yield* uploads.stop(caller.organization.id, upload.id)) return yield* show(caller, id)
          return yield* refused(caller, 409, "Nothing is done with the file now. See its task.")
        })

        const follow = Effect.fnUntraced(function* (caller: Caller, id: string) {
          const { id: known } = yield* show(caller, id)
          return yield* followed.follow(caller.organization.id, known)
        })

        const rows = (caller: Caller, task: string | undefined, after: number, onlyRejected: boolean) =>
          task === undefined
            ? Stream.empty
            : Stream.paginate(after, (last) =>
                Effect.map(
                  uploads.report(caller.organization.id, task, { after: last, limit: reportPage, onlyRejected }),
                  (kept) => {
                    const end = kept.length < reportPage ? undefined : kept.at(-1)?.line
                    return [kept.map(({ text }) => readReported(text)), Option.fromUndefinedOr(end)] as const
                  }
                )
              )

        return UploadedImports.of({
          begin,
          append,
          show,
          start,
          stop,
          follow,
          list: (caller, page) => uploads.list(caller.organization.id, page),
          remove: Effect.fnUntraced(function* (caller, id) {
            const upload = yield* show(caller, id)
            if (!(yield* uploads.remove(caller.organization.id, upload.id))) return yield* refused(caller, 409, busy)
          }),
          report: (caller, id, after) =>
            Effect.map(show(caller, id), ({ task }) => rows(caller, task?.id, after, false)),
          rejects: (caller, id) =>
            Effect.map(show(caller, id), ({ task }) => {
              const columns = task?.progress.columns
              if (columns === undefined || columns === null) return Stream.empty
              const { header, row } = makeRejects(columns)
              return Stream.make(header).pipe(
                Stream.concat(Stream.map(rows(caller, task?.id, 0, true), (outcome) => row(outcome) ?? ""))
              )
            }),
          begun: Effect.andThen(begun.await, begun.close)
        })
      })
    )
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

const noLonger = "The file is no longer kept. Send it again as a new file."
const busy = "The file is being worked on. Wait until that is at its end."
