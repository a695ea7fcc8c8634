import { integer, string } from "../Attribute.ts"
import type { SchemaDefinition } from "../Schema.ts"

/** The default namespace of the extension (R-USER-4); configuration may name another. */
export const defaultExtensionUserUrn = "urn:ietf:params:scim:schemas:extension:15Five:2.0:User"

/** Names of custom attributes begin with this, without regard to case (R-USER-4). */
export const customAttributePrefix = "custom_"

/** What this directory knows of a person beyond the RFC (R-USER-4), under the configured namespace. */
export const extensionUserSchema = (urn: string): SchemaDefinition => ({
  id: urn,
  name: "DirectoryUser",
  description: "What this directory knows of a person beyond the standard attributes.",
  dynamicPrefix: customAttributePrefix,
  attributes: [
    string("location", "Where the person works.", { compared: true }),
    string("startDate", "The day from which the person may sign in, as MM/DD/YYYY or YYYY-MM-DD."),
    string("hireDate", "The day on which the person was hired, as MM/DD/YYYY or YYYY-MM-DD."),
    string("terminationDate", "The last day of the person's employment, as MM/DD/YYYY or YYYY-MM-DD."),
    integer("userId", "The numeric User ID, given by this service.", { mutability: "readOnly", uniqueness: "server" })
  ]
})
