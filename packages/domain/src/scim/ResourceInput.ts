import { Result } from "effect"
import { schemasHabits } from "../dialect/AdvisorySchemas.ts"
import type { Habit, Note } from "../dialect/Note.ts"
import type { AttributeTable, TargetRef } from "./AttributeTable.ts"
import { Changes } from "./Changes.ts"
import { Draft } from "./Draft.ts"
import { ElementChanges } from "./ElementChanges.ts"
import { isJsonObject, type Json, type JsonObject, ownMember } from "./Json.ts"
import { readMember } from "./Message.ts"
import { applyChange } from "./PatchApply.ts"
import { Reading } from "./Reading.ts"
import { badRequest, type ScimError } from "./ScimError.ts"

/** The body of a POST or PUT in canonical form. */
export interface ResourceInput {
  /**
   * Canonical names; extension objects under their URN; only attributes that clients may write, so without `id`,
   * `meta`, `schemas`; what is empty is left out.
   */
  readonly attributes: JsonObject
  /** What the body names as empty (`null`, `""`, `[]`): with PUT an explicit wish to clear, unlike an omission. */
  readonly cleared: ReadonlyArray<TargetRef>
  readonly notes: ReadonlyArray<Note>
}

/**
 * Reads the body of a POST or PUT. It is taken as a replace without a path on a resource that has nothing yet, so all
 * that PATCH tolerates in names and values is tolerated here, too.
 *
 * Fails with 400 `invalidSyntax` where the body is no object and `invalidValue` where a value does not fit; whether
 * what is required is there is the caller's to say.
 */
export const readResource = (table: AttributeTable, body: Json): Result.Result<ResourceInput, ScimError> => {
  if (!isJsonObject(body)) {
    const name = table.resourceType.name
    return Result.fail(badRequest("invalidSyntax", `The body must be a JSON object: a ${name}.`))
  }
  const reading = new Reading()
  const changes = new Changes(table, reading, "resource")
  for (const habit of schemasHabits(table, readMember(body, "schemas"))) {
    reading.tolerate(habit, "schemas", schemasTexts[habit] ?? "")
  }
  changes.readObject("replace", body)
  if (reading.refusal !== undefined) return Result.fail(reading.refusal)
  const draft = new Draft({})
  const elements = new ElementChanges(draft, reading)
  for (const change of changes.list) applyChange(table, draft, elements, change)
  if (reading.refusal !== undefined) return Result.fail(reading.refusal)
  return Result.succeed({ attributes: draft.attributes, cleared: clearedBy(changes, draft), notes: reading.notes })
}

const schemasTexts: { readonly [H in Habit]?: string } = {
  "schemas-missing": `"schemas" was missing; the resource was understood all the same.`,
  "schemas-spelling": `A URN in "schemas" was misspelt; it was understood.`,
  "schemas-unknown": `"schemas" names a schema that is not known here.`
}

const clearedBy = (changes: Changes, draft: Draft): ReadonlyArray<TargetRef> => {
  const cleared: Array<TargetRef> = []
  for (const { op, path } of changes.list) {
    if (op !== "remove" || path._tag !== "Attribute") continue
    const { target } = path
    const value = draft.get(target)
    const stands = target.sub === undefined || !isJsonObject(value) ? value : ownMember(value, target.sub.name)
    if (stands === undefined) cleared.push(target)
  }
  return cleared
}
