import { Effect } from "effect"
import type { Caller } from "../directory/Caller.ts"
import type { Directory } from "../directory/Directory.ts"
import { refuse } from "../directory/Submission.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { ScimError } from "../scim/ScimError.ts"
import type { Match } from "./matchReference.ts"
import type { UserMatching } from "./UserMatching.ts"

const notFound = (reference: string, several: boolean): ScimError => {
  const shown = JSON.stringify(reference.length > 80 ? `${reference.slice(0, 80)}…` : reference)
  return new ScimError({
    status: 404,
    detail: several
      ? `Several people have the employee number ${shown}, so it names nobody. Name the person by SCIM ID, User ID or e-mail.`
      : `Nobody here has ${shown} as SCIM ID, User ID, e-mail or employee number. Search for the person by name.`
  })
}

/** The person whom a caller names, by any reference (R-MATCH-1); the 404 of one that names nobody is in the log. */
export const findPerson = (
  matching: UserMatching["Service"],
  directory: Directory["Service"],
  caller: Caller,
  reference: string
): Effect.Effect<Extract<Match, { readonly _tag: "Matched" }>, ScimError | StoreUnavailable> =>
  Effect.flatMap(
    matching.resolve(caller.organization.id, [reference]),
    (found): Effect.Effect<Extract<Match, { readonly _tag: "Matched" }>, ScimError> => {
      const match = found.get(reference)
      return match?._tag === "Matched"
        ? Effect.succeed(match)
        : refuse(directory, caller, notFound(reference, match?.several !== undefined))
    }
  )
