import { comparisonKey } from "../scim/Comparison.ts"
import { emailFault } from "./Email.ts"
import { parseUuid, UserId } from "./UserId.ts"

/** What a reference to a person can be, one candidate for each rule that it is well-formed for (R-MATCH-2). */
export interface PersonReference {
  readonly scimId: UserId | undefined
  /** A User ID: digits without leading zeros. */
  readonly userId: number | undefined
  /** The comparison key of an address. */
  readonly email: string | undefined
  /** The comparison key of the text, which any text can be an employee number by. */
  readonly employeeNumber: string
}

const digits = /^[1-9][0-9]{0,14}$/

/** Reads a reference as it was sent; white space around it does not count. */
export const readReference = (text: string): PersonReference => {
  const trimmed = text.trim()
  const uuid = parseUuid(trimmed)
  return {
    scimId: uuid === undefined ? undefined : UserId.make(uuid, { disableChecks: true }),
    userId: digits.test(trimmed) ? Number(trimmed) : undefined,
    email: trimmed.includes("@") && emailFault(trimmed) === undefined ? comparisonKey(trimmed) : undefined,
    employeeNumber: comparisonKey(trimmed)
  }
}

/** What matching a reference needs to know; all of it is asked for at once (R-MATCH-3). */
export const referenceNeeds = (reference: string) => {
  const read = readReference(reference)
  return {
    users: read.scimId === undefined ? [] : [read.scimId],
    numbers: read.userId === undefined ? [] : [read.userId],
    emails: read.email === undefined ? [] : [read.email],
    employeeNumbers: read.employeeNumber === "" ? [] : [read.employeeNumber]
  }
}
