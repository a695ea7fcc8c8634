import { type AttributeTable, makeAttributeTable } from "./AttributeTable.ts"
import type { ResourceType } from "./Schema.ts"
import { enterpriseUserSchema } from "./schemas/EnterpriseUserSchema.ts"
import { extensionUserSchema } from "./schemas/ExtensionUserSchema.ts"
import { groupSchema } from "./schemas/GroupSchema.ts"
import { userSchema } from "./schemas/UserSchema.ts"

/** The two kinds of resource that this service holds, for one namespace of the extension (R-USER-4). */
export interface ResourceTypes {
  readonly extensionUrn: string
  readonly user: AttributeTable
  readonly group: AttributeTable
}

/** Builds the resource types with the extension under the URN given. */
export const makeResourceTypes = (extensionUrn: string): ResourceTypes => {
  const user: ResourceType = {
    id: "User",
    name: "User",
    endpoint: "/Users",
    description: "The people of the organisation.",
    schema: userSchema,
    extensions: [enterpriseUserSchema, extensionUserSchema(extensionUrn)]
  }
  const group: ResourceType = {
    id: "Group",
    name: "Group",
    endpoint: "/Groups",
    description: "The groups of the organisation.",
    schema: groupSchema,
    extensions: []
  }
  return { extensionUrn, user: makeAttributeTable(user), group: makeAttributeTable(group) }
}
