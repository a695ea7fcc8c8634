import { Result } from "effect"
import { looksLikeDate } from "../dialect/BareExtensionDate.ts"
import { isUnassigned } from "../dialect/EmptyClears.ts"
import { meansManager } from "../dialect/ManagerForms.ts"
import { isPlainKey, pathWithin } from "../dialect/QualifiedKeys.ts"
import { onlyItem } from "../dialect/SingleAsArray.ts"
import { unknownName } from "../dialect/UnknownNames.ts"
import { tidyUrn, urnHabit } from "../dialect/UrnSpelling.ts"
import type { Attribute } from "./Attribute.ts"
import type { AttributeRef, AttributeTable } from "./AttributeTable.ts"
import {
  noteUnknownSub,
  readElement,
  readElements,
  readPrimitive,
  readSingle,
  refuseType,
  subOf
} from "./AttributeValue.ts"
import { isJsonArray, isJsonObject, type Json, type JsonObject } from "./Json.ts"
import { isManagerName, managerAlias, managerOf, readManager } from "./ManagerReading.ts"
import { type Path, parsePath } from "./Path.ts"
import { attributeLabel, type Reading } from "./Reading.ts"
import type { SchemaDefinition } from "./Schema.ts"

/** A change of one attribute, sub-attribute or set of elements, in the form that `PatchOperation` describes. */
export interface Change {
  readonly op: "add" | "remove" | "replace"
  readonly path: Path
  readonly value: Json | undefined
}

type Elements = Extract<Path, { readonly _tag: "Elements" }>

/**
 * Takes add and replace apart into canonical changes, resolving the dialects on the way. One instance reads one body:
 * that of a POST or PUT (`resource`), where "nothing" may be said of everything, or of a PATCH.
 */
export class Changes {
  readonly list: Array<Change> = []
  readonly #table: AttributeTable
  readonly #reading: Reading
  readonly #resource: boolean
  readonly #manager: AttributeRef | undefined
  /** Changes of the manager by names that no schema has, such as `managerId`, in the object being read. */
  #aliases: Array<Change> = []

  constructor(table: AttributeTable, reading: Reading, body: "resource" | "patch") {
    this.#table = table
    this.#reading = reading
    this.#resource = body === "resource"
    this.#manager = managerOf(table)
  }

  /**
   * Reads an object of attributes: the body of a resource, or the value of an operation without a path. Read-only
   * attributes in it are echoes of what this service sent, and pass without a word (WIRE F.5, fact 2).
   */
  readObject(op: "add" | "replace", object: JsonObject): undefined {
    const from = this.list.length
    this.#members(op, undefined, object)
    this.#settleManager(from)
  }

  /** Reads the value of an operation with a path. */
  readPath(op: "add" | "replace", path: Path, value: Json): undefined {
    const from = this.list.length
    this.#path(op, path, value, true)
    this.#settleManager(from)
  }

