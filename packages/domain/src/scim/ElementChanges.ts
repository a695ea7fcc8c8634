import { elementOfFilter } from "../dialect/CreateOnAbsent.ts"
import { isListed } from "../dialect/ListedElements.ts"
import { isPrimary, keepOnePrimary } from "../dialect/OnePrimary.ts"
import type { Attribute } from "./Attribute.ts"
import type { AttributeRef } from "./AttributeTable.ts"
import { isBare } from "./AttributeValue.ts"
import type { Change } from "./Changes.ts"
import type { Draft } from "./Draft.ts"
import { ElementIndex } from "./ElementIndex.ts"
import { matchesElement } from "./FilterEvaluator.ts"
import { printFilter } from "./FilterPrinter.ts"
import { isJsonArray, isJsonObject, type Json, type JsonObject, jsonEquals, ownMember } from "./Json.ts"
import type { Path } from "./Path.ts"
import { attributeLabel, type Reading } from "./Reading.ts"

type Op = Change["op"]
type Elements = Extract<Path, { readonly _tag: "Elements" }>

/** Applies changes to the elements of multi-valued attributes of a draft. */
export class ElementChanges {
  readonly #draft: Draft
  readonly #reading: Reading
  /** The elements that the change before this one selected: equal filters in a row mean the same ones (WIRE F.7). */
  #last: { readonly path: Elements; readonly indices: ReadonlyArray<number> } | undefined

  constructor(draft: Draft, reading: Reading) {
    this.#draft = draft
    this.#reading = reading
  }

  /** Says that a change of something else came between. */
  interrupt(): undefined {
    this.#last = undefined
  }

