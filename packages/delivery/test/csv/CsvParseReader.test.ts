import { assert, describe, it } from "@effect/vitest"
import { layerCsvReader } from "@rollcall/delivery/csv/CsvParseReader"
import { fileFingerprint } from "@rollcall/delivery/csv/fileFingerprint"
import { printRecord } from "@rollcall/domain/csv/CsvCell"
import { CsvReader, type CsvRecord, CsvUnreadable } from "@rollcall/domain/csv/CsvReader"
import { Arbitrary, Effect, Schema, Stream } from "effect"

/** The records of a file that comes in pieces of so many bytes. */
const read = (bytes: Uint8Array, piece = 64 * 1024) =>
  Effect.gen(function* () {
    const reader = yield* CsvReader
    const pieces: Array<Uint8Array> = []
    for (let from = 0; from < bytes.length; from += piece) pieces.push(bytes.subarray(from, from + piece))
    return yield* Stream.runCollect(reader.read(Stream.fromIterable(pieces).pipe(Stream.rechunk(1))))
  }).pipe(Effect.provide(layerCsvReader))

const utf8 = (text: string) => new TextEncoder().encode(text)
const cellsOf = (records: ReadonlyArray<CsvRecord>) => records.map(({ cells }) => cells)

const utf16 = (text: string, isBig: boolean, mark: boolean): Uint8Array => {
  const bytes = Buffer.from(`${mark ? "\ufeff" : ""}${text}`, "utf16le")
  return isBig ? bytes.swap16() : bytes
}

const failure = (bytes: Uint8Array) =>
  Effect.map(Effect.flip(read(bytes)), (error) => {
    assert.instanceOf(error, CsvUnreadable)
    return error.message
  })

const character = Arbitrary.map(
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 15 }))),
  (i) => ["a", "B", "é", "😀", '"', ",", ";", "\t", "\n", "\r\n", " ", "'", "0", "=", "\\", "€"][i] ?? ""
)
const cell = Arbitrary.map(Arbitrary.array(character, { maxLength: 6 }), (parts) => parts.join(""))

describe("the CSV reader", () => {
  it.effect.prop(
    "whatever the printer prints is read back, in any pieces, with the lines on which records begin (R-CSV-1)",
    [
      Arbitrary.array(Arbitrary.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 6 }),
      Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 })))
    ],
    ([rows, piece]) =>
      Effect.gen(function* () {
        const all = [["email", "name"], ...rows]
        const records = yield* read(utf8(all.map((row) => printRecord(row)).join("")), piece)
        assert.deepStrictEqual(cellsOf(records), all)
        let line = 1
        const lines = all.map((row) => {
          const at = line
          line += printRecord(row).split("\n").length - 1
          return at
        })
        assert.deepStrictEqual(
          records.map((record) => record.line),
          lines
        )
      })
  )

  it.effect("comma, semicolon, tab, and Excel's line that names one", () =>
    Effect.gen(function* () {
      const rows = [
        ["email", "first name"],
        ["a@h.example", "A"]
      ]
      for (const text of [
        "email,first name\na@h.example,A\n",
        "email;first name\r\na@h.example;A",
        "email\tfirst name\ra@h.example\tA\r",
        "sep=;\r\nemail;first name\r\na@h.example;A\r\n",
        '\n"email";"first name"\n\n\na@h.example;A'
      ]) {
        assert.deepStrictEqual(cellsOf(yield* read(utf8(text), 3)), rows, text)
      }
      // A quoted comma in a header of semicolons does not count.
      assert.deepStrictEqual(cellsOf(yield* read(utf8('"a,b,c,d";e;f\n'))), [["a,b,c,d", "e", "f"]])
    })
  )

  it.effect("the lines of the file, with line breaks in quotes and lines with nothing on them", () =>
    Effect.gen(function* () {
      const records = yield* read(utf8('sep=,\r\nemail,title\r\n\r\na,"x\r\ny\nz"\r\nb,c\r\n'), 2)
      assert.deepStrictEqual(
        records.map(({ cells, line }) => [line, cells[0]]),
        [
          [2, "email"],
          [4, "a"],
          [7, "b"]
        ]
      )
    })
  )

  it.effect("UTF-8 and UTF-16 of either order, with a mark or without", () =>
    Effect.gen(function* () {
      const text = "email,first name\ngrün@h.example,Zoë 😀 Łukasz and a long tail of plain letters\n"
      const expected = cellsOf(yield* read(utf8(text)))
      const files = [
        utf8(`\ufeff${text}`),
        utf16(text, false, true),
        utf16(text, true, true),
        utf16(text, false, false),
        utf16(text, true, false)
      ]
      for (const [i, bytes] of files.entries()) {
        for (const piece of [1, 7, 1_000]) assert.deepStrictEqual(cellsOf(yield* read(bytes, piece)), expected, `${i}`)
      }
    })
  )

  it.effect("another encoding is refused with the line, and what to do", () =>
    Effect.gen(function* () {
      const bytes = Buffer.from("email,name\na@h.example,A\nb@h.example,Zo\u00eb B\n", "latin1")
      assert.strictEqual(
        yield* failure(bytes),
        "Line 3: The file is not in UTF-8; it is probably in windows-1252 or another old encoding. " +
          'Save it as "CSV UTF-8" in the spreadsheet, and import that.'
      )
    })
  )

  it.effect("a quote that is never closed is told with its line, also where the file is endless", () =>
    Effect.gen(function* () {
      assert.match(yield* failure(utf8('email,name\na,"b\nc,d\n')), /^Line 2: A quote is opened on this line/)
      const endless = `email,name\na,b\nc,"${"x,y\n".repeat(5_000_000)}`
      assert.match(yield* failure(utf8(endless)), /^Line 3: A quote is opened on this line/)
    })
  )

  it.effect("quotes inside cells, cells of 5 MB and NUL are read as they are; so is a file that is empty", () =>
    Effect.gen(function* () {
      const large = "x".repeat(5 * 1024 * 1024)
      const records = yield* read(utf8(`a,b\n5" pipe,"say ""hi"""\n${large},\0\n`))
      assert.deepStrictEqual(cellsOf(records), [
        ["a", "b"],
        ['5" pipe', 'say "hi"'],
        [large, "\0"]
      ])
      assert.deepStrictEqual(yield* read(new Uint8Array()), [])
      assert.deepStrictEqual(yield* read(utf8("\ufeff")), [])
    })
  )

  it.effect("a file is known again by its bytes, in whatever pieces they come", () =>
    Effect.gen(function* () {
      const of = (...pieces: ReadonlyArray<string>) => fileFingerprint(Stream.fromIterable(pieces.map(utf8)))
      assert.strictEqual(yield* of("email\n", "a"), yield* of("em", "ail\na"))
      assert.notStrictEqual(yield* of("email\na"), yield* of("email\nb"))
    })
  )
})
