import { Result } from "effect"
import { textFault } from "../scim/Comparison.ts"
import { parseCalendarDate } from "../user/CalendarDate.ts"
import { emailFault } from "../user/Email.ts"
import { parseUuid, UserId } from "../user/UserId.ts"
import { readCell, readList } from "./CsvCell.ts"
import type { CsvHeader } from "./CsvHeader.ts"
import type { CsvRecord } from "./CsvReader.ts"
import type { ImportedCell, ImportedUser, RowFault } from "./ImportedUser.ts"
import type { UserColumn } from "./UserColumn.ts"

const fault = (column: string | undefined, detail: string): Result.Result<never, RowFault> =>
  Result.fail({ column, detail })

const digits = /^[1-9][0-9]{0,14}$/

/** How a cell is shown in an error. */
export const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)

/**
 * What is wrong with a record as such, whatever its columns are: too few or too many cells. Cells beyond the header count only
 * where they say something: spreadsheets leave commas behind.
 */
export const recordFault = (header: CsvHeader<unknown>, { cells }: CsvRecord): RowFault | undefined => {
  const named = header.columns.length
  if (cells.length < header.leastCells) {
    return {
      column: undefined,
      detail: `The row has ${cells.length} cells where the header has ${named}. A line break or a quote inside a cell stands in quotes`
    }
  }
  const beyond = cells.findIndex((cell, i) => i >= named && cell.trim() !== "")
  return beyond < 0
    ? undefined
    : {
        column: undefined,
        detail: `The row has ${cells.length} cells where the header has ${named}. A comma inside a cell stands in quotes`
      }
}

/** Whether a record says nothing at all, as the last rows of a spreadsheet do: it is no row. */
export const isBlank = ({ cells }: CsvRecord): boolean => cells.every((cell) => cell.trim() === "")

/**
 * Reads a row of a file of people. What names the person must be well-formed; what is wrong with another cell is told with
 * the cell, since it may be what stands already, and then nothing is wrong.
 */
export const readUserRow = (
  header: CsvHeader<UserColumn>,
  record: CsvRecord
): Result.Result<ImportedUser, RowFault> => {
  const broken = recordFault(header, record)
  if (broken !== undefined) return Result.fail(broken)
  const cells: Array<ImportedCell> = []
  let scimId: UserId | undefined
  let userId: number | undefined
  let groups: ReadonlyArray<string> = []
  for (const [i, column] of header.columns.entries()) {
    const raw = record.cells[i]
    if (column === undefined || raw === undefined || raw === "") continue
    const read = readCell(raw)
    if (read._tag === "Empty") continue
    const long = lengthFault(column, raw)
    if (long !== undefined) return fault(column.name, long)
    const text = read._tag === "Clear" ? "" : read.text
    const wrong = textFault(text)
    if (wrong !== undefined) return fault(column.name, `${wrong}. Remove it`)
    switch (column.kind) {
      case "scimId": {
        const uuid = parseUuid(text.trim())
        if (uuid === undefined)
          return fault(column.name, `${quoted(text)} is no SCIM ID (a UUID). Leave the cell empty to match by e-mail`)
        scimId = UserId.make(uuid, { disableChecks: true })
        break
      }
      case "userId":
        if (!digits.test(text.trim()))
          return fault(column.name, `${quoted(text)} is no User ID (digits). Leave the cell empty to match by e-mail`)
        userId = Number(text.trim())
        break
      case "groups":
        if (read._tag === "Clear")
          return fault(column.name, "groups are only added by a file. Take the person out of the group itself")
        groups = [...new Set(readList(text))]
        break
      default:
        cells.push(read._tag === "Clear" ? clearing(column) : setting(column, text))
    }
  }
  return Result.succeed({ line: record.line, scimId, userId, cells, groups })
}

const lengthFault = ({ maxLength }: UserColumn, cell: string): string | undefined =>
  cell.length <= maxLength + 1
    ? undefined
    : `${cell.length} characters are more than the ${maxLength} that fit. Shorten it`

const clearing = (column: UserColumn): ImportedCell => ({
  column,
  text: "",
  value: undefined,
  fault: column.kind === "email" ? "an e-mail address cannot be cleared. Write another one" : undefined
})

const setting = (column: UserColumn, text: string): ImportedCell => {
  const value = text.trim()
  const wrong = valueFault(column, value)
  return { column, text, value, fault: wrong }
}

/** A day as spreadsheets write it with a time. */
const withTime = /^(\d{4}-\d{2}-\d{2}) \d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?$/

/** The day as it is stored: without the time that a spreadsheet put behind it. */
export const dayOf = (text: string): string => withTime.exec(text)?.[1] ?? text

const valueFault = (column: UserColumn, value: string): string | undefined => {
  if (value.length > column.maxLength)
    return `${value.length} characters are more than the ${column.maxLength} that fit. Shorten it`
  switch (column.kind) {
    case "email": {
      const wrong = emailFault(value)
      return wrong === undefined ? undefined : `${quoted(value)} ${wrong}. Write an address such as ines@example.com`
    }
    case "date":
      return parseCalendarDate(dayOf(value)) === undefined
        ? `${quoted(value)} is not a day of the calendar. Write it as MM/DD/YYYY (01/31/2027) or YYYY-MM-DD`
        : undefined
    case "text":
      return value.includes("@") && emailFault(value) === undefined
        ? `${quoted(value)} is an e-mail address. Look whether two columns are swapped`
        : undefined
    default:
      return undefined
  }
}
