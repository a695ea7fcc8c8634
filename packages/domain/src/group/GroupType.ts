import { Option, Schema } from "effect"
import { PlainName } from "../organization/PlainName.ts"
import { comparisonKey, identityFault } from "../scim/Comparison.ts"

/** The id of a group type: a UUID in lower case. */
export const GroupTypeId = Schema.String.pipe(Schema.brand("GroupTypeId"))
export type GroupTypeId = typeof GroupTypeId.Type

/** What admins sort groups by: teams, departments, sites. SCIM knows nothing of it (R-GROUP-3). */
export const GroupType = Schema.Struct({
  id: GroupTypeId,
  name: Schema.String,
  /** The place in lists: 0 is the default type's, those that admins define follow without gaps. */
  position: Schema.Int
})
export type GroupType = typeof GroupType.Type

/**
 * The type in which a new group lands (R-GROUP-3). Every organisation has it, first of all types and under this very id;
 * it is stored nowhere, so that it can be neither renamed nor lost.
 */
export const defaultGroupType: GroupType = {
  id: GroupTypeId.make("00000000-0000-0000-0000-000000000000"),
  name: "Groups",
  position: 0
}

/** So many types an organisation may define: they are read and written as a whole. */
export const maxGroupTypes = 200

/** The key by which the names of group types compare. */
export const groupTypeNameKey = (name: string): string => comparisonKey(name)

/** The name as it is kept; undefined where it is none. */
export const readGroupTypeName = (name: string): string | undefined => {
  const plain = Option.getOrUndefined(decodeName(name))
  return plain === undefined || identityFault(plain) !== undefined ? undefined : plain
}

const decodeName = Schema.decodeUnknownOption(PlainName)
