import { Result } from "effect"
import type { Attribute } from "./Attribute.ts"
import { type AttributePath, clip, type Location, locate, printAttributePath, unknownReason } from "./AttributePath.ts"
import { type AttributeRef, type AttributeTable, findSub, type TargetRef } from "./AttributeTable.ts"
import { comparedLeaf } from "./ComparedValue.ts"
import { type CompareOperator, chain, type Filter, type Literal } from "./Filter.ts"
import { type Operand, type TypedOperator, typeOperand } from "./Operand.ts"
import { badRequest, type ScimError } from "./ScimError.ts"

export type { Operand, TypedOperator } from "./Operand.ts"

/**
 * A filter whose names were looked up in the table and whose operands are typed: nothing in it can fail any more.
 * - Compare: holds where any value at `target` compares. `leaf` is the attribute compared; where a complex attribute
 *   was compared itself, `target.sub` is its `value` (so `leaf` is always `target.sub ?? target.attribute`).
 * - Present: any value at `target` is assigned; `""`, null, [] and {} are not. Here a complex `target` without `sub`
 *   means the attribute as a whole. `eq null` is typed as `Not` of this.
 * - Element: some one element of `target` (or the object of a single-valued one) satisfies `filter`, whose targets all
 *   have that attribute and `sub` set.
 * Chains lean to the left, see `chain` of Filter.ts.
 */
export type TypedFilter =
  | {
      readonly _tag: "Compare"
      readonly target: TargetRef
      readonly leaf: Attribute
      readonly operator: TypedOperator
      readonly operand: Operand
    }
  | { readonly _tag: "Present"; readonly target: TargetRef; readonly leaf: Attribute }
  | { readonly _tag: "Element"; readonly target: AttributeRef; readonly filter: TypedFilter }
  | { readonly _tag: "And"; readonly left: TypedFilter; readonly right: TypedFilter }
  | { readonly _tag: "Or"; readonly left: TypedFilter; readonly right: TypedFilter }
  | { readonly _tag: "Not"; readonly filter: TypedFilter }

/**
 * Looks up and types a filter over a resource type. Fails with 400 `invalidFilter` for what the schemas do not have or
 * cannot compare, and for attributes that are never returned, which a filter could otherwise find out (ABUSE-15).
 */
export const typeFilter = (table: AttributeTable, filter: Filter): Result.Result<TypedFilter, ScimError> =>
  type(filter, {
    find: (path) => {
      const location = locate(table, path)
      if (location._tag === "Attribute") return Result.succeed(location.target)
      return Result.fail(notFound(location))
    },
    element: (path, inner, position) => {
      const location = locate(table, path)
      if (location._tag !== "Attribute") return refuse(position, path, notFound(location))
      const target = location.target
      if (target.sub !== undefined || target.attribute.type !== "complex") {
        return refuse(position, path, "brackets stand behind an attribute that has sub-attributes, such as emails")
      }
      if (isSecret(target)) return refuse(position, path, secretReason)
      const ref: AttributeRef = { extension: target.extension, attribute: target.attribute }
      return Result.map(typeElementFilter(ref, inner), (typed) => ({ _tag: "Element", target: ref, filter: typed }))
    }
  })

/** A filter inside the brackets of a value path: bare names of sub-attributes of `ref`. */
export const typeElementFilter = (ref: AttributeRef, filter: Filter): Result.Result<TypedFilter, ScimError> =>
  type(filter, {
    find: (path) => {
      const sub = path.urn === undefined && path.sub === undefined ? findSub(ref.attribute, path.name) : undefined
      if (sub !== undefined) return Result.succeed({ ...ref, sub })
      const among = (ref.attribute.subAttributes ?? []).map((known) => known.name)
      const name = printAttributePath(path)
      return Result.fail(
        unknownReason({ _tag: "Unknown", kind: "sub-attribute", name, within: ref.attribute.name, among })
      )
    },
    element: (path, _inner, position) => refuse(position, path, "brackets do not stand inside brackets")
  })

/** Where the names of a filter are looked up. */
interface Scope {
  readonly find: (path: AttributePath) => Result.Result<TargetRef, string>
  readonly element: (path: AttributePath, filter: Filter, position: number) => Result.Result<TypedFilter, ScimError>
}

const type = (filter: Filter, scope: Scope): Result.Result<TypedFilter, ScimError> => {
  switch (filter._tag) {
    case "And":
    case "Or": {
      let left: TypedFilter | undefined
      for (const term of chain<Filter>(filter)) {
        const right = type(term, scope)
        if (Result.isFailure(right)) return right
        left = left === undefined ? right.success : { _tag: filter._tag, left, right: right.success }
      }
      return left === undefined
        ? Result.fail(badRequest("invalidFilter", "The filter is empty."))
        : Result.succeed(left)
    }
    case "Not":
      return Result.map(type(filter.filter, scope), not)
    case "ValuePath":
      return scope.element(filter.path, filter.filter, filter.position)
    case "Present":
    case "Compare": {
      const target = scope.find(filter.path)
      if (Result.isFailure(target)) return refuse(filter.position, filter.path, target.failure)
      if (isSecret(target.success)) return refuse(filter.position, filter.path, secretReason)
      if (filter._tag === "Present") return Result.succeed(present(target.success))
      const typed = typeComparison(target.success, filter.operator, filter.value)
      return Result.isFailure(typed)
        ? refuse(filter.position, filter.path, typed.failure)
        : Result.succeed(typed.success)
    }
  }
}

const typeComparison = (
  target: TargetRef,
  operator: CompareOperator,
  value: Literal
): Result.Result<TypedFilter, string> => {
  if (value === null) {
    if (operator === "eq") return Result.succeed(not(present(target)))
    if (operator === "ne") return Result.succeed(present(target))
    return Result.fail("null is compared with eq and ne only")
  }
  const leaf = comparedLeaf(target)
  if (leaf === undefined) {
    const names = (target.attribute.subAttributes ?? []).map((sub) => `${target.attribute.name}.${sub.name}`)
    return Result.fail(`it has no value of its own; compare one of its parts: ${names.join(", ")}`)
  }
  const typedOperator = operator === "ne" ? "eq" : operator
  return Result.map(typeOperand(leaf, typedOperator, value), (operand) => {
    const sub = target.attribute.type === "complex" ? leaf : undefined
    const compare: TypedFilter = {
      _tag: "Compare",
      target: { extension: target.extension, attribute: target.attribute, sub },
      leaf,
      operator: typedOperator,
      operand
    }
    return operator === "ne" ? not(compare) : compare
  })
}

const not = (filter: TypedFilter): TypedFilter => ({ _tag: "Not", filter })

const present = (target: TargetRef): TypedFilter => ({
  _tag: "Present",
  target,
  leaf: target.sub ?? target.attribute
})

const secretReason = "this attribute is never returned, so no filter may ask for it"

const isSecret = (target: TargetRef): boolean =>
  target.attribute.returned === "never" || target.sub?.returned === "never"

const notFound = (location: Exclude<Location, { readonly _tag: "Attribute" }>): string =>
  location._tag === "Schema"
    ? `this names a whole schema; an attribute follows behind another colon, such as ${location.schema.id}:${location.schema.attributes[0]?.name ?? "name"}`
    : unknownReason(location)

const refuse = (position: number, path: AttributePath, reason: string) =>
  Result.fail(
    badRequest(
      "invalidFilter",
      `The filter is not valid at character ${position}, near ${JSON.stringify(clip(printAttributePath(path)))}: ${reason}.`
    )
  )
