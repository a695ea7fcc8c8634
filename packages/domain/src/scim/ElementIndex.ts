import type { Attribute } from "./Attribute.ts"
import { comparisonKey } from "./Comparison.ts"
import { isJsonObject, type Json, jsonEquals, ownMember } from "./Json.ts"

/**
 * Elements of a multi-valued complex attribute by their `value`, so that look-ups take constant time however long the
 * list is. Two elements are the same value where `value` is equal, as the schema compares it, and their `type`s are,
 * too, or one of them has none.
 */
export class ElementIndex {
  readonly #value: Attribute | undefined
  readonly #type: Attribute | undefined
  readonly #places = new Map<string, Array<{ type: string | undefined; readonly index: number }>>()
  #size = 0

  constructor(attribute: Attribute, elements: ReadonlyArray<Json>) {
    this.#value = attribute.subAttributes?.find((sub) => sub.name === "value")
    this.#type = attribute.subAttributes?.find((sub) => sub.name === "type")
    for (const element of elements) this.add(element)
  }

  /** Adds an element at the next index; one without a `value` takes an index and is never found. */
  add(element: Json): void {
    const index = this.#size++
    const key = this.#key(element)
    if (key === undefined) return
    const place = { type: this.#typeKey(element), index }
    const places = this.#places.get(key)
    if (places === undefined) this.#places.set(key, [place])
    else places.push(place)
  }

  /** Notes the type that an element has got since; its value is the same. */
  retype(index: number, element: Json): void {
    const places = this.#places.get(this.#key(element) ?? "") ?? []
    for (const place of places) if (place.index === index) place.type = this.#typeKey(element)
  }

  /** The index of the first element that is the same value, one with the very `type` before others; -1 for none. */
  find(element: Json): number {
    const key = this.#key(element)
    const places = key === undefined ? undefined : this.#places.get(key)
    if (places === undefined) return -1
    const type = this.#typeKey(element)
    const place =
      places.find((known) => known.type === type) ??
      places.find((known) => known.type === undefined || type === undefined)
    return place === undefined ? -1 : place.index
  }

  #key(element: Json): string | undefined {
    const value = isJsonObject(element) ? ownMember(element, "value") : undefined
    return typeof value === "string" && this.#value !== undefined ? foldedText(this.#value, value) : undefined
  }

  #typeKey(element: Json): string | undefined {
    const type = isJsonObject(element) ? ownMember(element, "type") : undefined
    return typeof type === "string" && this.#type !== undefined ? foldedText(this.#type, type) : undefined
  }
}

/** The text by which values of an attribute compare. */
export const foldedText = (leaf: Attribute, text: string): string => (leaf.caseExact ? text : comparisonKey(text))

/** Whether two values of one attribute are equal to it. */
export const sameValue = (leaf: Attribute, left: Json | undefined, right: Json | undefined): boolean =>
  typeof left === "string" && typeof right === "string"
    ? foldedText(leaf, left) === foldedText(leaf, right)
    : jsonEquals(left, right)
