import { elementOfBareValue } from "../dialect/BareValue.ts"
import { numberOfText, textOfNumber } from "../dialect/NumberAsText.ts"
import { idOfReference } from "../dialect/ReferenceAsValue.ts"
import { asList, onlyItem } from "../dialect/SingleAsArray.ts"
import { booleanOfText } from "../dialect/StringBoolean.ts"
import { unknownName } from "../dialect/UnknownNames.ts"
import type { Attribute } from "./Attribute.ts"
import { type AttributeRef, findSub } from "./AttributeTable.ts"
import { textFault } from "./Comparison.ts"
import { parseInstant } from "./DateTimeValue.ts"
import { isJsonArray, isJsonObject, type Json, type JsonObject } from "./Json.ts"
import { limits } from "./Limits.ts"
import { attributeLabel, type Reading } from "./Reading.ts"

/**
 * Reads the value of a single-valued attribute or sub-attribute that is not complex; `leaf` is `ref.attribute` or one
 * of its sub-attributes. Undefined for "nothing" (`null`, `""`, `[]`) and where the value is refused: 400
 * `invalidValue`, naming the attribute and what to send, never the value.
 */
export const readPrimitive = (reading: Reading, ref: AttributeRef, leaf: Attribute, value: Json): Json | undefined => {
  if (leaf.anyPrimitive === true) return readAny(reading, ref, leaf, value)
  const item = isJsonArray(value) ? onlyValue(reading, ref, leaf, value) : value
  if (item === undefined || item === null || item === "") return undefined
  switch (leaf.type) {
    case "boolean":
      return readBoolean(reading, ref, leaf, item)
    case "integer":
    case "decimal":
      return readNumber(reading, ref, leaf, item)
    default:
      return readText(reading, ref, leaf, item)
  }
}

/**
 * Reads one element of a multi-valued complex attribute. Undefined where there is nothing in it: no members, an empty
 * `value`, or, unless `partial`, only labels (`type`, `primary`). `partial` is for objects that need not be a whole
 * element: what a filter's elements are changed to, and elements listed for removal.
 */
export const readElement = (
  reading: Reading,
  ref: AttributeRef,
  sent: Json,
  partial: boolean
): JsonObject | undefined => {
  const valueLeaf = subOf(ref.attribute, "value")
  let object = sent
  if (!isJsonObject(object)) {
    if (object === null || object === "") return undefined
    const wrapped = valueLeaf === undefined ? undefined : elementOfBareValue(object)
    if (wrapped === undefined) return refuseType(reading, ref, ref.attribute, "an object", sent)
    const label = attributeLabel(ref)
    reading.tolerate("bare-value", label, `A value of "${label}" came bare; it was taken as its "value".`)
    object = wrapped
  }
  const element: Record<string, Json> = {}
  let reference: string | undefined
  let emptyValue = false
  for (const name of Object.keys(object)) {
    const sub = subOf(ref.attribute, name)
    const member = object[name] ?? null
    if (sub === undefined) noteUnknownSub(reading, ref, name)
    else if (sub.mutability === "readOnly") {
      if (sub.name === "$ref" && typeof member === "string") reference = member
    } else {
      const value = readPrimitive(reading, ref, sub, member)
      if (value !== undefined) element[sub.name] = value
      else {
        delete element[sub.name]
        if (sub === valueLeaf) emptyValue = true
      }
    }
  }
  if (valueLeaf !== undefined && !Object.hasOwn(element, "value")) {
    const id = reference === undefined ? undefined : idOfReference(reference)
    if (id !== undefined) {
      const label = attributeLabel(ref)
      reading.tolerate(
        "reference-as-value",
        label,
        `An element of "${label}" had a "$ref" and no "value"; the id was taken from it.`
      )
      const value = readPrimitive(reading, ref, valueLeaf, id)
      if (value !== undefined) element[valueLeaf.name] = value
    } else if (!partial && valueLeaf.mutability === "immutable" && Object.keys(object).length > 0) {
      const label = attributeLabel(ref, valueLeaf)
      return reading.refuse("invalidValue", `Every element of "${attributeLabel(ref)}" needs "${label}".`)
    } else if (emptyValue) return undefined
  }
  return isBare(element, partial) ? undefined : element
}

/** Whether nothing is in an element, or, unless `partial`, nothing but the labels `type` and `primary`. */
export const isBare = (element: JsonObject, partial: boolean): boolean => {
  for (const name of Object.keys(element)) if (partial || (name !== "type" && name !== "primary")) return false
  return true
}

/** Reads the list of a multi-valued attribute; what is empty in it is left out. */
export const readElements = (
  reading: Reading,
  ref: AttributeRef,
  value: Json,
  partial: boolean
): ReadonlyArray<Json> => {
  if (value === null || value === "") return []
  const label = attributeLabel(ref)
  if (!isJsonArray(value)) {
    reading.tolerate(
      "single-value-for-array",
      label,
      `"${label}" takes a list; the single value was taken as one of one.`
    )
  }
  const elements: Array<Json> = []
  for (const item of asList(value)) {
    const element =
      ref.attribute.type === "complex"
        ? readElement(reading, ref, item, partial)
        : readPrimitive(reading, ref, ref.attribute, item)
    if (element !== undefined) elements.push(element)
  }
  return elements
}

/** The value where a single one is taken: the only item of a list; undefined after a refusal. */
export const readSingle = (reading: Reading, ref: AttributeRef, value: Json): Json | undefined =>
  isJsonArray(value) ? onlyValue(reading, ref, ref.attribute, value) : value

