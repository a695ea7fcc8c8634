import type { Attribute } from "@rollcall/domain/scim/Attribute"
import type { AttributePath } from "@rollcall/domain/scim/AttributePath"
import { type AttributeRef, type AttributeTable, findSub, valueSub } from "@rollcall/domain/scim/AttributeTable"
import { type CompareOperator, compareOperators, type Filter, type Literal } from "@rollcall/domain/scim/Filter"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { type TypedFilter, typeFilter } from "@rollcall/domain/scim/TypedFilter"
import { Arbitrary, Result } from "effect"
import { ids, instants, numbers, oneOf, pick, words } from "./Vocabulary.ts"

type Filters = Arbitrary.Arbitrary<Filter>

/** A filter and what it is typed to over its table. */
export interface FilterSample {
  readonly source: Filter
  readonly typed: TypedFilter
}

/** Filters over all attributes of a table that can be typed, biased to values that `ResourceArbitrary.ts` generates. */
export const filterOver = (table: AttributeTable): Filters => {
  const refs = table.all.filter((ref) => ref.attribute.returned !== "never")
  const leaves = [...refs.flatMap((ref) => leavesOf(ref)), ...customLeaves(table)]
  const elements = refs.filter((ref) => ref.attribute.type === "complex").map(elementFilter)
  return nested(3, oneOf([oneOf(leaves), oneOf(leaves), oneOf(elements)]))
}

/** The same, typed. */
export const filterSampleOver = (table: AttributeTable): Arbitrary.Arbitrary<FilterSample> =>
  Arbitrary.map(filterOver(table), (source) => {
    const typed = typeFilter(table, source)
    if (Result.isFailure(typed)) throw new Error(typed.failure.detail)
    return { source, typed: typed.success }
  })

/** Filters of at most so many levels of connectives. */
const nested = (levels: number, leaf: Filters): Filters => {
  if (levels === 0) return leaf
  const inner = nested(levels - 1, leaf)
  const both = Arbitrary.all({ left: inner, right: inner })
  return oneOf<Filter>([
    leaf,
    Arbitrary.map(both, ({ left, right }) => ({ _tag: "And", left, right })),
    Arbitrary.map(both, ({ left, right }) => ({ _tag: "Or", left, right })),
    Arbitrary.map(inner, (filter) => ({ _tag: "Not", filter }))
  ])
}

/** Comparisons of an attribute and of each of its sub-attributes, by bare and by qualified names. */
const leavesOf = (ref: AttributeRef): ReadonlyArray<Filters> => {
  const { attribute, extension } = ref
  const path = (sub: string | undefined): AttributePath => ({ urn: extension, name: attribute.name, sub })
  const subs = (attribute.subAttributes ?? []).map((sub) => expression(path(sub.name), sub))
  const compared = attribute.type === "complex" ? valueSub(attribute) : attribute
  const whole = compared === undefined ? presence(path(undefined)) : expression(path(undefined), compared)
  const bare: AttributePath = { urn: undefined, name: attribute.name.toUpperCase(), sub: undefined }
  return [...subs, whole, presence(bare)]
}

const customLeaves = (table: AttributeTable): ReadonlyArray<Filters> =>
  ["custom_level", "CUSTOM_team"].flatMap((name) => {
    const ref = table.find(defaultExtensionUserUrn, name)
    return ref === undefined ? [] : leavesOf(ref)
  })

const elementFilter = (ref: AttributeRef): Filters => {
  const subs = (ref.attribute.subAttributes ?? []).map((sub) =>
    expression({ urn: undefined, name: sub.name, sub: undefined }, sub)
  )
  const path: AttributePath = { urn: ref.extension, name: ref.attribute.name, sub: undefined }
  return Arbitrary.map(nested(2, oneOf(subs)), (filter) => ({ _tag: "ValuePath", path, filter, position: 1 }))
}

const presence = (path: AttributePath): Filters => Arbitrary.Constant({ _tag: "Present", path, position: 1 })

const expression = (path: AttributePath, leaf: Attribute): Filters => {
  const comparison = (operators: ReadonlyArray<CompareOperator>, values: Arbitrary.Arbitrary<Literal>): Filters =>
    Arbitrary.map(Arbitrary.all({ operator: pick(operators), value: values }), ({ operator, value }) => ({
      _tag: "Compare",
      path,
      operator,
      value,
      position: 1
    }))
  const compare = comparisonsOf(leaf).map(([operators, values]) => comparison(operators, values))
  return oneOf([...compare, ...compare, presence(path), comparison(equality, Arbitrary.Constant(null))])
}

const equality: ReadonlyArray<CompareOperator> = ["eq", "ne"]
const ordered: ReadonlyArray<CompareOperator> = ["eq", "ne", "gt", "ge", "lt", "le"]

const texts: Arbitrary.Arbitrary<Literal> = oneOf<Literal>([
  pick(words),
  pick(words),
  pick(ids),
  Arbitrary.map(Arbitrary.all({ word: pick(words), from: pick([0, 1, 2]), to: pick([1, 2, 3, 4]) }), (part) =>
    part.word.slice(part.from, part.to).toWellFormed()
  )
])

const comparisonsOf = (
  leaf: Attribute
): ReadonlyArray<readonly [ReadonlyArray<CompareOperator>, Arbitrary.Arbitrary<Literal>]> => {
  if (leaf.anyPrimitive === true) {
    return [
      [compareOperators, texts],
      [ordered, pick<Literal>(numbers)],
      [equality, pick<Literal>([true, false])]
    ]
  }
  switch (leaf.type) {
    case "boolean":
      return [[equality, pick<Literal>([true, false, "True", "False"])]]
    case "integer":
    case "decimal":
      return [[ordered, pick<Literal>([...numbers, "42"])]]
    case "dateTime":
      return [[ordered, pick<Literal>(instants)]]
    case "binary":
      return [[["eq", "ne", "co", "sw", "ew"], texts]]
    default:
      return [[compareOperators, texts]]
  }
}

/** The attribute of a filter's sub-attribute by name, for tests that write typed filters by hand. */
export const subOf = (ref: AttributeRef, name: string): Attribute => {
  const sub = findSub(ref.attribute, name)
  if (sub === undefined) throw new Error(`${ref.attribute.name} has no ${name}`)
  return sub
}
