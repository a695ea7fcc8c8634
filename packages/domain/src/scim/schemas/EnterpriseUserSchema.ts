import { complex, reference, string } from "../Attribute.ts"
import type { SchemaDefinition } from "../Schema.ts"

export const enterpriseUserUrn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

/** The enterprise User of RFC 7643 section 4.3. */
export const enterpriseUserSchema: SchemaDefinition = {
  id: enterpriseUserUrn,
  name: "EnterpriseUser",
  description: "What an enterprise knows of a person.",
  attributes: [
    string("employeeNumber", "The number or code that the organisation gave the person.", { compared: true }),
    string("costCenter", "The name of a cost center."),
    string("organization", "The name of an organization."),
    string("division", "The name of a division."),
    string("department", "The name of a department."),
    complex("manager", "The person's manager.", [
      string("value", "The reference to the manager as it was sent: a SCIM ID, User ID, e-mail or employee number.", {
        compared: true
      }),
      reference("$ref", "The URI of the manager, where one was matched.", ["User"], { mutability: "readOnly" }),
      string("displayName", "The manager's name, where one was matched.", { mutability: "readOnly" })
    ])
  ]
}
