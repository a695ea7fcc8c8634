import { Schema } from "effect"
import { addCounts, type ImportAdvance, ImportCounts, ImportId } from "./ImportStep.ts"

/** What a file is about. */
export const ImportKind = Schema.Literals(["users", "groupTypes"])
export type ImportKind = typeof ImportKind.Type

/** An import that was begun, as it is listed and resumed. Times are milliseconds since 1970 UTC. */
export const ImportRecord = Schema.Struct({
  id: ImportId,
  kind: ImportKind,
  /** The name of the file, as it was told. */
  name: Schema.String,
  /** By what the file and the way in which it is imported are known again; undefined where they are not. */
  fingerprint: Schema.UndefinedOr(Schema.String),
  /** Who began it. */
  by: Schema.String,
  /** The last line whose row is done, with all before it; 0 where there is none. */
  line: Schema.Int,
  counts: ImportCounts,
  startedAt: Schema.Number,
  updatedAt: Schema.Number,
  /** When the end of the file was reached; undefined as long as it was not. */
  finishedAt: Schema.UndefinedOr(Schema.Number)
})
export type ImportRecord = typeof ImportRecord.Type

/** The record after some rows more. */
export const advancedRecord = (record: ImportRecord, advance: ImportAdvance): ImportRecord => ({
  ...record,
  line: advance.line,
  counts: addCounts(record.counts, advance.counts)
})
