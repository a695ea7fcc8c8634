import { Result } from "effect"
import type { Note } from "../dialect/Note.ts"
import type { AttributeRef, AttributeTable } from "./AttributeTable.ts"
import type { Change } from "./Changes.ts"
import { Draft } from "./Draft.ts"
import { ElementChanges } from "./ElementChanges.ts"
import { isJsonArray, isJsonObject, type Json, type JsonObject, jsonEquals } from "./Json.ts"
import type { PatchOperation } from "./PatchRequest.ts"
import { Reading } from "./Reading.ts"
import type { ScimError } from "./ScimError.ts"

export interface Patched {
  /** The very object that was given where the operations change nothing; it shares what they leave alone. */
  readonly attributes: JsonObject
  readonly notes: ReadonlyArray<Note>
}

/**
 * Applies operations of `readPatch` in order, all or none (RFC 7644 section 3.5.2, ABUSE-4); what is given is never
 * changed. Fails with 400 `noTarget` where a filter matches nothing and does not say what to make (WIRE F.7).
 */
export const applyPatch = (
  table: AttributeTable,
  attributes: JsonObject,
  operations: ReadonlyArray<PatchOperation>
): Result.Result<Patched, ScimError> => {
  const reading = new Reading()
  const draft = new Draft(attributes)
  const elements = new ElementChanges(draft, reading)
  for (const operation of operations) {
    reading.where = `Operation ${operation.index + 1}: `
    applyChange(table, draft, elements, operation)
    if (reading.refusal !== undefined) return Result.fail(reading.refusal)
  }
  return Result.succeed({ attributes: draft.attributes, notes: reading.notes })
}

/** Applies one change to a draft; refusals are in the reading of `elements`. */
export const applyChange = (
  table: AttributeTable,
  draft: Draft,
  elements: ElementChanges,
  change: Change
): undefined => {
  const { path } = change
  if (path._tag !== "Elements") elements.interrupt()
  switch (path._tag) {
    case "Elements":
      return elements.select(change.op, path, change.value)
    case "Extension":
      return draft.clearExtension(
        path.schema.id,
        (name) => table.find(path.schema.id, name)?.attribute.mutability === "readOnly"
      )
    case "Attribute": {
      const { target } = path
      if (target.attribute.multiValued) return elements.list(change.op, target, target.sub, change.value)
      if (target.sub !== undefined) return setMember(draft, target, target.sub.name, change)
      return draft.set(target, change.op === "add" ? added(draft.get(target), change.value) : change.value)
    }
  }
}

/** Adding a list to the list of a `custom_` attribute adds what is new in it; every other add sets the value. */
const added = (old: Json | undefined, value: Json | undefined): Json | undefined => {
  if (!isJsonArray(old) || !isJsonArray(value)) return value
  const known = new Set<Json>(old)
  return [...old, ...value.filter((item) => !known.has(item))]
}

const setMember = (draft: Draft, target: AttributeRef, name: string, change: Change): undefined => {
  const old = draft.get(target)
  const object: Record<string, Json> = isJsonObject(old) ? { ...old } : {}
  if (jsonEquals(object[name], change.value)) return
  if (change.value === undefined) delete object[name]
  else object[name] = change.value
  draft.set(target, Object.keys(object).length === 0 ? undefined : object)
}