/** The sub-attribute of that name without regard to case; the exact spelling costs no folding. */
export const subOf = (attribute: Attribute, name: string): Attribute | undefined => {
  const subAttributes = attribute.subAttributes
  if (subAttributes === undefined) return undefined
  for (const sub of subAttributes) if (sub.name === name) return sub
  return findSub(attribute, name)
}

/** Notes a sub-attribute that the attribute does not have; echoes of names that are derived here are not worth a note. */
export const noteUnknownSub = (reading: Reading, ref: AttributeRef, name: string): undefined => {
  if (name.toLowerCase() === "displayname" && subOf(ref.attribute, "display") !== undefined) return
  const shown = `${attributeLabel(ref)}.${unknownName(undefined, name)}`
  reading.ignore("unknown-attribute", shown, `No schema has "${shown}"; it was ignored.`)
}

/** Refuses a value of the wrong type. */
export const refuseType = (
  reading: Reading,
  ref: AttributeRef,
  leaf: Attribute,
  expected: string,
  value: Json
): undefined =>
  reading.refuse(
    "invalidValue",
    `"${labelOf(ref, leaf)}" must be ${expected}, but ${kindOf(value, expected)} was sent.`
  )

const labelOf = (ref: AttributeRef, leaf: Attribute): string =>
  attributeLabel(ref, leaf === ref.attribute ? undefined : leaf)

const onlyValue = (
  reading: Reading,
  ref: AttributeRef,
  leaf: Attribute,
  list: ReadonlyArray<Json>
): Json | undefined => {
  const item = onlyItem(list)
  const label = labelOf(ref, leaf)
  if (item === undefined) {
    return reading.refuse(
      "invalidValue",
      `"${label}" takes a single value here, but a list of ${list.length} was sent.`
    )
  }
  if (list.length === 1) {
    reading.tolerate(
      "array-for-single-value",
      label,
      `"${label}" takes a single value; the only one of a list was taken.`
    )
  }
  return item
}

const readText = (reading: Reading, ref: AttributeRef, leaf: Attribute, value: Json): string | undefined => {
  if (typeof value === "string") return checkText(reading, ref, leaf, value)
  if (typeof value !== "number" || !Number.isFinite(value)) {
    return refuseType(reading, ref, leaf, expectedText(leaf), value)
  }
  const label = labelOf(ref, leaf)
  reading.tolerate("number-as-text", label, `"${label}" is text; the number was taken as its digits.`)
  return checkText(reading, ref, leaf, textOfNumber(value))
}

const expectedText = (leaf: Attribute): string =>
  leaf.type === "dateTime"
    ? "a date and time such as 2027-01-11T08:30:00Z"
    : leaf.type === "binary"
      ? "base64 text"
      : "text"

const checkText = (reading: Reading, ref: AttributeRef, leaf: Attribute, text: string): string | undefined => {
  const limit = leaf.compared === true ? limits.comparedTextLength : limits.textLength
  if (text.length > limit) {
    return reading.refuse(
      "invalidValue",
      `"${labelOf(ref, leaf)}" holds at most ${limit} characters; ${text.length} were sent.`
    )
  }
  const fault = textFault(text)
  if (fault !== undefined) {
    return reading.refuse("invalidValue", `The text sent for "${labelOf(ref, leaf)}" ${fault}; send it without.`)
  }
  if (leaf.type === "dateTime" && parseInstant(text) === undefined) {
    return refuseType(reading, ref, leaf, expectedText(leaf), text)
  }
  return text
}

const readBoolean = (reading: Reading, ref: AttributeRef, leaf: Attribute, value: Json): boolean | undefined => {
  if (typeof value === "boolean") return value
  const meant = typeof value === "string" ? booleanOfText(value) : undefined
  if (meant === undefined) return refuseType(reading, ref, leaf, "true or false", value)
  const label = labelOf(ref, leaf)
  reading.tolerate("string-boolean", label, `"${label}" is a boolean; the text was taken as true or false.`)
  return meant
}

const readNumber = (reading: Reading, ref: AttributeRef, leaf: Attribute, value: Json): number | undefined => {
  const whole = leaf.type === "integer"
  const meant = typeof value === "number" ? value : typeof value === "string" ? numberOfText(value) : undefined
  if (meant === undefined || !Number.isFinite(meant) || (whole && !Number.isSafeInteger(meant))) {
    return refuseType(reading, ref, leaf, whole ? "a whole number" : "a number", value)
  }
  if (typeof value === "string") {
    const label = labelOf(ref, leaf)
    reading.tolerate("text-as-number", label, `"${label}" is a number; the text was taken as one.`)
  }
  return meant
}

/** Text, number, boolean or a list of these (R-USER-4). */
const readAny = (reading: Reading, ref: AttributeRef, leaf: Attribute, value: Json): Json | undefined => {
  if (!isJsonArray(value)) return readAnyItem(reading, ref, leaf, value)
  const items: Array<Json> = []
  for (const item of value) {
    const read = readAnyItem(reading, ref, leaf, item)
    if (read !== undefined) items.push(read)
  }
  return items.length === 0 ? undefined : items
}

const readAnyItem = (reading: Reading, ref: AttributeRef, leaf: Attribute, value: Json): Json | undefined => {
  if (value === null || value === "") return undefined
  if (typeof value === "string") return checkText(reading, ref, leaf, value)
  if (typeof value === "object" || (typeof value === "number" && !Number.isFinite(value))) {
    return refuseType(reading, ref, leaf, "text, a number, a boolean or a list of these", value)
  }
  return value
}

const kindOf = (value: Json, expected: string): string => {
  if (isJsonArray(value)) return "a list"
  switch (typeof value) {
    case "string":
      return expected.includes("text") ? "other text" : "text"
    case "number":
      return "a number"
    case "boolean":
      return "a boolean"
    default:
      return value === null ? "null" : "an object"
  }
}
