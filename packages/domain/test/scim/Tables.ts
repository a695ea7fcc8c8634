import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"

/** The real tables under the default namespace. */
export const { user: userTable, group: groupTable } = makeResourceTypes(defaultExtensionUserUrn)
