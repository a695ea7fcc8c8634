import type { AttributePath } from "./AttributePath.ts"

/** The comparison operators of RFC 7644 section 3.4.2.2, table 3; `pr` is {@link Filter}'s `Present`. */
export type CompareOperator = "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le"

export const compareOperators: ReadonlyArray<CompareOperator> = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]

/** A comparison value (`compValue`): what JSON allows but arrays and objects. */
export type Literal = string | number | boolean | null

/**
 * A filter as it was written (RFC 7644 section 3.4.2.2): names are not yet looked up, operands not yet typed.
 * `position` is the place of the path in the text: UTF-16 units, the first is 1. Chains of `and` or of `or` lean to
 * the left; walk them with {@link chain}, as they may be long.
 */
export type Filter =
  | {
      readonly _tag: "Compare"
      readonly path: AttributePath
      readonly operator: CompareOperator
      readonly value: Literal
      readonly position: number
    }
  | { readonly _tag: "Present"; readonly path: AttributePath; readonly position: number }
  | { readonly _tag: "And"; readonly left: Filter; readonly right: Filter }
  | { readonly _tag: "Or"; readonly left: Filter; readonly right: Filter }
  | { readonly _tag: "Not"; readonly filter: Filter }
  | { readonly _tag: "ValuePath"; readonly path: AttributePath; readonly filter: Filter; readonly position: number }

/** A node of two branches, of a {@link Filter} or of a typed one. */
interface Branching<Node> {
  readonly _tag: "And" | "Or"
  readonly left: Node
  readonly right: Node
}

/**
 * The terms of a chain of one connective, in their order: `a and b and c` is stored as `((a and b) and c)`.
 * A loop, so that a thousand terms need no recursion.
 */
export const chain = <Node extends { readonly _tag: string }>(node: Branching<Node>): ReadonlyArray<Node> => {
  const terms: Array<Node> = []
  let at: Branching<Node> = node
  for (;;) {
    terms.push(at.right)
    const left: Node = at.left
    if (left._tag !== node._tag) {
      terms.push(left)
      return terms.reverse()
    }
    // The same tag makes it a node of the same shape.
    at = left as Node & Branching<Node>
  }
}
