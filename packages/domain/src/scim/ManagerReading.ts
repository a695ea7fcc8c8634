import { Result } from "effect"
import { managerForm, meansManager } from "../dialect/ManagerForms.ts"
import { locate, parseAttributePath } from "./AttributePath.ts"
import type { AttributeRef, AttributeTable } from "./AttributeTable.ts"
import { readPrimitive, readSingle, refuseType, subOf } from "./AttributeValue.ts"
import type { Json, JsonObject } from "./Json.ts"
import { attributeLabel, type Reading } from "./Reading.ts"
import { enterpriseUserUrn } from "./schemas/EnterpriseUserSchema.ts"

/** The enterprise `manager` of a table; groups have none. */
export const managerOf = (table: AttributeTable): AttributeRef | undefined => table.find(enterpriseUserUrn, "manager")

/**
 * Reads any form of a manager (R-MGR-1) into `{ value }`, the reference as it was sent; `clear` for "nobody",
 * undefined where it is ignored, after a note, or refused.
 */
export const readManager = (reading: Reading, ref: AttributeRef, sent: Json): JsonObject | "clear" | undefined => {
  const single = readSingle(reading, ref, sent)
  if (single === undefined) return undefined
  const form = managerForm(single)
  const label = attributeLabel(ref)
  switch (form._tag) {
    case "Clear":
      return "clear"
    case "NameOnly":
      reading.ignore(
        "manager-name-only",
        label,
        `"${label}" came with a name alone, which identifies nobody; it was ignored.`
      )
      return undefined
    case "Fault":
      return refuseType(
        reading,
        ref,
        ref.attribute,
        'a reference to a person: text, or an object with it in "value"',
        single
      )
    case "Reference": {
      const sub = subOf(ref.attribute, "value")
      const value = sub === undefined ? undefined : readPrimitive(reading, ref, sub, form.value)
      if (value === undefined) return undefined
      if (!form.plain) {
        reading.tolerate("manager-form", label, `"${label}" came in a form of its own; the reference in it was taken.`)
      }
      return { value }
    }
  }
}

/**
 * Whether a path means the manager although no schema has it or it cannot be written: `managerId` and `managerEmail` in
 * any schema, `manager.managerId`, `manager.Email`, `manager.$ref` and the like (WIRE A.14), and `manager` under
 * another schema's URN. `member` names the part of the manager that the value is, undefined for the whole.
 */
export const managerAlias = (
  table: AttributeTable,
  ref: AttributeRef,
  text: string
): { readonly member: string | undefined } | undefined => {
  if (text.includes("[") || !text.toLowerCase().includes("manager")) return undefined
  const parsed = parseAttributePath(text)
  if (Result.isFailure(parsed)) return undefined
  const place = locate(table, parsed.success)
  if (place._tag === "Attribute") {
    const { attribute, sub } = place.target
    return attribute === ref.attribute && sub?.name === "$ref" ? { member: sub.name } : undefined
  }
  if (place._tag !== "Unknown" || place.kind === "schema") return undefined
  if (place.kind === "attribute" && isManagerName(place.name)) return { member: parsed.success.sub }
  const within = place.kind === "sub-attribute" && place.within === ref.attribute.name ? "manager" : "resource"
  const known = within === "manager" || place.kind === "attribute"
  return known && meansManager(place.name, within) ? { member: place.name } : undefined
}

/** `manager` itself, which some mappings put under another schema's URN. */
export const isManagerName = (name: string): boolean => name.toLowerCase() === "manager"
