/**
 * A cell with which somebody clears a field on purpose, without regard to case: an empty one leaves the field as it is
 * (R-CSV-2).
 */
export const clearMark = "[clear]"

/** What a spreadsheet takes for a formula, or loses (ABUSE-35). */
const isFormulaStart = (code: number): boolean =>
  code === 0x3d || code === 0x2b || code === 0x2d || code === 0x40 || code === 0x09 || code === 0x0d || code === 0x0a

/** How many apostrophes a text begins with, where a spreadsheet or this reader would take what follows for something else. */
const guardedFrom = (text: string): number | undefined => {
  let at = 0
  while (text.charCodeAt(at) === 0x27) at++
  return isFormulaStart(text.charCodeAt(at)) || isClearMark(at === 0 ? text : text.slice(at)) ? at : undefined
}

const isClearMark = (text: string): boolean => text.length < 64 && text.trim().toLowerCase() === clearMark

/**
 * A value as a cell shows it: what a spreadsheet would run as a formula, and what would clear a field here, gets an apostrophe
 * in front, as spreadsheets themselves mark text (ABUSE-35). {@link readCell} takes it away again.
 */
export const shownCell = (value: string): string => (guardedFrom(value) === undefined ? value : `'${value}`)

/** What a cell says. */
export type CellText =
  /** Nothing: what stands is left as it is. */
  | { readonly _tag: "Empty" }
  /** The field is to be cleared. */
  | { readonly _tag: "Clear" }
  | { readonly _tag: "Text"; readonly text: string }

const empty: CellText = { _tag: "Empty" }
const clear: CellText = { _tag: "Clear" }

/** Reads a cell; the inverse of {@link shownCell}. White space alone is nothing. */
export const readCell = (cell: string): CellText => {
  if (cell === "") return empty
  const apostrophes = guardedFrom(cell)
  if (apostrophes !== undefined && apostrophes > 0) return { _tag: "Text", text: cell.slice(1) }
  const trimmed = cell.trim()
  if (trimmed === "") return empty
  return isClearMark(cell) ? clear : { _tag: "Text", text: cell }
}

/** Between the items of a cell that holds several. */
export const listSeparator = ";"

const isSpace = (character: string): boolean => /\s/u.test(character)

/** Several values in one cell; separators, backslashes and white space at the ends stand behind a backslash. */
export const printList = (items: ReadonlyArray<string>): string => items.map(printItem).join(listSeparator)

const printItem = (item: string): string => {
  const last = item.trimEnd().length
  let printed = ""
  let isLeading = true
  for (let i = 0; i < item.length; i++) {
    const character = item.charAt(i)
    isLeading &&= isSpace(character)
    const isEscaped = character === listSeparator || character === "\\" || isLeading || i >= last
    printed += isEscaped ? `\\${character}` : character
  }
  return printed
}

/** Reads what {@link printList} prints; white space around an item does not count, nor do empty items. */
export const readList = (text: string): ReadonlyArray<string> => {
  const items: Array<string> = []
  let item = ""
  // The item up to its last character that counts: white space after it is only perhaps part of it.
  let kept = 0
  const end = () => {
    const read = item.slice(0, kept)
    if (read !== "") items.push(read)
    item = ""
    kept = 0
  }
  for (let i = 0; i < text.length; i++) {
    let character = text.charAt(i)
    if (character === listSeparator) {
      end()
      continue
    }
    let counts = !isSpace(character)
    if (character === "\\" && i + 1 < text.length) {
      i++
      character = text.charAt(i)
      counts = true
    }
    if (!counts && item === "") continue
    item += character
    if (counts) kept = item.length
  }
  end()
  return items
}

/** Quoted where RFC 4180 asks for it, and where white space at an end could get lost. */
const needsQuotes = /[",;\t\r\n]|^\s|\s$/

/** One line of a file: cells in order, quoted where they must be, ended by CRLF (RFC 4180). */
export const printRecord = (cells: ReadonlyArray<string>, delimiter = ","): string =>
  `${cells.map((cell) => (needsQuotes.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(delimiter)}\r\n`
