import type { ScimError } from "../scim/ScimError.ts"
import type { Accepted, Reply } from "./Decision.ts"

/** The answer to one request of a batch. */
export type Answer =
  | { readonly _tag: "Done"; readonly reply: Reply; readonly outcome: Accepted["outcome"] }
  | { readonly _tag: "Refused"; readonly error: ScimError }
  | { readonly _tag: "Idle" }
