import { complex, reference, string } from "../Attribute.ts"
import type { SchemaDefinition } from "../Schema.ts"

export const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group"

/** The Group of RFC 7643 section 4.2; `displayName` is required here, as no identity provider omits it. */
export const groupSchema: SchemaDefinition = {
  id: groupUrn,
  name: "Group",
  description: "A group of people of the organisation.",
  attributes: [
    string("displayName", "The name of the group; unique in the organisation.", {
      required: true,
      uniqueness: "server",
      compared: true
    }),
    complex(
      "members",
      "The people in the group.",
      [
        string("value", "The id of the member.", { caseExact: true, mutability: "immutable", compared: true }),
        reference("$ref", "The URI of the member.", ["User"], { mutability: "readOnly" }),
        string("display", "The name of the member.", { mutability: "readOnly" }),
        string("type", "What the member is.", { mutability: "immutable", canonicalValues: ["User"] })
      ],
      { multiValued: true }
    )
  ]
}
