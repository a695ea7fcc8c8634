import { assert } from "@effect/vitest"
import type { Habit } from "@rollcall/domain/dialect/Note"
import type { AttributeTable } from "@rollcall/domain/scim/AttributeTable"
import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import { patchOpUrn } from "@rollcall/domain/scim/Message"
import { applyPatch } from "@rollcall/domain/scim/PatchApply"
import { type PatchOperation, readPatch } from "@rollcall/domain/scim/PatchRequest"
import { type ResourceInput, readResource } from "@rollcall/domain/scim/ResourceInput"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import type { ScimError, ScimType } from "@rollcall/domain/scim/ScimError"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { Result } from "effect"

export const EXT = defaultExtensionUserUrn
export const ENT = enterpriseUserUrn
export const CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
export const { user: users, group: groups } = makeResourceTypes(EXT)

export const U1 = "7c9e2a34-5b1d-4f60-8a77-2f0d9b6c1e01"
export const U2 = "b41f0d52-9c3e-4a86-bd15-6e27f8a90c02"
export const U3 = "e05d7711-24af-4b9b-9c48-1a3c5d7e9f03"
export const G1 = "3f6a8c1e-7d20-4e5b-b9a4-0c1d2e3f4a10"

/** A person as it is stored, in canonical form. */
export const person: JsonObject = {
  userName: "ines.okafor@haldenrobotics.example",
  name: { givenName: "Ines", familyName: "Okafor", formatted: "Ines Okafor" },
  displayName: "Ines Okafor",
  active: true,
  emails: [
    { value: "ines.okafor@haldenrobotics.example", type: "work", primary: true },
    { value: "ines@okafor.example", type: "home" }
  ],
  [ENT]: { employeeNumber: "HR-0417", department: "Controls" }
}

/** The body of a PATCH with these operations. */
export const patchOp = (...operations: ReadonlyArray<Json>): JsonObject => ({
  schemas: [patchOpUrn],
  Operations: operations
})

/** What a PATCH makes of a resource, and the habits that were noted; fails the test where it is refused. */
export const patched = (
  table: AttributeTable,
  attributes: JsonObject,
  body: Json,
  resourceId?: string
): { readonly attributes: JsonObject; readonly habits: ReadonlyArray<Habit> } => {
  const before = JSON.stringify(attributes)
  const request = readPatch(table, body, resourceId)
  if (Result.isFailure(request)) return assert.fail(`refused: ${request.failure.detail}`)
  const result = applyPatch(table, attributes, request.success.operations)
  if (Result.isFailure(result)) return assert.fail(`refused: ${result.failure.detail}`)
  assert.strictEqual(JSON.stringify(attributes), before, "what was given was changed")
  const notes = [...request.success.notes, ...result.success.notes]
  return { attributes: result.success.attributes, habits: notes.map((note) => note.habit) }
}

/** The person after a PATCH with these operations. */
export const patchedPerson = (...operations: ReadonlyArray<Json>): JsonObject =>
  patched(users, person, patchOp(...operations)).attributes

/** The refusal of a PATCH; fails the test where it is not refused with that keyword. */
export const refused = (
  table: AttributeTable,
  attributes: JsonObject,
  body: Json,
  scimType: ScimType,
  resourceId?: string
): ScimError => {
  const request = readPatch(table, body, resourceId)
  const result = Result.flatMap(request, ({ operations }) => applyPatch(table, attributes, operations))
  if (Result.isSuccess(result)) return assert.fail(`not refused: ${JSON.stringify(result.success.attributes)}`)
  assert.strictEqual(result.failure.status, 400)
  assert.strictEqual(result.failure.scimType, scimType, result.failure.detail)
  return result.failure
}

/** The canonical operations of a PATCH. */
export const operationsOf = (table: AttributeTable, body: Json): ReadonlyArray<PatchOperation> => {
  const request = readPatch(table, body)
  return Result.isSuccess(request) ? request.success.operations : assert.fail(request.failure.detail)
}

/** A POST or PUT body as it is understood. */
export const resource = (table: AttributeTable, body: Json): ResourceInput => {
  const result = readResource(table, body)
  return Result.isSuccess(result) ? result.success : assert.fail(`refused: ${result.failure.detail}`)
}

/** The refusal of a POST or PUT body. */
export const refusedResource = (table: AttributeTable, body: Json, scimType: ScimType): ScimError => {
  const result = readResource(table, body)
  if (Result.isSuccess(result)) return assert.fail(`not refused: ${JSON.stringify(result.success.attributes)}`)
  assert.strictEqual(result.failure.scimType, scimType, result.failure.detail)
  return result.failure
}
