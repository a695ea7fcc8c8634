import { chain } from "@rollcall/domain/scim/Filter"
import type { TypedFilter } from "@rollcall/domain/scim/TypedFilter"
import type { ParameterList } from "./filter/ParameterList.ts"
import type { Place, Places } from "./filter/Place.ts"
import { assignedSql, compareSql } from "./filter/SqlValue.ts"

/**
 * Compiles a filter to a condition of SQL that is never NULL and that holds exactly where the domain's `matches` does.
 *
 * The text has placeholders for everything that came from outside. Chains of any length become one flat list of terms;
 * recursion goes no deeper than the parentheses of the filter, whose number the parser limits.
 */
export const compileFilter = (filter: TypedFilter, places: Places, params: ParameterList): string => {
  const compile = (node: TypedFilter, element: Place | undefined): string => {
    switch (node._tag) {
      case "And":
      case "Or": {
        const terms = chain<TypedFilter>(node).map((term) => compile(term, element))
        return `(${terms.join(node._tag === "And" ? " AND " : " OR ")})`
      }
      case "Not":
        return `NOT (${compile(node.filter, element)})`
      case "Present": {
        const { sub } = node.target
        if (element !== undefined) return assignedSql(element.value(sub))
        const place = places(node.target)
        return sub === undefined ? place.present() : place.any(assignedSql(place.value(sub)))
      }
      case "Compare": {
        const { target, operator, operand } = node
        if (element !== undefined) return compareSql(element.value(target.sub), operator, operand, params)
        const place = places(target)
        const found = operator === "eq" ? place.lookup?.(target.sub, operand) : undefined
        return found ?? place.any(compareSql(place.value(target.sub), operator, operand, params))
      }
      case "Element": {
        const place = places(node.target)
        const condition = place.any(compile(node.filter, place))
        // What an index finds is a superset; the element itself decides.
        const found = lookups(node.filter, place)
        return found.length === 0 ? condition : `(${[...found, condition].join(" AND ")})`
      }
    }
  }
  return compile(filter, undefined)
}

/** What the index says to the terms of a value path that must all hold. */
const lookups = (filter: TypedFilter, place: Place): ReadonlyArray<string> => {
  const terms = filter._tag === "And" ? chain<TypedFilter>(filter) : [filter]
  return terms.flatMap((term) =>
    term._tag === "Compare" && term.operator === "eq" ? (place.lookup?.(term.target.sub, term.operand) ?? []) : []
  )
}
