import { Result } from "effect"
import type { Note } from "../dialect/Note.ts"
import { onlyItem } from "../dialect/SingleAsArray.ts"
import type { AttributeTable } from "./AttributeTable.ts"
import { readElements } from "./AttributeValue.ts"
import { Changes, isFixed, removalPath } from "./Changes.ts"
import { isJsonArray, isJsonObject, type Json, type JsonObject } from "./Json.ts"
import { patchOpUrn, readMember, readMessage } from "./Message.ts"
import type { Path } from "./Path.ts"
import { attributeLabel, Reading } from "./Reading.ts"
import { badRequest, ScimError } from "./ScimError.ts"

/**
 * One change in canonical form. What identity providers really send (WIRE.md) has been resolved:
 * - path-less operations and paths of whole schemas are taken apart: `path` is an attribute, a sub-attribute or
 *   selected elements; only `remove` of a whole extension keeps an `Extension` path;
 * - single-valued complex attributes are taken apart into their sub-attributes, but for `manager`, whose path is always
 *   the attribute itself (or `Elements` of it), with `{ value: string }`;
 * - add and replace of "nothing" (`null`, `""`, `[]`, `{}`) are `remove`, and removing the `value` of elements removes
 *   the elements;
 * - `members` has no paths with a sub-attribute: its elements change as a whole;
 * - `value` is typed and canonical: an array for a multi-valued attribute without a filter, an object for selected
 *   elements without a sub-attribute; with `remove` the listed elements, or undefined for all that `path` names.
 */
export interface PatchOperation {
  readonly op: "add" | "remove" | "replace"
  readonly path: Path
  readonly value: Json | undefined
  /** The place in `Operations`, from 0, for error texts; several canonical operations may share one. */
  readonly index: number
}

export interface PatchRequest {
  readonly operations: ReadonlyArray<PatchOperation>
  readonly notes: ReadonlyArray<Note>
}

/** The most operations of one PATCH; beyond, 413. A thousand of members alone must work (R-SCIM-6). */
export const mostPatchOperations = 5_000

/**
 * Reads the body of a PATCH (RFC 7644 section 3.5.2) with all that identity providers make of it. `resourceId` is the
 * id in the request's URL: an operation may name it, as long as it changes nothing.
 *
 * Fails with 400 and `invalidSyntax` (no PatchOp, no Operations, an unknown `op`), `invalidPath`, `invalidFilter`,
 * `invalidValue`, `mutability` or `noTarget`; details begin with the operation at fault, counted from 1.
 */
export const readPatch = (
  table: AttributeTable,
  body: Json,
  resourceId?: string
): Result.Result<PatchRequest, ScimError> => {
  const message = readMessage(body, patchOpUrn)
  if (Result.isFailure(message)) return Result.fail(message.failure)
  const operations = readOperations(message.success.members)
  if (Result.isFailure(operations)) return Result.fail(operations.failure)
  const reading = new Reading()
  if (!message.success.named) {
    reading.tolerate("message-schemas-missing", "schemas", `"schemas" was missing; the body was taken as a PatchOp.`)
  }
  const changes = new Changes(table, reading, "patch")
  const canonical: Array<PatchOperation> = []
  for (let index = 0; index < operations.success.length; index++) {
    reading.where = `Operation ${index + 1}: `
    const from = changes.list.length
    readOperation(changes, reading, operations.success[index] ?? null, resourceId)
    if (reading.refusal !== undefined) return Result.fail(reading.refusal)
    for (const change of changes.list.slice(from)) canonical.push({ ...change, index })
  }
  return Result.succeed({ operations: canonical, notes: reading.notes })
}

const readOperations = (message: JsonObject): Result.Result<ReadonlyArray<Json>, ScimError> => {
  const operations = readMember(message, "Operations")
  if (!isJsonArray(operations) || operations.length === 0) {
    return Result.fail(badRequest("invalidSyntax", `"Operations" must be a list of at least one operation.`))
  }
  return operations.length > mostPatchOperations
    ? Result.fail(
        new ScimError({
          status: 413,
          detail: `A PATCH holds at most ${mostPatchOperations} operations; ${operations.length} were sent. Send several.`
        })
      )
    : Result.succeed(operations)
}

