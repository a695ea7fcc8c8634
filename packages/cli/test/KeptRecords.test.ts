import { assert, describe, it } from "@effect/vitest"
import { makeKeptRecords, type RecordForm } from "@rollcall/cli/import/KeptRecords"
import { makeRejects, reportHeader, reportLine, reportRow } from "@rollcall/domain/csv/ImportReport"
import type { RowOutcome } from "@rollcall/domain/csv/RowOutcome"
import { Effect, Schema } from "effect"

const Text = Schema.Literals([
  'a "quoted" word',
  "two\nlines",
  "two\r\nlines",
  "=1+1",
  "Zoë",
  "",
  '"',
  "{",
  "line 9: x"
])

const Row = Schema.Struct({
  gap: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3 })),
  isRejected: Schema.Boolean,
  name: Text,
  title: Text
})

const outcomesOf = (rows: ReadonlyArray<typeof Row.Type>): ReadonlyArray<RowOutcome> => {
  let line = 1
  return rows.map(({ gap, isRejected, name, title }) => {
    line += gap
    return {
      line,
      outcome: isRejected ? "rejected" : "updated",
      user: { id: undefined, userId: line, userName: name },
      rule: undefined,
      changes: [{ attribute: "title", before: name, after: title }],
      notes: [title],
      error: isRejected ? { column: name, detail: title, caseCode: undefined } : undefined,
      cells: [name, title]
    }
  })
}

interface Printed {
  readonly form: RecordForm
  readonly header: string
  row(outcome: RowOutcome): string | undefined
}

const printed: Readonly<Record<string, Printed>> = {
  "a report in CSV": { form: "csv", header: reportHeader, row: reportRow },
  "a report in JSON lines": { form: "jsonLines", header: "", row: reportLine },
  "a rejects file": { form: "csv", ...makeRejects(["name", "title"]) }
}

const Place = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000 }))

describe("what stays of a file that an earlier run wrote", () => {
  for (const [name, { form, header, row }] of Object.entries(printed)) {
    it.effect.prop(
      `of ${name}, cut anywhere, the whole records stay that tell of lines up to the one that is gone on behind`,
      [
        Schema.Array(Row).check(Schema.isMaxLength(8)),
        Place,
        Place,
        Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 }))
      ],
      ([rows, cut, upTo, step]) =>
        Effect.sync(() => {
          const records = outcomesOf(rows).flatMap((outcome) => {
            const text = row(outcome)
            return text === undefined ? [] : [{ line: outcome.line, bytes: Buffer.from(text) }]
          })
          const whole = Buffer.concat([Buffer.from(header), ...records.map(({ bytes }) => bytes)])
          const bytes = whole.subarray(0, Math.round((whole.length * cut) / 1_000))
          const last = Math.round((upTo * (records.at(-1)?.line ?? 0)) / 1_000)

          let expected = { size: 0, line: 0, count: 0 }
          let end = Buffer.byteLength(header)
          if (end <= bytes.length) expected = { size: end, line: 0, count: 0 }
          for (const record of records) {
            end += record.bytes.length
            if (record.line > last || end > bytes.length) break
            expected = { size: end, line: record.line, count: expected.count + 1 }
          }
          const kept = makeKeptRecords(form, last)
          for (let at = 0; at < bytes.length; at += step) kept.take(bytes.subarray(at, at + step))
          assert.deepStrictEqual(kept.kept(), expected)
        }),
      { arbitrary: { runs: 300 } }
    )
  }
})
