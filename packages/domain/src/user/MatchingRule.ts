import { Schema } from "effect"

/** The rules by which a reference can be a person, in the order in which they are tried (R-MATCH-1). */
export const MatchingRule = Schema.Literals(["scimId", "userId", "email", "employeeNumber"])
export type MatchingRule = typeof MatchingRule.Type
