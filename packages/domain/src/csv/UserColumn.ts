import { isJsonArray, isJsonObject, type Json, type JsonObject } from "../scim/Json.ts"
import { limits } from "../scim/Limits.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import { directoryFields, valueAt } from "../user/DirectoryField.ts"
import { emailOf } from "../user/Email.ts"
import { printList } from "./CsvCell.ts"

/** What the cells of a column are. */
export type UserColumnKind = "scimId" | "userId" | "email" | "text" | "date" | "manager" | "custom" | "groups"

/** A column of a file of people (R-CSV-1). */
export interface UserColumn {
  /** As templates and exports spell it: `first_name`, `custom_shoe_size`. */
  readonly name: string
  readonly kind: UserColumnKind
  /** Where the value stands among the SCIM attributes; empty for what is no attribute. */
  readonly path: ReadonlyArray<string>
  /** Characters that a cell holds at most. */
  readonly maxLength: number
}

const kinds: Readonly<Record<string, UserColumnKind>> = {
  email: "email",
  manager: "manager",
  startDate: "date",
  hireDate: "date",
  terminationDate: "date"
}

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** So many characters the cell with all groups of a person has at most. */
const groupsLength = 1024 * 1024

/** Every column but the custom ones, in the order of templates and exports. */
export const userColumns = (types: ResourceTypes): ReadonlyArray<UserColumn> => [
  { name: "scim_id", kind: "scimId", path: [], maxLength: limits.comparedTextLength },
  { name: "user_id", kind: "userId", path: [], maxLength: limits.comparedTextLength },
  ...directoryFields(types.extensionUrn).map(({ name, path }): UserColumn => {
    const kind = kinds[name] ?? "text"
    return {
      name: snakeCase(name),
      kind,
      path,
      maxLength: kind === "text" ? lengthAt(types, path) : limits.comparedTextLength
    }
  }),
  { name: "groups", kind: "groups", path: [], maxLength: groupsLength }
]

const lengthAt = ({ user }: ResourceTypes, path: ReadonlyArray<string>): number => {
  const [first = "", second = ""] = path
  const attribute = user.find(first.startsWith("urn:") ? first : undefined, first.startsWith("urn:") ? second : first)
  return attribute?.attribute.compared === true ? limits.comparedTextLength : limits.textLength
}

/** The column of a custom attribute, by the attribute's name. */
export const customColumn = (types: ResourceTypes, name: string): UserColumn => ({
  name,
  kind: "custom",
  path: [types.extensionUrn, name],
  maxLength: limits.comparedTextLength
})

/** What a column shows of a person's attributes: the text of the cell, not guarded yet; empty where there is nothing. */
export const shownAttribute = (column: UserColumn, attributes: JsonObject): string => {
  switch (column.kind) {
    case "email":
      return emailOf(attributes) ?? ""
    case "manager": {
      const manager = valueAt(attributes, column.path)
      return isJsonObject(manager) ? shownValue(manager.value) : ""
    }
    default:
      return column.path.length === 0 ? "" : shownValue(valueAt(attributes, column.path))
  }
}

const shownValue = (value: Json | undefined): string => {
  if (value === undefined || value === null) return ""
  if (isJsonArray(value)) return printList(value.map(shownValue))
  return typeof value === "string" ? value : isJsonObject(value) ? JSON.stringify(value) : String(value)
}
