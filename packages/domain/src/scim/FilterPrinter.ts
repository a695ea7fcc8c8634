import { printAttributePath } from "./AttributePath.ts"
import { chain, type Filter } from "./Filter.ts"

/** The filter as text with no more parentheses than needed; parsed, it is the same filter but for positions. */
export const printFilter = (filter: Filter): string => {
  switch (filter._tag) {
    case "Compare":
      return `${printAttributePath(filter.path)} ${filter.operator} ${JSON.stringify(filter.value)}`
    case "Present":
      return `${printAttributePath(filter.path)} pr`
    case "ValuePath":
      return `${printAttributePath(filter.path)}[${printFilter(filter.filter)}]`
    case "Not":
      return `not (${printFilter(filter.filter)})`
    case "And":
      return chain<Filter>(filter)
        .map((term) => (term._tag === "And" || term._tag === "Or" ? `(${printFilter(term)})` : printFilter(term)))
        .join(" and ")
    case "Or":
      // Only what leans to the right needs parentheses: `and` binds stronger.
      return chain<Filter>(filter)
        .map((term) => (term._tag === "Or" ? `(${printFilter(term)})` : printFilter(term)))
        .join(" or ")
  }
}
