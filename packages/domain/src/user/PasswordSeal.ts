import type { PatchOperation, PatchRequest } from "../scim/PatchRequest.ts"
import type { ResourceInput } from "../scim/ResourceInput.ts"
import type { PasswordHash } from "./PasswordHash.ts"

/**
 * What stands in a command for the password of a request (R-MAIL-2): its hash where it is to be stored, else a marker
 * that says only that there was one. The password itself gets into no command, log entry, event or error.
 */
export type PasswordSeal = PasswordHash | typeof withheldPassword

/** Stands for a password that is not to be stored. */
export const withheldPassword = "withheld"

/** The password in the body of a POST or PUT; undefined where there is none. */
export const passwordOfInput = (input: ResourceInput): string | undefined =>
  Object.hasOwn(input.attributes, "password") ? String(input.attributes.password) : undefined

/** The body of a POST or PUT with the seal in place of the password; the very input where there is none. */
export const sealInput = (input: ResourceInput, seal: PasswordSeal): ResourceInput =>
  Object.hasOwn(input.attributes, "password")
    ? { ...input, attributes: { ...input.attributes, password: seal } }
    : input

/**
 * The password that a PATCH comes to: the last operation on it counts, and a removal is none, as nobody's password can
 * be taken away. Whatever form an operation came in, `readPatch` has made its path the attribute.
 */
export const passwordOfPatch = ({ operations }: PatchRequest): string | undefined => {
  const last = operations.findLast(isOfPassword)
  return last === undefined || last.op === "remove" || last.value === undefined ? undefined : String(last.value)
}

/**
 * A PATCH with the seal in place of the password, and without the operations on it that count for nothing; the very
 * request where there are none.
 */
export const sealPatch = (patch: PatchRequest, seal: PasswordSeal): PatchRequest => {
  const last = patch.operations.findLast(isOfPassword)
  if (last === undefined) return patch
  const operations = patch.operations.flatMap((operation) => {
    if (!isOfPassword(operation)) return operation
    return operation === last && operation.op !== "remove" ? { ...operation, value: seal } : []
  })
  return { ...patch, operations }
}

const isOfPassword = ({ path }: PatchOperation): boolean =>
  path._tag === "Attribute" && path.target.extension === undefined && path.target.attribute.name === "password"
