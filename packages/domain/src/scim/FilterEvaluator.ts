import type { TargetRef } from "./AttributeTable.ts"
import { type ComparedValue, comparedValue, elementsOf, isAssigned, leafValue } from "./ComparedValue.ts"
import { compareCodePoints, comparisonKey } from "./Comparison.ts"
import { chain } from "./Filter.ts"
import type { Json, JsonObject } from "./Json.ts"
import type { Operand, TypedOperator } from "./Operand.ts"
import type { TypedFilter } from "./TypedFilter.ts"

/**
 * Whether a resource satisfies a filter (RFC 7644 section 3.4.2.2). The resource has canonical names: `id`, `meta`
 * and `externalId` at the top, extension objects under their URN. Of a multi-valued attribute any element counts.
 * Strings compare by comparisonKey unless caseExact and are ordered by code point, dateTimes compare by instant.
 */
export const matches = (filter: TypedFilter, resource: JsonObject): boolean =>
  evaluate(filter, (target) => elementsOf(target, resource))

/** Whether one element of an attribute satisfies a filter over its sub-attributes. */
export const matchesElement = (filter: TypedFilter, element: Json): boolean => {
  const elements = [element]
  return evaluate(filter, () => elements)
}

const evaluate = (filter: TypedFilter, elements: (target: TargetRef) => ReadonlyArray<Json>): boolean => {
  switch (filter._tag) {
    case "And":
      return chain<TypedFilter>(filter).every((term) => evaluate(term, elements))
    case "Or":
      return chain<TypedFilter>(filter).some((term) => evaluate(term, elements))
    case "Not":
      return !evaluate(filter.filter, elements)
    case "Present": {
      const { target, leaf } = filter
      return elements(target).some((element) => isAssigned(leaf, leafValue(target.sub, element)))
    }
    case "Compare": {
      const { target, leaf, operator } = filter
      const wanted = wantedValue(filter.operand)
      return elements(target).some((element) => {
        const value = comparedValue(leaf, leafValue(target.sub, element))
        return value !== undefined && compares(operator, value, wanted)
      })
    }
    case "Element":
      return elements({ ...filter.target, sub: undefined }).some((element) => matchesElement(filter.filter, element))
  }
}

const wantedValue = (operand: Operand): ComparedValue => {
  switch (operand.type) {
    case "string":
      return operand.key
    case "dateTime":
      return operand.instant
    case "any":
      return typeof operand.literal === "string" ? comparisonKey(operand.literal) : operand.literal
    default:
      return operand.value
  }
}

const compares = (operator: TypedOperator, value: ComparedValue, wanted: ComparedValue): boolean => {
  if (operator === "eq") return value === wanted
  if (typeof value === "string" && typeof wanted === "string") {
    switch (operator) {
      case "co":
        return value.includes(wanted)
      case "sw":
        return value.startsWith(wanted)
      case "ew":
        return value.endsWith(wanted)
      default:
        return inOrder(operator, compareCodePoints(value, wanted))
    }
  }
  return typeof value === "number" && typeof wanted === "number" && inOrder(operator, value - wanted)
}

const inOrder = (operator: TypedOperator, difference: number): boolean => {
  switch (operator) {
    case "gt":
      return difference > 0
    case "ge":
      return difference >= 0
    case "lt":
      return difference < 0
    case "le":
      return difference <= 0
    default:
      return false
  }
}
