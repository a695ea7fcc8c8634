import { MatchingRule } from "./MatchingRule.ts"
import { type PersonReference, readReference } from "./PersonReference.ts"
import type { User } from "./User.ts"
import type { UserId } from "./UserId.ts"

/** Who lives in an organisation, by what references can name (R-MATCH-1). */
export interface MatchingView {
  user(id: UserId): User | undefined
  numberHolder(number: number): User | undefined
  /** By the comparison key of *the email*. */
  emailHolder(key: string): User | undefined
  /** Everybody with an employee number of that comparison key. */
  employeeNumberHolders(key: string): ReadonlyArray<User>
}

/** What a reference came to. */
export type Match =
  | {
      readonly _tag: "Matched"
      readonly user: User
      readonly rule: MatchingRule
      /** The first later rule that would have found somebody else. */
      readonly alsoBy: MatchingRule | undefined
    }
  /** Nobody, or several where only one may be; `rule` says by which rule several were found. */
  | { readonly _tag: "Unmatched"; readonly several: MatchingRule | undefined }

/** Matches a reference to a person: SCIM ID, User ID, email, employee number, stopping at the first hit (R-MATCH-1). */
export const matchReference = (view: MatchingView, reference: string): Match => {
  const read = readReference(reference)
  let matched: { readonly user: User; readonly rule: MatchingRule } | undefined
  for (const rule of MatchingRule.literals) {
    const found = holders(view, read, rule)
    if (matched !== undefined) {
      const { user } = matched
      if (found.some((other) => other.id !== user.id)) return { _tag: "Matched", ...matched, alsoBy: rule }
    } else if (found.length > 1) {
      return { _tag: "Unmatched", several: rule }
    } else if (found[0] !== undefined) matched = { user: found[0], rule }
  }
  return matched === undefined
    ? { _tag: "Unmatched", several: undefined }
    : { _tag: "Matched", ...matched, alsoBy: undefined }
}

const holders = (view: MatchingView, reference: PersonReference, rule: MatchingRule): ReadonlyArray<User> => {
  switch (rule) {
    case "scimId":
      return listed(reference.scimId === undefined ? undefined : view.user(reference.scimId))
    case "userId":
      return listed(reference.userId === undefined ? undefined : view.numberHolder(reference.userId))
    case "email":
      return listed(reference.email === undefined ? undefined : view.emailHolder(reference.email))
    case "employeeNumber":
      return view.employeeNumberHolders(reference.employeeNumber)
  }
}

const listed = (user: User | undefined): ReadonlyArray<User> => (user === undefined ? [] : [user])
