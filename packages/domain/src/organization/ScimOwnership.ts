import type { DecideContext } from "../directory/DecideContext.ts"
import type { Group } from "../group/Group.ts"
import { ScimError } from "../scim/ScimError.ts"

/** Who writes, and whether SCIM is on: all that the question of who owns something takes. */
export type Writer = Pick<DecideContext, "via" | "scimEnabled" | "csvAllowed">

const refusal = (detail: string): ScimError => new ScimError({ status: 403, detail })

/** R-ORG-7: while SCIM is on people come from the identity provider; undefined where this writer may add some. */
export const addingFault = (writer: Writer): ScimError | undefined => {
  if (!writer.scimEnabled || writer.via === "scim") return undefined
  if (writer.via === "csv") return importFault(writer)
  return refusal(
    "People cannot be added by hand while SCIM is on: they come from the identity provider. Assign the person there, or " +
      "switch SCIM off first."
  )
}

/** R-ORG-7: an import needs SCIM to be off, or the operator's leave; undefined where there is no import, or it may be. */
export const importFault = (writer: Writer): ScimError | undefined =>
  writer.via !== "csv" || !writer.scimEnabled || writer.csvAllowed
    ? undefined
    : refusal(
        "CSV import is not possible while SCIM is on. Ask the operator to allow it for this organisation (rollcall org " +
          "allow-csv), or switch SCIM off first."
      )

/** R-ORG-7: by hand only groups that were made in the product are changed while SCIM is on; undefined where it may be. */
export const groupOwnerFault = (writer: Writer, group: Pick<Group, "origin">): ScimError | undefined => {
  if (writer.via === "csv") return importFault(writer)
  return writer.via === "hand" && writer.scimEnabled && group.origin === "scim"
    ? refusal(
        "This group comes from the identity provider and is changed there while SCIM is on. Its type and its admins can be " +
          "changed here."
      )
    : undefined
}
