import { Result } from "effect"
import type { CustomAttribute } from "../organization/CustomAttribute.ts"
import { nearestName } from "../scim/NearestName.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import { customAttributePrefix } from "../scim/schemas/ExtensionUserSchema.ts"
import { readCell } from "./CsvCell.ts"
import { type CsvRecord, CsvUnreadable } from "./CsvReader.ts"
import { customColumn, type UserColumn, userColumns } from "./UserColumn.ts"

/** A column that has no effect, as the file spells it, and what was probably meant. */
export interface IgnoredColumn {
  readonly name: string
  readonly meant: string | undefined
}

/** What the first record of a file says the columns are. */
export interface CsvHeader<Column> {
  /** By place; undefined for those that are ignored. */
  readonly columns: ReadonlyArray<Column | undefined>
  /** As the file spells them. */
  readonly names: ReadonlyArray<string>
  readonly ignored: ReadonlyArray<IgnoredColumn>
  /** As many cells a record has at least. */
  readonly leastCells: number
}

/** What a rejects file adds: read and forgotten, so that the file can be corrected and fed back. */
export const errorColumn = "error"

/** A name without regard to case, spaces, underscores and hyphens. */
const nameKey = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\s_\-.]/g, "")

const unreadable = (line: number, problem: string, remedy: string) =>
  Result.fail(new CsvUnreadable({ line, problem, remedy }))

/**
 * Reads a header over the columns that a kind of file has. Names compare leniently; names that are not known are ignored and
 * told; a column that comes twice is refused: nobody can say which of them counts.
 */
export const readHeader = <Column extends { readonly name: string }>(
  { cells, line }: CsvRecord,
  known: ReadonlyArray<Column>,
  other: (name: string) => Column | undefined = () => undefined
): Result.Result<CsvHeader<Column>, CsvUnreadable> => {
  const byName = new Map(known.map((column) => [column.name.toLowerCase(), column] as const))
  // Names of custom attributes can differ in nothing but what leniency overlooks: then only the exact one counts.
  const byKey = new Map<string, Column | undefined>()
  for (const column of known) byKey.set(nameKey(column.name), byKey.has(nameKey(column.name)) ? undefined : column)
  const places = new Map<string, string>()
  const columns: Array<Column | undefined> = []
  const unknown: Array<string> = []
  const names = cells.map((cell) => {
    const read = readCell(cell)
    return read._tag === "Text" ? read.text.trim() : ""
  })
  let leastCells = 0
  for (const [i, name] of names.entries()) {
    const column = name === "" ? undefined : (byName.get(name.toLowerCase()) ?? byKey.get(nameKey(name)) ?? other(name))
    columns.push(column)
    if (column === undefined) {
      if (name !== "" && nameKey(name) !== errorColumn) {
        unknown.push(name)
      }
      continue
    }
    const before = places.get(column.name.toLowerCase())
    if (before !== undefined) {
      return unreadable(
        line,
        `The column ${column.name} is there twice${before === name ? "" : `, as ${JSON.stringify(before)} and ${JSON.stringify(name)}`}`,
        "Remove one of them: nobody can say which counts"
      )
    }
    places.set(column.name.toLowerCase(), name)
    leastCells = i + 1
  }
  const free = known.flatMap((column) => (places.has(column.name.toLowerCase()) ? [] : [column.name]))
  const ignored = unknown.map((name) => ({ name: name.slice(0, 200), meant: meantBy(name, free) }))
  return Result.succeed({ columns, names, ignored, leastCells })
}

/** A column that the file does not have: one of nearly that name, or whose name the unknown one begins with (`Manager Email`). */
const meantBy = (name: string, free: ReadonlyArray<string>): string | undefined =>
  nearestName(name.replaceAll(/[\s-]/g, "_"), free) ?? free.find((column) => nameKey(name).startsWith(nameKey(column)))

/** The columns by which a row can say whom it is about. */
const naming: ReadonlySet<UserColumn["kind"]> = new Set(["scimId", "userId", "email"])

/** Reads the header of a file of people; custom attributes keep the spelling that the organisation has for them. */
export const readUserHeader = (
  record: CsvRecord,
  types: ResourceTypes,
  customAttributes: ReadonlyArray<CustomAttribute>
): Result.Result<CsvHeader<UserColumn>, CsvUnreadable> => {
  const known = [...userColumns(types), ...customAttributes.map(({ name }) => customColumn(types, name))]
  const read = readHeader(record, known, (name) => otherCustom(types, name))
  if (Result.isFailure(read)) return read
  const names = (column: UserColumn | undefined): boolean =>
    column !== undefined && (naming.has(column.kind) || column.name === "employee_number")
  return read.success.columns.some(names)
    ? read
    : unreadable(
        record.line,
        "No column says whom a row is about",
        "Name the columns in the first line, with email, employee_number, user_id or scim_id among them"
      )
}

const customName = /^[a-z0-9_-]{1,128}$/

/** `Custom Shoe Size` is a new attribute `custom_shoe_size`. */
const otherCustom = (types: ResourceTypes, name: string): UserColumn | undefined => {
  const spelled = name
    .toLowerCase()
    .replaceAll(/\s+/g, "_")
    .replace(/^custom-/, customAttributePrefix)
  return spelled.startsWith(customAttributePrefix) &&
    spelled.length > customAttributePrefix.length &&
    customName.test(spelled)
    ? customColumn(types, spelled)
    : undefined
}
