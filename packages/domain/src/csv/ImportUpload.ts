import { Schema } from "effect"
import { Source } from "../user/User.ts"
import { ImportCounts, ImportId, noCounts } from "./ImportStep.ts"
import { countOf } from "./RowOutcome.ts"
import type { ImportEvent } from "./UserImport.ts"

/** The id of a file that was sent to be imported: a UUID in lower case. */
export const ImportUploadId = Schema.String.pipe(Schema.brand("ImportUploadId"))
export type ImportUploadId = typeof ImportUploadId.Type

/** What is done with a file: told what would happen to each row (R-CSV-3), or imported. */
export const TaskKind = Schema.Literals(["preview", "run"])
export type TaskKind = typeof TaskKind.Type

/** `stopped`: somebody asked to stop it; the same file goes on behind the last line that is done. */
export const TaskState = Schema.Literals(["waiting", "running", "ended", "failed", "stopped"])
export type TaskState = typeof TaskState.Type

/** How it is done, and for whom. */
export const TaskWish = Schema.Struct({
  createGroups: Schema.Boolean,
  invite: Schema.Boolean,
  /** Whether an import of the same file that was ended before its end is gone on with. */
  resume: Schema.Boolean,
  actor: Schema.Struct({
    keyId: Schema.String,
    keyLabel: Schema.String,
    client: Schema.String,
    via: Schema.optionalKey(Schema.Literals(Source.literals.filter((source) => source !== "scim")))
  }),
  requestId: Schema.String
})
export type TaskWish = typeof TaskWish.Type

/** How far a task has come. */
export const TaskProgress = Schema.Struct({
  /** The import that it is, once it was begun; a preview is none. */
  import: Schema.NullOr(ImportId),
  /** By what the file is known again, once that was found out. */
  fingerprint: Schema.NullOr(Schema.String),
  /** The header as the file spells it; null as long as it was not read. */
  columns: Schema.NullOr(Schema.Array(Schema.String)),
  ignoredColumns: Schema.Array(Schema.Struct({ name: Schema.String, meant: Schema.NullOr(Schema.String) })),
  /** Rows up to this line were done by an earlier import of the same file; 0: none. */
  resumedAfter: Schema.Int,
  /** What these came to. */
  before: ImportCounts,
  /** What the rows behind them came to. */
  counts: ImportCounts,
  /** The last line that is done. */
  line: Schema.Int
})
export type TaskProgress = typeof TaskProgress.Type

export const noProgress: TaskProgress = {
  import: null,
  fingerprint: null,
  columns: null,
  ignoredColumns: [],
  resumedAfter: 0,
  before: noCounts,
  counts: noCounts,
  line: 0
}

/** What is done, or was done last, with a file. */
export interface ImportTask {
  /** Its report is known by it, too. */
  readonly id: string
  readonly kind: TaskKind
  readonly state: TaskState
  readonly wish: TaskWish
  readonly progress: TaskProgress
  /** Whether somebody asked to stop it. */
  readonly isStopping: boolean
  /** Why it failed: what is wrong, where, and what to do. */
  readonly error: string | undefined
  readonly startedAt: number
  readonly endedAt: number | undefined
}

/** A file that is sent in parts, kept until it was imported. Times are milliseconds since 1970 UTC. */
export interface ImportUpload {
  readonly id: ImportUploadId
  /** What people call the file. */
  readonly name: string
  /** Bytes that the file has, and how many of them are here. */
  readonly size: number
  readonly received: number
  /** What whoever sent it says that it is: the SHA-256 of its bytes in hexadecimal digits. */
  readonly sha256: string | undefined
  /** The label of the key it was sent with. */
  readonly by: string
  /** Whether the bytes are still kept. */
  readonly isKept: boolean
  readonly createdAt: number
  readonly usedAt: number
  readonly task: ImportTask | undefined
}

/** Whether a task still has something to do. */
export const isOpen = (task: Pick<ImportTask, "state"> | undefined): boolean =>
  task?.state === "waiting" || task?.state === "running"

/** How far a task has come with one event more. A task that was taken over begins again, and keeps what it had said. */
export const progressed = (progress: TaskProgress, event: ImportEvent): TaskProgress => {
  switch (event._tag) {
    case "Begun": {
      const columns = {
        columns: event.names,
        ignoredColumns: event.ignored.map(({ meant, name }) => ({ name, meant: meant ?? null }))
      }
      const isSame = event.import !== undefined && event.import === progress.import
      return isSame
        ? { ...progress, ...columns, counts: difference(event.before, progress.before), line: event.resumedAfter }
        : {
            ...progress,
            ...columns,
            import: event.import ?? null,
            resumedAfter: event.resumedAfter,
            before: event.before,
            counts: noCounts,
            line: event.resumedAfter
          }
    }
    case "Rows": {
      const counts = { ...progress.counts }
      for (const outcome of event.outcomes) counts[countOf(outcome)]++
      return { ...progress, counts, line: event.outcomes.at(-1)?.line ?? progress.line }
    }
    case "Ended":
      return progress
  }
}

const difference = (all: ImportCounts, before: ImportCounts): ImportCounts => ({
  created: all.created - before.created,
  updated: all.updated - before.updated,
  unchanged: all.unchanged - before.unchanged,
  rejected: all.rejected - before.rejected
})