const readOperation = (
  changes: Changes,
  reading: Reading,
  operation: Json,
  resourceId: string | undefined
): undefined => {
  if (!isJsonObject(operation)) return reading.refuse("invalidSyntax", `it must be an object with "op".`)
  const op = operationName(readMember(operation, "op"))
  if (op === undefined) return reading.refuse("invalidSyntax", `"op" must be "add", "remove" or "replace".`)
  const path = readMember(operation, "path") ?? ""
  if (typeof path !== "string") return reading.refuse("invalidPath", `"path" must be text.`)
  const value = readMember(operation, "value")
  const pathless = path.trim() === ""
  if (op === "remove") {
    return pathless
      ? reading.refuse("noTarget", `"remove" needs a "path".`)
      : readRemove(changes, reading, path, value, resourceId)
  }
  if (value === undefined) return reading.refuse("invalidValue", `"${op}" needs a "value"; send null to clear.`)
  if (pathless) {
    const object = isJsonArray(value) ? onlyItem(value) : value
    return isJsonObject(object)
      ? changes.readObject(op, object)
      : reading.refuse("invalidValue", `without a "path" the "value" must be an object of attributes.`)
  }
  const found = changes.locate(path, undefined, true)
  if (found === undefined || namesOwnId(found.path, value, resourceId)) return
  changes.readPath(op, found.path, found.wrap === undefined ? value : { [found.wrap]: value })
}

const operationName = (op: Json | undefined): "add" | "remove" | "replace" | undefined => {
  const name = typeof op === "string" && op.length < 20 ? op.trim().toLowerCase() : ""
  return name === "add" || name === "remove" || name === "replace" ? name : undefined
}

/** An explicit path to `id` is harmless where it names the resource's own (WIRE F.5). */
const namesOwnId = (path: Path, value: Json, resourceId: string | undefined): boolean =>
  path._tag === "Attribute" &&
  path.target.attribute.name === "id" &&
  typeof value === "string" &&
  value.toLowerCase() === resourceId?.toLowerCase()

/**
 * `remove` (RFC 7644 section 3.5.2.2, WIRE F.8): a `value` matters only for a multi-valued attribute without a filter,
 * where it lists the elements to remove; an empty list removes nothing.
 */
const readRemove = (
  changes: Changes,
  reading: Reading,
  text: string,
  value: Json | undefined,
  resourceId: string | undefined
): undefined => {
  const found = changes.locate(text, undefined, true)
  if (found === undefined) return
  const { path } = found
  if (path._tag === "Extension") return changes.removeExtension(path.schema)
  const ref = path._tag === "Elements" ? path.ref : path.target
  const sub = path._tag === "Elements" ? path.sub : path.target.sub
  if (namesOwnId(path, value ?? null, resourceId)) return
  const label = attributeLabel(ref, sub)
  if (found.wrap === undefined && (ref.attribute.mutability === "readOnly" || sub?.mutability === "readOnly")) {
    return reading.refuse("mutability", `"${label}" is read-only: leave it out of the operations.`)
  }
  if (isFixed(sub)) {
    return reading.refuse("mutability", `"${label}" cannot be removed from an element: remove the element.`)
  }
  if (path._tag === "Attribute" && (sub ?? ref.attribute).required) {
    return reading.refuse("mutability", `"${label}" is required and cannot be removed: replace it instead.`)
  }
  const listed = value ?? null
  if (path._tag === "Elements") changes.remove(removalPath(path), undefined)
  else if (!ref.attribute.multiValued || sub !== undefined || listed === null) {
    changes.remove(removalPath(path), undefined)
  } else {
    const elements = readElements(reading, ref, listed, true)
    if (elements.length === 0) {
      return reading.ignore("remove-nothing-listed", label, `No element of "${label}" was listed, so none was removed.`)
    }
    reading.tolerate("remove-listed", label, `Only the listed elements of "${label}" were removed.`)
    changes.remove(path, elements)
  }
}
