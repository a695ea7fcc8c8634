import { Context, Schema, type Stream } from "effect"

/** One record of a file as it stands there. */
export interface CsvRecord {
  /** The line on which it begins, from 1; a quoted cell can go over several lines. */
  readonly line: number
  readonly cells: ReadonlyArray<string>
}

/** The file as a whole cannot be read, or not from here on: what is wrong, where, and what to do. */
export class CsvUnreadable extends Schema.TaggedError<CsvUnreadable>()("CsvUnreadable", {
  /** The line on which reading stopped, where one can be told. */
  line: Schema.UndefinedOr(Schema.Int),
  problem: Schema.String,
  remedy: Schema.String
}) {
  override get message(): string {
    return `${this.line === undefined ? "" : `Line ${this.line}: `}${this.problem}. ${this.remedy}.`
  }
}

/**
 * Reads a file of comma-separated values (port): bytes in, records out, the header being the first. Encoding (UTF-8 or
 * UTF-16) and delimiter (comma, semicolon, tab) are recognised; lines without anything on them are left out; memory
 * does not grow with the file.
 */
export class CsvReader extends Context.Service<
  CsvReader,
  {
    read<E>(bytes: Stream.Stream<Uint8Array, E>): Stream.Stream<CsvRecord, E | CsvUnreadable>
  }
>()("@rollcall/domain/csv/CsvReader") {}
