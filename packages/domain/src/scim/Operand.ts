import { Result } from "effect"
import type { Attribute } from "./Attribute.ts"
import { comparisonKey } from "./Comparison.ts"
import { parseInstant } from "./DateTimeValue.ts"
import type { CompareOperator, Literal } from "./Filter.ts"

/** `ne` does not occur in a typed filter: it is exactly `not eq`. */
export type TypedOperator = Exclude<CompareOperator, "ne">

/**
 * What a comparison compares with, typed by the attribute.
 * - string: `text` as written and `key`, its comparisonKey; where the attribute is caseExact `key` is `text`.
 * - dateTime: the instant as ISO 8601 in UTC with milliseconds (`2027-01-11T08:30:00.000Z`): text order is time order.
 * - any: a `custom_` attribute, compared by the literal's own type: strings by comparisonKey, a value of another type
 *   does not match. Never null.
 */
export type Operand =
  | { readonly type: "string"; readonly text: string; readonly key: string }
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "dateTime"; readonly instant: string }
  | { readonly type: "any"; readonly literal: Exclude<Literal, null> }

/** Types a value for a simple attribute; fails with the reason, which names what would be right. */
export const typeOperand = (
  leaf: Attribute,
  operator: TypedOperator,
  value: Exclude<Literal, null>
): Result.Result<Operand, string> => {
  if (leaf.anyPrimitive === true) {
    const operators = typeof value === "string" ? textOperators : typeof value === "number" ? ordered : equality
    return allow(operators, `a ${typeof value}`, operator, { type: "any", literal: value })
  }
  switch (leaf.type) {
    case "boolean": {
      // Microsoft's "True" and "False" are booleans here as in bodies (WIRE F.3).
      const folded = String(value).toLowerCase()
      if (folded !== "true" && folded !== "false") return Result.fail("it is a boolean; compare it with true or false")
      return allow(equality, "a boolean", operator, { type: "boolean", value: folded === "true" })
    }
    case "integer":
    case "decimal": {
      const number = typeof value === "string" ? numberIn(value) : value
      if (typeof number !== "number") return Result.fail("it is a number; compare it with one, such as 42")
      return allow(ordered, "a number", operator, { type: "number", value: number })
    }
    case "dateTime": {
      const instant = typeof value === "string" ? parseInstant(value) : undefined
      if (instant === undefined) {
        return Result.fail('it is a dateTime; compare it with one in the form "2027-01-11T08:30:00Z"')
      }
      return allow(ordered, "a dateTime", operator, { type: "dateTime", instant })
    }
    case "complex":
      return Result.fail("it has no value of its own")
    case "binary":
      return allow([...equality, ...substring], "binary", operator, stringOperand(leaf, String(value)))
    case "string":
    case "reference":
      // A value that came without quotes may have been read as a number or boolean; its text is what was written.
      return Result.succeed(stringOperand(leaf, String(value)))
  }
}

const equality: ReadonlyArray<TypedOperator> = ["eq"]
const substring: ReadonlyArray<TypedOperator> = ["co", "sw", "ew"]
const ordered: ReadonlyArray<TypedOperator> = ["eq", "gt", "ge", "lt", "le"]
const textOperators: ReadonlyArray<TypedOperator> = [...ordered, ...substring]

const allow = (
  operators: ReadonlyArray<TypedOperator>,
  kind: string,
  operator: TypedOperator,
  operand: Operand
): Result.Result<Operand, string> => {
  if (operators.includes(operator)) return Result.succeed(operand)
  const allowed = operators.flatMap((one) => (one === "eq" ? ["eq", "ne"] : [one]))
  return Result.fail(`\`${operator}\` does not compare ${kind}; use ${allowed.join(", ")} or pr`)
}

const stringOperand = (leaf: Attribute, text: string): Operand => ({
  type: "string",
  text,
  key: leaf.caseExact ? text : comparisonKey(text)
})

/** A number written as text; `Number` alone would take `""`, `0x10` and `Infinity` as well. */
const numberIn = (text: string): number | undefined => {
  if (text === "") return undefined
  for (const character of text) if (!"0123456789+-.eE".includes(character)) return undefined
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
}
