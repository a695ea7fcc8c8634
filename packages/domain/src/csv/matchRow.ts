import { Result } from "effect"
import type { Needs } from "../directory/Needs.ts"
import { comparisonKey } from "../scim/Comparison.ts"
import type { MatchingRule } from "../user/MatchingRule.ts"
import type { MatchingView } from "../user/matchReference.ts"
import type { User } from "../user/User.ts"
import { coreText } from "../user/UserKeys.ts"
import { cellValue, type ImportedUser, type RowFault } from "./ImportedUser.ts"
import { quoted } from "./readUserRow.ts"

/** Whom a row is about, and by which of its columns that was found. */
export interface RowMatch {
  readonly user: User
  readonly rule: MatchingRule
  readonly reference: string
}

/** What matching a row needs to know, all at once (R-MATCH-3). */
export const rowNeeds = (
  row: ImportedUser
): Required<Pick<Needs, "users" | "numbers" | "emails" | "employeeNumbers">> => {
  const email = cellValue(row, "email")
  const employeeNumber = cellValue(row, "employee_number")
  return {
    users: row.scimId === undefined ? [] : [row.scimId],
    numbers: row.userId === undefined ? [] : [row.userId],
    emails: email === undefined ? [] : [comparisonKey(email)],
    employeeNumbers: employeeNumber === undefined ? [] : [comparisonKey(employeeNumber)]
  }
}

const columns: Readonly<Record<MatchingRule, string>> = {
  scimId: "scim_id",
  userId: "user_id",
  email: "email",
  employeeNumber: "employee_number"
}

const named = (user: User): string => `${coreText(user.attributes, "userName") ?? ""} (User ID ${user.number})`

/**
 * Matches a row by its columns: SCIM ID, User ID, email, employee number, stopping at the first hit (R-MATCH-1, R-CSV-2).
 * Ids that this directory gave must be somebody's here; columns that name different people are refused, and so is a row that
 * only an employee number of several people names: never guess. Undefined where the row is about somebody new.
 */
export const matchRow = (view: MatchingView, row: ImportedUser): Result.Result<RowMatch | undefined, RowFault> => {
  let match: RowMatch | undefined
  const email = cellValue(row, "email")
  const employeeNumber = cellValue(row, "employee_number")
  const steps: ReadonlyArray<readonly [MatchingRule, string | undefined, ReadonlyArray<User>]> = [
    ["scimId", row.scimId, listed(row.scimId === undefined ? undefined : view.user(row.scimId))],
    ["userId", row.userId?.toString(), listed(row.userId === undefined ? undefined : view.numberHolder(row.userId))],
    ["email", email, listed(email === undefined ? undefined : view.emailHolder(comparisonKey(email)))],
    [
      "employeeNumber",
      employeeNumber,
      employeeNumber === undefined ? [] : view.employeeNumberHolders(comparisonKey(employeeNumber))
    ]
  ]
  for (const [rule, reference, found] of steps) {
    if (reference === undefined) continue
    const [first, second] = found
    if (first === undefined) {
      if (rule === "email" || rule === "employeeNumber") continue
      return wrong(rule, `nobody here has ${quoted(reference)}. Leave the cell empty to match by e-mail`)
    }
    if (second !== undefined) {
      if (match !== undefined || email !== undefined) continue
      return wrong(rule, `several people have ${quoted(reference)}. Give their e-mail or User ID as well`)
    }
    if (match === undefined) match = { user: first, rule, reference }
    else if (match.user.id !== first.id) {
      return wrong(
        rule,
        `${quoted(reference)} is ${named(first)}, but ${columns[match.rule]} is ${named(match.user)}. Correct one of the two, or leave it empty`
      )
    }
  }
  return Result.succeed(match)
}

const wrong = (rule: MatchingRule, detail: string) => Result.fail<RowFault>({ column: columns[rule], detail })

const listed = (user: User | undefined): ReadonlyArray<User> => (user === undefined ? [] : [user])
