import { isJsonObject, type Json } from "../scim/Json.ts"
import { idOfReference } from "./ReferenceAsValue.ts"

/** What a value sent for `manager` says. */
export type ManagerForm =
  /** Names somebody: an id, e-mail or employee number, as it was sent. `plain`: in the RFC's own form. */
  | { readonly _tag: "Reference"; readonly value: string | number; readonly plain: boolean }
  | { readonly _tag: "Clear" }
  /** Only a display name, which this service derives itself. */
  | { readonly _tag: "NameOnly" }
  /** Nothing that could name a person. */
  | { readonly _tag: "Fault" }

/** Member names that hold the reference, in the order in which they count, folded. */
const referenceNames = ["managerid", "email", "manageremail", "value"] as const

/**
 * Reads every form of a manager that identity providers send (R-MGR-1; WIRE A.14, B.8, E.3): a text or number, or an
 * object with `value`, `managerId`, `Email`, `managerEmail` or `$ref`. `""`, null and `{ "value": "" }` clear.
 *
 * Names that this service never sends count before `value` and `$ref`: a PUT can be our own answer with the mapped
 * attribute written over it (WIRE fact 2), and there `value` and `$ref` are the echo of the old manager.
 */
export const managerForm = (sent: Json): ManagerForm => {
  if (sent === null || sent === "") return { _tag: "Clear" }
  if (typeof sent === "string" || typeof sent === "number") return { _tag: "Reference", value: sent, plain: false }
  if (!isJsonObject(sent)) return { _tag: "Fault" }
  const found = new Map<string, Json>()
  for (const name of Object.keys(sent)) found.set(name.toLowerCase(), sent[name] ?? null)
  for (const name of referenceNames) {
    const value = found.get(name)
    if (value === undefined || value === null || value === "") continue
    if (typeof value !== "string" && typeof value !== "number") return { _tag: "Fault" }
    return { _tag: "Reference", value, plain: name === "value" }
  }
  const reference = found.get("$ref")
  if (!found.has("value") && typeof reference === "string") {
    const value = idOfReference(reference)
    if (value !== undefined) return { _tag: "Reference", value, plain: false }
  }
  const named = referenceNames.some((name) => found.has(name)) || found.has("$ref")
  return found.has("displayname") && !named ? { _tag: "NameOnly" } : { _tag: "Clear" }
}

/**
 * Whether an attribute of that name, which no schema has, means the manager: `managerId` and `managerEmail` beside the
 * other attributes, in the core, the enterprise or the extension schema (WIRE A.14), and those and `Email` as
 * sub-attributes of `manager`.
 */
export const meansManager = (name: string, within: "resource" | "manager"): boolean => {
  const key = name.toLowerCase()
  return key === "managerid" || key === "manageremail" || (within === "manager" && key === "email")
}
