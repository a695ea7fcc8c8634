import type { CsvRecord } from "@rollcall/domain/csv/CsvReader"

/** A plain reader of RFC 4180, one character at a time: what the printer prints must come back through it. */
export const readText = (text: string, delimiter = ","): ReadonlyArray<CsvRecord> => {
  const records: Array<CsvRecord> = []
  let cells: Array<string> = []
  let cell = ""
  let isQuoted = false
  let line = 1
  let at = 1
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i)
    if (character === "\n") line++
    if (isQuoted && character === '"' && text.charAt(i + 1) === '"') {
      cell += '"'
      i++
    } else if (character === '"') isQuoted = !isQuoted
    else if (isQuoted) cell += character
    else if (character === delimiter) {
      cells.push(cell)
      cell = ""
    } else if (character === "\n") {
      records.push({ line: at, cells: [...cells, cell] })
      cells = []
      cell = ""
      at = line
    } else if (character !== "\r") cell += character
  }
  return records
}
