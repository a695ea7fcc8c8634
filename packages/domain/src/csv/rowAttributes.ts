import { Result } from "effect"
import type { DecideContext } from "../directory/DecideContext.ts"
import type { CustomAttribute } from "../organization/CustomAttribute.ts"
import { comparisonKey } from "../scim/Comparison.ts"
import { isJsonArray, isJsonObject, type Json, type JsonObject, ownMember } from "../scim/Json.ts"
import { isoDateOf } from "../user/CalendarDate.ts"
import { emailOf } from "../user/Email.ts"
import { coreText } from "../user/UserKeys.ts"
import { readList } from "./CsvCell.ts"
import type { ImportedCell, ImportedUser, RowFault } from "./ImportedUser.ts"
import { dayOf } from "./readUserRow.ts"
import { shownAttribute } from "./UserColumn.ts"

type RowContext = Pick<DecideContext, "settings" | "customAttributes">

/** The attributes of somebody new: what the row says, the email being the userName as well. */
export const newAttributes = (context: RowContext, row: ImportedUser): Result.Result<JsonObject, RowFault> => {
  const fault = faultOf(row.cells)
  if (fault !== undefined) return Result.fail(fault)
  const draft = new Draft({})
  for (const cell of row.cells) {
    if (cell.value === undefined) continue
    if (cell.column.kind === "email") {
      draft.set(["userName"], cell.value)
      draft.set(["emails"], [{ value: cell.value, type: "work", primary: true }])
    } else draft.set(cell.column.path, storedValue(context, cell, cell.value))
  }
  return Object.hasOwn(draft.attributes, "userName")
    ? Result.succeed(draft.attributes)
    : Result.fail({
        column: "email",
        detail:
          "nobody here matches the row, and somebody new needs an e-mail address. Add it, or correct what names the person"
      })
}

/**
 * What the row makes of the attributes that stand; the very object where nothing. A cell that shows what stands changes
 * nothing, whatever else could be said of it: so an export can be imported again without change.
 */
export const changedAttributes = (
  context: RowContext,
  row: ImportedUser,
  before: JsonObject
): Result.Result<JsonObject, RowFault> => {
  const cells = row.cells.filter((cell) => !isStanding(cell, before))
  if (cells.length === 0) return Result.succeed(before)
  const fault = faultOf(cells)
  if (fault !== undefined) return Result.fail(fault)
  const draft = new Draft(before)
  for (const cell of cells) {
    if (cell.value === undefined) draft.remove(cell.column.path)
    else if (cell.column.kind === "email") setEmail(context, draft, before, cell.value)
    else draft.set(cell.column.path, storedValue(context, cell, cell.value))
  }
  return Result.succeed(draft.attributes)
}

const faultOf = (cells: ReadonlyArray<ImportedCell>): RowFault | undefined => {
  const wrong = cells.find(({ fault }) => fault !== undefined)
  return wrong?.fault === undefined ? undefined : { column: wrong.column.name, detail: wrong.fault }
}

/** Whether a cell says what stands: in the same words, on the same day, by the same address. */
const isStanding = ({ column, text, value }: ImportedCell, before: JsonObject): boolean => {
  const shown = shownAttribute(column, before)
  if (text === shown || value === shown) return true
  if (value === undefined) return shown === ""
  switch (column.kind) {
    case "date":
      return isoDateOf(dayOf(value)) !== undefined && isoDateOf(dayOf(value)) === isoDateOf(shown)
    case "email":
      return shown !== "" && comparisonKey(value) === comparisonKey(shown)
    default:
      return false
  }
}

const storedValue = ({ customAttributes }: RowContext, { column }: ImportedCell, value: string): Json => {
  switch (column.kind) {
    case "manager":
      return { value }
    case "date":
      return dayOf(value)
    case "custom": {
      const name = column.name.toLowerCase()
      return customValue(
        customAttributes.find((attribute) => attribute.name.toLowerCase() === name),
        value
      )
    }
    default:
      return value
  }
}

/** A custom attribute's value by the type that is published for it; what does not fit stays the text that it is (R-USER-4). */
const customValue = (attribute: CustomAttribute | undefined, text: string): Json =>
  attribute?.multiValued === true
    ? readList(text).map((item) => primitive(attribute.type, item))
    : primitive(attribute?.type ?? "string", text)

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

const primitive = (type: CustomAttribute["type"], text: string): Json => {
  const trimmed = text.trim()
  if (type === "boolean") {
    const folded = trimmed.toLowerCase()
    return folded === "true" ? true : folded === "false" ? false : text
  }
  return type === "decimal" && trimmed.length <= 64 && decimal.test(trimmed) && Number.isFinite(Number(trimmed))
    ? Number(trimmed)
    : text
}

/** *The email* becomes another one; the userName with it where the two are linked (R-USER-5). */
const setEmail = ({ settings }: RowContext, draft: Draft, before: JsonObject, email: string): void => {
  const old = emailOf(before)
  const userName = coreText(before, "userName")
  const emails = ownMember(before, "emails")
  const list = isJsonArray(emails) ? emails : []
  const at = list.findIndex((entry) => isJsonObject(entry) && ownMember(entry, "value") === old)
  const entry = list[at]
  draft.set(
    ["emails"],
    isJsonObject(entry)
      ? list.map((other, i) => (i === at ? { ...entry, value: email } : other))
      : [{ value: email, type: "work", primary: true }, ...list]
  )
  const isLinked = old !== undefined && userName !== undefined && comparisonKey(old) === comparisonKey(userName)
  if (settings.userNameAndEmail === "linked" && isLinked) draft.set(["userName"], email)
}

/** Attributes on their way: what is written to is copied first, once. */
class Draft {
  readonly attributes: Record<string, Json>
  private readonly copied = new Map<string, Record<string, Json>>()

  constructor(attributes: JsonObject) {
    this.attributes = { ...attributes }
  }

  private container(name: string): Record<string, Json> {
    const known = this.copied.get(name)
    if (known !== undefined) return known
    const standing = ownMember(this.attributes, name)
    const made = isJsonObject(standing) ? { ...standing } : {}
    this.copied.set(name, made)
    this.attributes[name] = made
    return made
  }

  /** Sets the value at a path of one or two names. */
  set([first = "", second]: ReadonlyArray<string>, value: Json): void {
    if (second === undefined) this.attributes[first] = value
    else this.container(first)[second] = value
  }

  /** Removes the value at a path, and an object that is left empty by it. */
  remove([first = "", second]: ReadonlyArray<string>): void {
    if (second === undefined) {
      delete this.attributes[first]
      return
    }
    if (!Object.hasOwn(this.attributes, first)) return
    const container = this.container(first)
    delete container[second]
    if (Object.keys(container).length > 0) return
    delete this.attributes[first]
    this.copied.delete(first)
  }
}
