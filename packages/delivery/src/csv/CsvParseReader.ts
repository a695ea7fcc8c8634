import { CsvReader, type CsvRecord, CsvUnreadable } from "@rollcall/domain/csv/CsvReader"
import { CsvError, type Parser, parse } from "csv-parse"
import { Effect, Layer, Stream } from "effect"
import { decodeText } from "./decodeText.ts"
import { firstLineOf } from "./delimiterOf.ts"

/** Bytes of one record at most: beyond it, a quote was opened somewhere and never closed. */
const maxRecordSize = 16 * 1024 * 1024

/** So much of a file is looked at for its delimiter, where its first line does not end before. */
const headSize = 64 * 1024

/** Reads CSV with the `csv-parse` package: RFC 4180, with quotes tolerated inside cells that do not begin with one. */
export const layerCsvReader: Layer.Layer<CsvReader> = Layer.succeed(CsvReader, {
  read: (bytes) => Stream.unwrap(Effect.sync(() => readText(decodeText(bytes))))
})

const readText = <E>(text: Stream.Stream<string, E>): Stream.Stream<CsvRecord, E | CsvUnreadable> => {
  const reading = new Reading()
  return text.pipe(
    Stream.mapEffect((chunk) => reading.take(chunk)),
    Stream.concat(Stream.fromEffect(reading.end)),
    Stream.flattenIterable
  )
}

/** The reading of one file: text in, records out with the lines on which they begin. */
class Reading {
  private head = ""
  private parser: Parser | undefined
  private line = 1

  take(text: string): Effect.Effect<ReadonlyArray<CsvRecord>, CsvUnreadable> {
    return Effect.suspend(() => {
      if (this.parser !== undefined) return this.parse(this.parser, text)
      this.head += text
      // The line by which Excel names the delimiter is followed by the header.
      const isKnown = this.head.length >= headSize || /[^\s][\r\n]+[^\r\n]*[\r\n]/.test(this.head.slice(0, headSize))
      return isKnown ? this.parse(this.open(), this.head) : Effect.succeed([])
    })
  }

  readonly end: Effect.Effect<ReadonlyArray<CsvRecord>, CsvUnreadable> = Effect.suspend(() => {
    const known = this.parser
    const parser = known ?? this.open()
    const before = known === undefined ? this.parse(parser, this.head) : Effect.succeed([])
    return Effect.flatMap(before, (records) => Effect.map(this.flush(parser), (last) => [...records, ...last]))
  })

  private open(): Parser {
    const { delimiter, skipped } = firstLineOf(this.head)
    this.head = this.head.slice(skipped)
    if (skipped > 0) this.line = 2
    const parser = parse({
      bom: false,
      delimiter,
      record_delimiter: ["\r\n", "\n", "\r"],
      relax_column_count: true,
      relax_quotes: true,
      max_record_size: maxRecordSize
    })
    // What is wrong is looked up after each step; nobody else listens.
    parser.on("error", () => undefined)
    this.parser = parser
    return parser
  }

  /** The parser works at once: what it has made of the text stands ready when `write` returns. */
  private parse(parser: Parser, text: string): Effect.Effect<ReadonlyArray<CsvRecord>, CsvUnreadable> {
    return Effect.suspend(() => {
      parser.write(text)
      const records = this.drain(parser)
      return parser.errored === null ? Effect.succeed(records) : this.failure(parser.errored)
    })
  }

  private flush(parser: Parser): Effect.Effect<ReadonlyArray<CsvRecord>, CsvUnreadable> {
    return Effect.callback((resume) => {
      const records: Array<CsvRecord> = []
      parser.on("readable", () => records.push(...this.drain(parser)))
      parser.once("end", () => resume(Effect.succeed(records)))
      parser.once("error", (error) => resume(this.failure(error)))
      parser.end()
      records.push(...this.drain(parser))
    })
  }

  private drain(parser: Parser): Array<CsvRecord> {
    const records: Array<CsvRecord> = []
    for (let cells: Array<string> | null = parser.read(); cells !== null; cells = parser.read()) {
      const line = this.line
      this.line += 1 + breaksIn(cells)
      // A line with nothing on it.
      if (cells.length > 1 || cells[0] !== "") records.push({ line, cells })
    }
    return records
  }

  private failure(error: Error): Effect.Effect<never, CsvUnreadable> {
    const isEndless =
      error instanceof CsvError && (error.code === "CSV_QUOTE_NOT_CLOSED" || error.code === "CSV_MAX_RECORD_SIZE")
    return isEndless
      ? Effect.fail(
          new CsvUnreadable({
            line: this.line,
            problem: "A quote is opened on this line, or soon after it, and not closed",
            remedy: 'Close it, or write a quote inside a cell twice ("")'
          })
        )
      : Effect.die(error)
  }
}

/** How many line breaks the cells of a record have: CRLF is one. */
const breaksIn = (cells: ReadonlyArray<string>): number => {
  let breaks = 0
  for (const cell of cells) {
    for (let i = 0; i < cell.length; i++) {
      const code = cell.charCodeAt(i)
      if (code === 0x0a || (code === 0x0d && cell.charCodeAt(i + 1) !== 0x0a)) breaks++
    }
  }
  return breaks
}
