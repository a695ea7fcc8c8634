import type { UserId } from "../user/UserId.ts"
import type { UserColumn } from "./UserColumn.ts"

/** What is wrong with a row, and in which column where one can be told. */
export interface RowFault {
  readonly column: string | undefined
  /** What is wrong and what to do, as sentences that begin in lower case after the column's name. */
  readonly detail: string
}

/** A cell that says something: it sets a field or clears it. */
export interface ImportedCell {
  readonly column: UserColumn
  /** As the file has it, without the guard against formulas: what equals the value that stands changes nothing. */
  readonly text: string
  /** The value to store, or what keeps it from being one; undefined to clear the field. */
  readonly value: string | undefined
  readonly fault: string | undefined
}

/** A row of a file of people as it was read: only what it says, nothing of what it leaves as it is. */
export interface ImportedUser {
  readonly line: number
  readonly scimId: UserId | undefined
  readonly userId: number | undefined
  /** Every cell that sets or clears an attribute, the email and the employee number among them. */
  readonly cells: ReadonlyArray<ImportedCell>
  /** Groups that the person is to be in, by name, each once. */
  readonly groups: ReadonlyArray<string>
}

/** The value that a row has for a column. */
export const cellValue = (row: ImportedUser, name: string): string | undefined => {
  const cell = row.cells.find(({ column }) => column.name === name)
  return cell?.fault === undefined ? cell?.value : undefined
}
