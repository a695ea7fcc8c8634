import type { AttributeRef } from "./AttributeTable.ts"
import { isJsonObject, type Json, type JsonObject, jsonEquals, ownMember } from "./Json.ts"

/**
 * The attributes of a resource while they are changed: what was given stays as it is, what is written is copied first,
 * once, and only as far as needed. Writing what is there already is no change.
 */
export class Draft {
  readonly #given: JsonObject
  #root: Record<string, Json> | undefined
  readonly #extensions = new Map<string, Record<string, Json>>()

  constructor(given: JsonObject) {
    this.#given = given
  }

  /** The attributes as they are now: the very object given where nothing was changed. */
  get attributes(): JsonObject {
    return this.#root ?? this.#given
  }

  get(ref: AttributeRef): Json | undefined {
    const container = this.#container(ref.extension)
    return container === undefined ? undefined : ownMember(container, keyOf(container, ref))
  }

  /** Sets an attribute; undefined removes it, and its extension with the last of its attributes. */
  set(ref: AttributeRef, value: Json | undefined): undefined {
    const container = this.#container(ref.extension)
    const key = container === undefined ? ref.attribute.name : keyOf(container, ref)
    const old = container === undefined ? undefined : ownMember(container, key)
    if (jsonEquals(old, value)) return
    const target = this.#writable(ref.extension)
    if (value !== undefined) target[key] = value
    else {
      delete target[key]
      if (ref.extension !== undefined && Object.keys(target).length === 0) this.#drop(ref.extension)
    }
  }

  /** Removes the attributes of an extension, all but those named. */
  clearExtension(urn: string, keep: (name: string) => boolean): undefined {
    const container = this.#container(urn)
    if (container === undefined) return
    for (const name of Object.keys(container)) if (!keep(name)) delete this.#writable(urn)[name]
    const left = this.#container(urn)
    if (left !== undefined && Object.keys(left).length === 0) this.#drop(urn)
  }

  #container(urn: string | undefined): JsonObject | undefined {
    if (urn === undefined) return this.attributes
    const extension = ownMember(this.attributes, urn)
    return isJsonObject(extension) ? extension : undefined
  }

  #writable(urn: string | undefined): Record<string, Json> {
    this.#root ??= { ...this.#given }
    const root = this.#root
    if (urn === undefined) return root
    const copied = this.#extensions.get(urn)
    if (copied !== undefined) return copied
    const copy = { ...this.#container(urn) }
    this.#extensions.set(urn, copy)
    root[urn] = copy
    return copy
  }

  #drop(urn: string): undefined {
    delete this.#writable(undefined)[urn]
    this.#extensions.delete(urn)
  }
}

/** `custom_` attributes keep the spelling in which they are stored; all others have the one of the schema. */
const keyOf = (container: JsonObject, ref: AttributeRef): string => {
  const { name } = ref.attribute
  if (ref.attribute.anyPrimitive !== true || Object.hasOwn(container, name)) return name
  const folded = name.toLowerCase()
  return Object.keys(container).find((key) => key.length === name.length && key.toLowerCase() === folded) ?? name
}
