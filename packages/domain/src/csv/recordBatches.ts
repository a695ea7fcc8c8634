import { Stream } from "effect"
import type { CsvRecord } from "./CsvReader.ts"

/** Bounds of what is carried out together: records, and characters of their cells. */
export interface BatchLimits {
  readonly records: number
  readonly characters: number
}

/** Records together with their size. */
export interface RecordBatch {
  readonly records: ReadonlyArray<CsvRecord>
  readonly characters: number
}

interface Filling {
  readonly records: Array<CsvRecord>
  characters: number
}

/** Characters of a record's cells. */
export const sizeOf = ({ cells }: CsvRecord): number => cells.reduce((size, cell) => size + cell.length, 0)

/** Records in the order of the file, in batches that are bounded in both: one of few rows with huge cells is as big as many small ones. */
export const recordBatches =
  (limits: BatchLimits) =>
  <E, R>(records: Stream.Stream<CsvRecord, E, R>): Stream.Stream<RecordBatch, E, R> =>
    Stream.mapAccum(
      records,
      (): Filling => ({ records: [], characters: 0 }),
      (filling, record): readonly [Filling, ReadonlyArray<RecordBatch>] => {
        const size = sizeOf(record)
        const isFull =
          filling.records.length >= limits.records ||
          (filling.records.length > 0 && filling.characters + size > limits.characters)
        if (isFull) return [{ records: [record], characters: size }, [filling]]
        filling.records.push(record)
        filling.characters += size
        return [filling, []]
      },
      { onHalt: (filling) => (filling.records.length === 0 ? [] : [filling]) }
    )
