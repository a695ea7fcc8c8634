import { Context, type Effect } from "effect"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { KeptRow } from "./ImportStep.ts"
import type { ImportUpload, ImportUploadId, TaskKind, TaskProgress, TaskState, TaskWish } from "./ImportUpload.ts"

/** A file whose task waits for a server. */
export interface ImportWork {
  readonly organization: OrganizationId
  readonly upload: ImportUploadId
}

/** A server's hold on a task. */
export interface TaskClaim extends ImportWork {
  readonly token: string
}

/** What comes of holding on to a task: it is gone on with, is to be stopped, or the claim is lost. */
export type Hold = "held" | "stopping" | "lost"

/** Which files are listed. */
export interface UploadPage {
  readonly before?: ImportUploadId | undefined
  readonly sha256?: string | undefined
  readonly limit: number
}

/** How a task ended. */
export interface TaskEnd {
  readonly state: Exclude<TaskState, "waiting" | "running">
  readonly progress: TaskProgress
  readonly error: string | undefined
}

/** Of a report: rows behind a line, at most so many, perhaps only those that stayed out. */
export interface ReportPage {
  readonly after: number
  readonly limit: number
  readonly onlyRejected: boolean
}

/**
 * Files that were sent to be imported, and what is done with them (port). One task of a file at a time; a server holds it by a
 * claim that lapses, so that another goes on where one is lost. Every write of whoever has lost the claim is without effect.
 * The rows of an import's report are written by the directory, in the transaction of its rows.
 */
export class ImportUploads extends Context.Service<
  ImportUploads,
  {
    begin(
      organization: OrganizationId,
      begun: {
        readonly id: ImportUploadId
        readonly name: string
        readonly size: number
        readonly sha256: string | undefined
        readonly by: string
      }
    ): Effect.Effect<ImportUpload, StoreUnavailable>
    find(organization: OrganizationId, id: ImportUploadId): Effect.Effect<ImportUpload | undefined, StoreUnavailable>
    /**
     * The latest first, at most `limit`; of those that were begun before that one, and of those of these bytes, where it is
     * given.
     */
    list(organization: OrganizationId, page: UploadPage): Effect.Effect<ReadonlyArray<ImportUpload>, StoreUnavailable>
    /** How many bytes are kept or promised, all files together. */
    promised(organization: OrganizationId): Effect.Effect<number, StoreUnavailable>
    /** Adds bytes at the end; false where the end is not at that offset, they are too many, or the file is not kept. */
    append(
      organization: OrganizationId,
      id: ImportUploadId,
      part: { readonly offset: number; readonly bytes: Uint8Array }
    ): Effect.Effect<boolean, StoreUnavailable>
    /** The part of the file that begins at an offset, as it was appended; undefined at the end. */
    part(
      organization: OrganizationId,
      id: ImportUploadId,
      offset: number
    ): Effect.Effect<Uint8Array | undefined, StoreUnavailable>
    /** Removes a file with its report; false where it is not there, or its task is under way. */
    remove(organization: OrganizationId, id: ImportUploadId): Effect.Effect<boolean, StoreUnavailable>
    /** Begins a task, in place of the last one and its report; false where the file is not complete, or busy. */
    start(
      organization: OrganizationId,
      id: ImportUploadId,
      task: { readonly id: string; readonly kind: TaskKind; readonly wish: TaskWish }
    ): Effect.Effect<boolean, StoreUnavailable>
    /** Asks to stop the task after the batch on its way; false where none is under way. */
    stop(organization: OrganizationId, id: ImportUploadId): Effect.Effect<boolean, StoreUnavailable>
    /** Tasks that no server holds, of all organisations. */
    readonly work: Effect.Effect<ReadonlyArray<ImportWork>, StoreUnavailable>
    /** Takes a task for so many milliseconds; undefined where another was quicker. */
    claim(claim: TaskClaim, lease: number): Effect.Effect<ImportUpload | undefined, StoreUnavailable>
    /** Holds a task for so many milliseconds more, and notes how far it is. */
    hold(claim: TaskClaim, lease: number, progress: TaskProgress): Effect.Effect<Hold, StoreUnavailable>
    /** Gives a task back, for another server to go on with after so many milliseconds. */
    release(claim: TaskClaim, pause: number, progress: TaskProgress): Effect.Effect<void, StoreUnavailable>
    /** Ends a task. A file that was imported is not kept any longer. */
    end(claim: TaskClaim, end: TaskEnd): Effect.Effect<void, StoreUnavailable>
    /** Adds rows to the report of a preview. */
    tell(claim: TaskClaim, rows: ReadonlyArray<KeptRow>): Effect.Effect<void, StoreUnavailable>
    /** Forgets what was told: a preview that is taken over begins anew. */
    untell(claim: TaskClaim): Effect.Effect<void, StoreUnavailable>
    /** Rows of the report of a task, in the order of the file. */
    report(
      organization: OrganizationId,
      task: string,
      page: ReportPage
    ): Effect.Effect<ReadonlyArray<KeptRow>, StoreUnavailable>
    /** Lets go of the bytes of files that nobody has used since, without a task under way; how many files. */
    forgetFiles(organization: OrganizationId, before: number, limit: number): Effect.Effect<number, StoreUnavailable>
    /** Forgets files that nobody has used since, with their reports, at most so many rows; how many rows and files. */
    forgetReports(organization: OrganizationId, before: number, limit: number): Effect.Effect<number, StoreUnavailable>
  }
>()("@rollcall/domain/csv/ImportUploads") {}