  /** `explicit`: the client named exactly this path, so what cannot be written is refused. */
  #path(op: "add" | "replace", path: Path, value: Json, explicit: boolean): undefined {
    switch (path._tag) {
      case "Attribute":
        return this.#attribute(op, path.target, path.target.sub, value, explicit)
      case "Elements":
        return this.#elements(op, path, value, explicit)
      case "Extension":
        return this.#extension(op, path.schema, value)
    }
  }

  /**
   * Finds what a path names. Undefined where no schema has it, after a note (R-USER-3), and where it is malformed:
   * `explicit` ones are refused then, keys of an object are unknown names. `wrap` says that `manager` is named by one
   * of its other forms, which becomes a member of the value.
   */
  locate(text: string, container: string | undefined, explicit: boolean): { path: Path; wrap?: string } | undefined {
    const full = pathWithin(container, text.includes("::") ? tidyUrn(text) : text)
    if (isPlainKey(full)) {
      const ref = this.#table.find(undefined, full)
      if (ref !== undefined) return { path: { _tag: "Attribute", target: { ...ref, sub: undefined } } }
    }
    const manager = this.#manager
    const alias = manager === undefined ? undefined : managerAlias(this.#table, manager, full)
    if (manager !== undefined && alias !== undefined) {
      const path: Path = { _tag: "Attribute", target: { ...manager, sub: undefined } }
      return alias.member === undefined ? { path } : { path, wrap: alias.member }
    }
    const parsed = parsePath(this.#table, full)
    if (Result.isFailure(parsed)) {
      if (explicit) this.#reading.refuseWith(parsed.failure)
      else this.#unknown(container, text)
      return undefined
    }
    if (parsed.success._tag === "Unknown") {
      this.#unknown(container, text)
      return undefined
    }
    const habit = urnHabit(this.#table, full)
    if (habit !== undefined) {
      const shown = unknownName(undefined, tidyUrn(full))
      this.#reading.tolerate(habit, shown, `The path of "${shown}" is spelt in an unusual way; it was understood.`)
    }
    return { path: parsed.success }
  }

  #members(op: "add" | "replace", container: string | undefined, object: JsonObject): undefined {
    const seen = new Set<string>()
    for (const key of Object.keys(object)) {
      const folded = key.toLowerCase()
      if (seen.has(folded)) {
        const shown = unknownName(container, key)
        this.#reading.tolerate(
          "repeated-name",
          shown,
          `"${shown}" came more than once, in other letters; the last counts.`
        )
      }
      seen.add(folded)
      const value = object[key] ?? null
      if (isPlainKey(key)) this.#plain(op, container, key, value)
      else this.#qualified(op, container, key, value)
    }
  }

  #plain(op: "add" | "replace", container: string | undefined, key: string, value: Json): undefined {
    const ref = this.#table.find(container, key)
    if (ref !== undefined) this.#attribute(op, ref, undefined, value, false)
    else if (this.#manager !== undefined && isManagerName(key)) this.#setManager(op, value)
    else if (this.#manager !== undefined && meansManager(key, "resource")) this.#alias(op, key, value)
    else this.#unknown(container, key)
  }

  #qualified(op: "add" | "replace", container: string | undefined, key: string, value: Json): undefined {
    // An extension's object under its URN is the RFC's own form: spelt so, there is nothing to find out.
    const schema = container === undefined ? this.#table.schemas.find(({ id }) => id === key) : undefined
    if (schema !== undefined) return this.#extension(op, schema, value)
    const found = this.locate(key, container, false)
    if (found === undefined) return
    if (found.wrap !== undefined) this.#alias(op, found.wrap, value)
    else this.#path(op, found.path, value, false)
    if (found.path._tag === "Extension" || this.#resource) return
    this.#reading.tolerate("qualified-key", "", "Attributes of an operation without a path were named by paths.")
  }

  #attribute(
    op: "add" | "replace",
    ref: AttributeRef,
    sub: Attribute | undefined,
    value: Json,
    explicit: boolean
  ): undefined {
    const { attribute } = ref
    if (attribute.mutability === "readOnly" || sub?.mutability === "readOnly") {
      if (explicit) this.#refuseReadOnly(ref, sub)
      return
    }
    if (attribute === this.#manager?.attribute) {
      return this.#setManager(op, sub === undefined ? value : { [sub.name]: value })
    }
    if (attribute.multiValued && sub?.mutability === "immutable") {
      return this.#immutable(op, ref, sub, value)
    }
    if (sub !== undefined || (attribute.type !== "complex" && !attribute.multiValued)) {
      const read = readPrimitive(this.#reading, ref, sub ?? attribute, value)
      return read === undefined ? this.#clear(ref, sub, value) : this.#push(op, ref, sub, read)
    }
    if (!attribute.multiValued) return this.#complex(op, ref, value)
    const list = readElements(this.#reading, ref, value, false)
    if (list.length > 0) return this.#push(op, ref, undefined, list)
    if (op === "replace") return this.#clear(ref, undefined, value)
    const label = attributeLabel(ref)
    this.#reading.ignore("empty-add", label, `Nothing was listed to be added to "${label}".`)
  }

  /** `members.value` without a filter: what identifies an element is set with it, so an element is meant. */
  #immutable(op: "add" | "replace", ref: AttributeRef, sub: Attribute, value: Json): undefined {
    if (sub.name !== "value") {
      const label = attributeLabel(ref, sub)
      return this.#reading.refuse(
        "mutability",
        `"${label}" cannot be changed: send whole elements of "${attributeLabel(ref)}".`
      )
    }
    this.#attribute(op, ref, undefined, value, false)
  }

  /** A single-valued complex attribute: each sub-attribute sent is set, the others stay (RFC 7644 section 3.5.2.3). */
  #complex(op: "add" | "replace", ref: AttributeRef, sent: Json): undefined {
    const value = readSingle(this.#reading, ref, sent)
    if (value === undefined) return
    if (value === null || value === "" || (isJsonObject(value) && Object.keys(value).length === 0)) {
      return value !== null && value !== "" && op === "add" ? undefined : this.#clear(ref, undefined, value)
    }
    if (!isJsonObject(value)) {
      return refuseType(this.#reading, ref, ref.attribute, "an object with its sub-attributes", value)
    }
    for (const name of Object.keys(value)) {
      const sub = subOf(ref.attribute, name)
      if (sub === undefined) noteUnknownSub(this.#reading, ref, name)
      else this.#attribute(op, ref, sub, value[name] ?? null, false)
    }
  }

  #elements(op: "add" | "replace", path: Elements, value: Json, explicit: boolean): undefined {
    const { ref, sub } = path
    if (ref.attribute.mutability === "readOnly" || sub?.mutability === "readOnly") {
      if (explicit) this.#refuseReadOnly(ref, sub)
      return
    }
    if (sub !== undefined && ref.attribute !== this.#manager?.attribute) {
      const read = readPrimitive(this.#reading, ref, sub, value)
      if (read === undefined) {
        this.#noteEmpty(ref, sub, value)
        this.list.push({ op: "remove", path: removalPath(path), value: undefined })
      } else if (sub.mutability === "immutable") {
        // It can only be set together with its element.
        this.list.push({ op, path: { ...path, sub: undefined }, value: { [sub.name]: read } })
      } else this.list.push({ op, path, value: read })
      return
    }
    const sent = readSingle(this.#reading, ref, value)
    if (sent === undefined) return
    const whole: Path = { ...path, sub: undefined }
    const element =
      ref.attribute === this.#manager?.attribute
        ? readManager(this.#reading, ref, sub === undefined ? sent : { [sub.name]: sent })
        : (readElement(this.#reading, ref, sent, true) ?? "clear")
    if (isJsonObject(element)) this.list.push({ op, path: whole, value: element })
    else if (element === "clear" && !(op === "add" && isJsonObject(sent) && Object.keys(sent).length === 0)) {
      this.#noteEmpty(ref, undefined, value)
      this.list.push({ op: "remove", path: whole, value: undefined })
    }
  }

  #extension(op: "add" | "replace", schema: SchemaDefinition, sent: Json): undefined {
    const value = isJsonArray(sent) ? onlyItem(sent) : sent
    if (isJsonObject(value)) return this.#members(op, schema.id, value)
    const startDate = this.#table.find(schema.id, "startDate")
    if (typeof value === "string" && startDate !== undefined && looksLikeDate(value)) {
      const label = attributeLabel(startDate)
      this.#reading.tolerate(
        "bare-extension-date",
        label,
        `A bare date was sent for the whole schema; it was taken as "${label}".`
      )
      return this.#attribute(op, startDate, undefined, value, true)
    }
    if (value === undefined || !isUnassigned(value)) {
      const example = startDate === undefined ? "" : `, or use the path "${attributeLabel(startDate)}"`
      return this.#reading.refuse(
        "invalidValue",
        `"${schema.id}" is a whole schema: send an object with its attributes${example}.`
      )
    }
    if (this.#resource) {
      for (const ref of this.#table.all) {
        const writable = ref.attribute.mutability !== "readOnly"
        if (writable && ref.extension === schema.id) this.#clear(ref, undefined, null)
      }
    } else if (op === "replace") this.removeExtension(schema)
  }

  /** Removes what an extension holds; the core schema cannot be removed, as something in it is required. */
  removeExtension(schema: SchemaDefinition): undefined {
    if (schema === this.#table.resourceType.schema) {
      return this.#reading.refuse("mutability", `"${schema.id}" cannot be removed as a whole: name an attribute.`)
    }
    this.list.push({ op: "remove", path: { _tag: "Extension", schema }, value: undefined })
  }

  remove(path: Path, listed: Json | undefined): undefined {
    this.list.push({ op: "remove", path, value: listed })
  }

  #refuseReadOnly(ref: AttributeRef, sub: Attribute | undefined): undefined {
    const label = attributeLabel(ref, sub)
    this.#reading.refuse("mutability", `"${label}" is read-only: leave it out of the operations.`)
  }

  #push(op: Change["op"], ref: AttributeRef, sub: Attribute | undefined, value: Json | undefined): undefined {
    this.list.push({
      op,
      path: { _tag: "Attribute", target: { extension: ref.extension, attribute: ref.attribute, sub } },
      value
    })
  }

  #clear(ref: AttributeRef, sub: Attribute | undefined, sent: Json): undefined {
    if (this.#reading.refusal !== undefined) return
    if (!this.#resource) {
      if ((sub ?? ref.attribute).required) {
        return this.#reading.refuse("invalidValue", `"${attributeLabel(ref, sub)}" cannot be empty: send a value.`)
      }
      this.#noteEmpty(ref, sub, sent)
    }
    this.#push("remove", ref, removalSub(sub), undefined)
  }

  #noteEmpty(ref: AttributeRef, sub: Attribute | undefined, sent: Json): undefined {
    if (sent === null || this.#reading.refusal !== undefined) return
    const label = attributeLabel(ref, sub)
    this.#reading.tolerate("empty-clears", label, `What was sent for "${label}" is empty; the attribute was cleared.`)
  }

  #unknown(container: string | undefined, key: string): undefined {
    const shown = unknownName(container, tidyUrn(key))
    this.#reading.ignore("unknown-attribute", shown, `No schema has "${shown}"; it was ignored.`)
  }

  #setManager(op: "add" | "replace", sent: Json): undefined {
    const ref = this.#manager
    if (ref === undefined) return
    const read = readManager(this.#reading, ref, sent)
    if (read === "clear") this.#clear(ref, undefined, sent)
    else if (read !== undefined) this.#push(op, ref, undefined, read)
  }

  #alias(op: "add" | "replace", name: string, value: Json): undefined {
    const before = this.list.length
    this.#setManager(op, { [name]: value })
    this.#aliases.push(...this.list.splice(before))
  }

  /**
   * Puts the manager that was named as `managerId` and the like in its place: it counts before a `manager` in the same
   * object, which may be the echo of the old one, unless it is empty.
   */
  #settleManager(from: number): undefined {
    const alias = this.#aliases.findLast((change) => change.op !== "remove") ?? this.#aliases.at(-1)
    if (alias === undefined) return
    this.#aliases = []
    const isManager = (change: Change): boolean =>
      change.path._tag === "Attribute" && change.path.target.attribute === this.#manager?.attribute
    const read = this.list.splice(from)
    const named = read.some((change) => isManager(change) && change.op !== "remove")
    if (alias.op === "remove" && named) this.list.push(...read)
    else this.list.push(...read.filter((change) => !isManager(change)), alias)
  }
}

/** The path whose removal is meant: an element without its `value` is nothing, and `manager` changes as a whole. */
export const removalPath = (path: Path): Path => {
  switch (path._tag) {
    case "Attribute":
      return { _tag: "Attribute", target: { ...path.target, sub: removalSub(path.target.sub) } }
    case "Elements":
      return { ...path, sub: removalSub(path.sub) }
    case "Extension":
      return path
  }
}

const removalSub = (sub: Attribute | undefined): Attribute | undefined => (sub?.name === "value" ? undefined : sub)

/** Whether a sub-attribute is fixed with its element, as the `type` of members is, and is not what identifies it. */
export const isFixed = (sub: Attribute | undefined): boolean => sub?.mutability === "immutable" && sub.name !== "value"
