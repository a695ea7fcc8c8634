import type { CsvReader } from "@rollcall/domain/csv/CsvReader"
import type { RowOutcome } from "@rollcall/domain/csv/RowOutcome"
import type { ImportError, ImportEvent, ImportOptions } from "@rollcall/domain/csv/UserImport"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Context, type Deferred, type Effect, type FileSystem, type Path } from "effect"
import type { Installation } from "../Installation.ts"
import type { Refused } from "../Refused.ts"
import type { SurveyedFile } from "./ImportFiles.ts"
import type { ServerRefused } from "./server/ServerRefused.ts"

/** A file of people, and how it is imported. */
export interface PeopleFile {
  readonly path: string
  readonly surveyed: SurveyedFile
  /** Whether a run with the same file that was ended is gone on with. */
  readonly resume: boolean
  readonly options: ImportOptions
}

/** What is told besides the events of an import: what happens on the way to a server, for people and for programs. */
export type ImportTold =
  | ImportEvent
  /** So many bytes of the file are on the server. */
  | { readonly _tag: "Sent"; readonly sent: number; readonly size: number }
  | { readonly _tag: "Noted"; readonly text: string }
  /** Rows that an earlier run of this import did and could not tell of any more: `Begun` follows, and counts them as done before. */
  | { readonly _tag: "Missed"; readonly outcomes: ReadonlyArray<RowOutcome> }

/** How far an earlier run of an import came. */
export interface EarlierRun {
  /** The header of its file, as that spells it. */
  readonly names: ReadonlyArray<string>
  /** So many rows stayed out in all. */
  readonly rejected: number
}

/** Who is told what an import comes to. */
export interface ImportListener {
  tell(told: ImportTold): Effect.Effect<void, Refused>
  /** Behind which line rows of an earlier run have not been told; undefined: all were. */
  missedBehind(earlier: EarlierRun): Effect.Effect<number | undefined, Refused>
}

export type ImportFailure = ImportError | ServerRefused | Refused

/** What an import reads its file with. */
export type ImportServices = Installation | FileSystem.FileSystem | CsvReader | Path.Path

/** An import that can be carried out, once. */
export interface PreparedImport {
  /**
   * Carries it out, and tells each event before the next one happens. When `stopped` is done it ends after the batch that is on
   * its way, without `Ended`, and the same file goes on behind it later.
   */
  run(listener: ImportListener, stopped: Deferred.Deferred<void>): Effect.Effect<void, ImportFailure, ImportServices>
  /** What it came to has been told: it need not be kept to be told again. */
  readonly settled: Effect.Effect<void>
}

/** An organisation that files go into. */
export interface ImportTarget {
  readonly subdomain: string
  /** The columns that a file of it may have. */
  readonly columns: Effect.Effect<ReadonlyArray<string>, ImportFailure, Installation>
  prepare(file: PeopleFile): PreparedImport
}

/** The way of a file of people into an organisation (port): straight to the database, or through a server's Public API. */
export class PeopleImport extends Context.Service<
  PeopleImport,
  {
    /** The organisation with that subdomain; where there is none, or another, the refusal says what to do. */
    into(subdomain: string): Effect.Effect<ImportTarget, StoreUnavailable | ServerRefused | Refused>
  }
>()("@rollcall/cli/import/PeopleImport") {}
