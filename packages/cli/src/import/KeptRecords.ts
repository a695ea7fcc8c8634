import { toldLine } from "@rollcall/domain/csv/ImportReport"

/** How a file is cut into records: by line breaks, in CSV by those outside of quotes. */
export type RecordForm = "csv" | "jsonLines"

/** What of a file that earlier runs wrote stays when another goes on with it. */
export interface KeptRecords {
  /** So many bytes, which end with a record. */
  readonly size: number
  /** The last line that they tell of; 0: none. */
  readonly line: number
  /** Of so many lines they tell. */
  readonly count: number
}

export const nothingKept: KeptRecords = { size: 0, line: 0, count: 0 }

/** So many bytes of a record tell its line. */
const startSize = 32

const [lineFeed, quote] = [0x0a, 0x22]

/**
 * Finds the records of a report, or of a rejects file, that come before the first that tells of a line behind `upTo`: whoever goes
 * on tells of that line again. Half a record at the end, which a killed run leaves, does not stay either. Bytes come in parts of any
 * size; of a file of any length a few are kept.
 */
export const makeKeptRecords = (
  form: RecordForm,
  upTo: number
): { take(part: Uint8Array): void; readonly kept: () => KeptRecords } => {
  let kept: KeptRecords = nothingKept
  let isOver = false
  let isQuoted = false
  let before = 0
  let start = ""
  const end = (size: number) => {
    const line = toldLine(start)
    start = ""
    if (line !== undefined && line > upTo) isOver = true
    else kept = line === undefined ? { ...kept, size } : { size, line, count: kept.count + 1 }
  }
  return {
    take: (part) => {
      for (let at = 0; at < part.length && !isOver; at++) {
        const byte = part[at]
        if (start.length < startSize) start += String.fromCharCode(byte ?? 0)
        if (byte === quote && form === "csv") isQuoted = !isQuoted
        else if (byte === lineFeed && !isQuoted) end(before + at + 1)
      }
      before += part.length
    },
    kept: () => kept
  }
}
