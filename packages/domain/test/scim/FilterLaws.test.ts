import { assert, describe, it } from "@effect/vitest"
import type { Filter } from "@rollcall/domain/scim/Filter"
import { matches } from "@rollcall/domain/scim/FilterEvaluator"
import { parseFilter } from "@rollcall/domain/scim/FilterParser"
import { printFilter } from "@rollcall/domain/scim/FilterPrinter"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { searchDocument } from "@rollcall/domain/scim/SearchDocument"
import { typeFilter } from "@rollcall/domain/scim/TypedFilter"
import { Result } from "effect"
import { filterOver } from "./FilterArbitrary.ts"
import { groupResource, userResource } from "./ResourceArbitrary.ts"
import { groupTable, userTable } from "./Tables.ts"

const filters = filterOver(userTable)
const runs = { arbitrary: { runs: 400 } }

const holds = (filter: Filter, resource: JsonObject): boolean =>
  matches(Result.getOrThrow(typeFilter(userTable, filter)), resource)

const not = (filter: Filter): Filter => ({ _tag: "Not", filter })
const and = (left: Filter, right: Filter): Filter => ({ _tag: "And", left, right })
const or = (left: Filter, right: Filter): Filter => ({ _tag: "Or", left, right })

/** Positions differ between a filter made by hand and one read from text. */
const withoutPositions = (filter: Filter): unknown =>
  JSON.parse(JSON.stringify(filter, (key, value: unknown) => (key === "position" ? 0 : value)))

describe("laws of filters", () => {
  it.prop(
    "a printed filter reads back as the same filter",
    [filters],
    ([filter]) => {
      assert.deepStrictEqual(
        withoutPositions(Result.getOrThrow(parseFilter(printFilter(filter)))),
        withoutPositions(filter)
      )
    },
    runs
  )

  it.prop(
    "a filter matches the search document exactly when it matches the resource",
    [filters, userResource],
    ([filter, resource]) => {
      assert.strictEqual(holds(filter, searchDocument(userTable, resource)), holds(filter, resource))
    },
    runs
  )

  it.prop(
    "and so for groups",
    [filterOver(groupTable), groupResource],
    ([filter, resource]) => {
      const typed = Result.getOrThrow(typeFilter(groupTable, filter))
      assert.strictEqual(matches(typed, searchDocument(groupTable, resource)), matches(typed, resource))
    },
    runs
  )

  it.prop(
    "not, and, or are those of logic: excluded middle, double negation, De Morgan, commutation",
    [filters, filters, userResource],
    ([a, b, resource]) => {
      const [left, right] = [holds(a, resource), holds(b, resource)]
      assert.strictEqual(holds(not(a), resource), !left)
      assert.strictEqual(holds(not(not(a)), resource), left)
      assert.strictEqual(holds(and(a, b), resource), left && right)
      assert.strictEqual(holds(or(a, b), resource), left || right)
      assert.strictEqual(holds(and(b, a), resource), left && right)
      assert.strictEqual(holds(or(b, a), resource), left || right)
      assert.strictEqual(holds(not(and(a, b)), resource), holds(or(not(a), not(b)), resource))
      assert.strictEqual(holds(not(or(a, b)), resource), holds(and(not(a), not(b)), resource))
    },
    runs
  )

  it.prop(
    "ne is exactly not eq, and eq null is not pr",
    [filters, userResource],
    ([filter, resource]) => {
      for (const leaf of comparisons(filter)) {
        const equal = holds({ ...leaf, operator: "eq" }, resource)
        assert.strictEqual(holds({ ...leaf, operator: "ne" }, resource), !equal)
        const present = holds({ _tag: "Present", path: leaf.path, position: 1 }, resource)
        assert.strictEqual(holds({ ...leaf, operator: "eq", value: null }, resource), !present)
        if (equal && leaf.value !== null) assert.isTrue(present, "what is equal to a value is present")
      }
    },
    runs
  )

  it.prop(
    "ge is gt or eq, le is lt or eq, and co holds wherever sw or ew does",
    [filters, userResource],
    ([filter, resource]) => {
      for (const leaf of comparisons(filter)) {
        if (typeof leaf.value !== "string") continue
        const test = (operator: "eq" | "gt" | "ge" | "lt" | "le" | "co" | "sw" | "ew"): boolean | undefined => {
          const typed = typeFilter(userTable, { ...leaf, operator })
          return Result.isSuccess(typed) ? matches(typed.success, resource) : undefined
        }
        if (test("gt") !== undefined) {
          assert.strictEqual(test("ge"), test("gt") || test("eq"))
          assert.strictEqual(test("le"), test("lt") || test("eq"))
        }
        if (test("sw") || test("ew")) assert.isTrue(test("co"))
      }
    },
    runs
  )
})

/** The comparisons in a filter that stand outside of brackets. */
const comparisons = (filter: Filter): ReadonlyArray<Extract<Filter, { readonly _tag: "Compare" }>> => {
  switch (filter._tag) {
    case "Compare":
      return [filter]
    case "And":
    case "Or":
      return [...comparisons(filter.left), ...comparisons(filter.right)]
    case "Not":
      return comparisons(filter.filter)
    default:
      return []
  }
}