  /** A change of the whole attribute, or with `sub` of that sub-attribute of all its elements. */
  list(op: Op, ref: AttributeRef, sub: Attribute | undefined, value: Json | undefined): undefined {
    const old = elementsOf(this.#draft.get(ref))
    if (sub !== undefined) {
      const all = old.map((_, i) => i)
      if (op === "remove" || value === undefined) this.#removeMember(ref, old, all, sub)
      else if (old.length === 0) this.#write(ref, [{ [sub.name]: value }], () => true)
      else
        this.#write(
          ref,
          old.map((element) => ({ ...asObject(element), [sub.name]: value })),
          () => true
        )
      return
    }
    const items = value === undefined ? [] : isJsonArray(value) ? value : [value]
    if (op === "add") return this.#add(ref, old, items)
    if (op === "replace") return this.#write(ref, items, () => true)
    if (value === undefined) return this.#draft.set(ref, undefined)
    const listed = isListed(ref.attribute, items)
    this.#write(
      ref,
      old.filter((element) => !listed(element)),
      () => false
    )
  }

  /** A change of the elements that a filter selects. */
  select(op: Op, path: Elements, value: Json | undefined): undefined {
    const { ref, sub } = path
    const old = elementsOf(this.#draft.get(ref))
    if (op === "remove" || value === undefined) {
      this.#last = undefined
      const indices = matching(path, old)
      if (indices.length === 0) return
      if (sub !== undefined) return this.#removeMember(ref, old, indices, sub)
      const gone = new Set(indices)
      return this.#write(
        ref,
        old.filter((_, i) => !gone.has(i)),
        () => false
      )
    }
    const indices = this.#sameAsLast(path) ?? matching(path, old)
    const content = sub === undefined ? value : { [sub.name]: value }
    if (!isJsonObject(content)) return
    if (indices.length === 0) return this.#create(path, old, content)
    const kept = op === "replace" && sub === undefined ? elementOfFilter(path.filter) : undefined
    const written = new Set(indices)
    const elements = old.map((element, i) => {
      if (!written.has(i)) return element
      // A whole element is replaced, but for what selected it, where the new one says nothing of that.
      return op === "replace" && sub === undefined ? { ...kept, ...content } : { ...asObject(element), ...content }
    })
    this.#write(ref, elements, (i) => written.has(i))
    this.#last = { path, indices }
  }

  #create(path: Elements, old: ReadonlyArray<Json>, content: JsonObject): undefined {
    const { ref } = path
    const seed = elementOfFilter(path.filter)
    const label = attributeLabel(ref)
    if (seed === undefined || (!ref.attribute.multiValued && old.length > 0)) {
      return this.#reading.refuse(
        "noTarget",
        `no element of "${label}" matches the filter [${printFilter(path.source)}]; name one that exists, or add it.`
      )
    }
    this.#reading.tolerate(
      "create-on-absent",
      label,
      `No element of "${label}" matched the filter; one was made from it.`
    )
    this.#write(ref, [...old, { ...seed, ...content }], (i) => i === old.length)
    this.#last = { path, indices: [old.length] }
  }

  /** Elements that are there already are not added twice; what they say beyond their value is taken over. */
  #add(ref: AttributeRef, old: ReadonlyArray<Json>, items: ReadonlyArray<Json>): undefined {
    const elements = [...old]
    const index = new ElementIndex(ref.attribute, old)
    const written = new Set<number>()
    for (const item of items) {
      const at = index.find(item)
      const known = at < 0 ? undefined : elements[at]
      if (isJsonObject(known) && isJsonObject(item)) {
        const element = merged(known, item)
        elements[at] = element
        index.retype(at, element)
        written.add(at)
      } else if (hasValue(item) || !elements.some((element) => jsonEquals(element, item))) {
        written.add(elements.length)
        elements.push(item)
        index.add(item)
      }
    }
    this.#write(ref, elements, (i) => written.has(i))
  }

  #removeMember(
    ref: AttributeRef,
    old: ReadonlyArray<Json>,
    indices: ReadonlyArray<number>,
    sub: Attribute
  ): undefined {
    const chosen = new Set(indices)
    const elements: Array<Json> = []
    old.forEach((element, i) => {
      if (!chosen.has(i) || !isJsonObject(element) || !Object.hasOwn(element, sub.name)) elements.push(element)
      else {
        const { [sub.name]: _, ...rest } = element
        if (!isBare(rest, false)) elements.push(rest)
      }
    })
    this.#write(ref, elements, () => false)
  }

  /** Stores the elements, with one primary at most; `written` tells the indices that this change set. */
  #write(ref: AttributeRef, elements: ReadonlyArray<Json>, written: (index: number) => boolean): undefined {
    if (elements.length === 0) return this.#draft.set(ref, undefined)
    if (!ref.attribute.multiValued) return this.#draft.set(ref, elements[0])
    const kept = keepOnePrimary(elements, written)
    if (kept !== elements && elements.filter((element, i) => written(i) && isPrimary(element)).length > 1) {
      const label = attributeLabel(ref)
      this.#reading.tolerate(
        "several-primaries",
        label,
        `Several elements of "${label}" were sent as primary; the first stays so.`
      )
    }
    this.#draft.set(ref, kept)
  }

  #sameAsLast(path: Elements): ReadonlyArray<number> | undefined {
    const last = this.#last
    if (last === undefined || last.path.ref.attribute !== path.ref.attribute) return undefined
    return printFilter(last.path.source) === printFilter(path.source) ? last.indices : undefined
  }
}

/** The elements of an attribute as it is stored: the object of a single-valued complex one counts as one element. */
const elementsOf = (value: Json | undefined): ReadonlyArray<Json> =>
  value === undefined || value === null ? [] : isJsonArray(value) ? value : [value]

const matching = (path: Elements, elements: ReadonlyArray<Json>): ReadonlyArray<number> => {
  const indices: Array<number> = []
  elements.forEach((element, i) => {
    if (matchesElement(path.filter, element)) indices.push(i)
  })
  return indices
}

/** A value keeps the spelling in which it is there; all else is taken from what is added. */
const merged = (known: JsonObject, item: JsonObject): JsonObject => {
  const element: Record<string, Json> = { ...known, ...item }
  for (const name of ["value", "type"]) {
    const kept = ownMember(known, name)
    if (kept !== undefined) element[name] = kept
  }
  return element
}

const hasValue = (element: Json): boolean => isJsonObject(element) && ownMember(element, "value") !== undefined

const asObject = (element: Json): JsonObject => (isJsonObject(element) ? element : {})
