import { chain } from "../scim/Filter.ts"
import { type Json, type JsonObject, jsonEquals } from "../scim/Json.ts"
import type { Operand, TypedFilter } from "../scim/TypedFilter.ts"

/**
 * The element that a filter describes completely, where it is a conjunction of `eq` on attributes that clients may
 * write: `type eq "work" and primary eq "True"` is `{ type: "work", primary: true }`. With add and replace it is made
 * where no element matches (WIRE F.7, fact 5); undefined where the filter does not say what to make.
 */
export const elementOfFilter = (filter: TypedFilter): JsonObject | undefined => {
  const terms = filter._tag === "And" ? chain(filter) : [filter]
  const element: Record<string, Json> = {}
  for (const term of terms) {
    if (term._tag !== "Compare" || term.operator !== "eq" || term.target.sub === undefined) return undefined
    if (term.leaf.mutability === "readOnly") return undefined
    const value = valueOfOperand(term.operand)
    const name = term.target.sub.name
    if (Object.hasOwn(element, name) && !jsonEquals(element[name], value)) return undefined
    element[name] = value
  }
  return element
}

const valueOfOperand = (operand: Operand): string | number | boolean => {
  switch (operand.type) {
    case "string":
      return operand.text
    case "dateTime":
      return operand.instant
    case "any":
      return operand.literal
    default:
      return operand.value
  }
}
