import { boolean, complex, reference, string } from "../Attribute.ts"
import type { SchemaDefinition } from "../Schema.ts"

export const resourceTypeUrn = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"

const readOnly = { mutability: "readOnly" } as const
const required = { mutability: "readOnly", required: true } as const

/** The schema of `/ResourceTypes` (RFC 7643 section 6). */
export const resourceTypeSchema: SchemaDefinition = {
  id: resourceTypeUrn,
  name: "Resource Type",
  description: "A kind of resource and the schemas that it follows.",
  attributes: [
    string("id", "The identifier of the resource type.", { ...readOnly, caseExact: true }),
    string("name", "The name of the resource type, as meta.resourceType has it.", { ...required, caseExact: true }),
    string("description", "What resources of this type are.", readOnly),
    reference("endpoint", "Where the resources live, below the address of the service.", ["uri"], required),
    reference("schema", "The URN of the core schema.", ["uri"], { ...required, caseExact: false }),
    complex(
      "schemaExtensions",
      "The extensions of the core schema.",
      [
        reference("schema", "The URN of the extension.", ["uri"], { ...required, caseExact: false }),
        boolean("required", "Whether every resource must carry the extension.", required)
      ],
      { ...readOnly, multiValued: true }
    )
  ]
}
