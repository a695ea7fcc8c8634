import { type Attribute, complex, dateTime, reference, string } from "../Attribute.ts"

/** The attributes that every resource has (RFC 7643 section 3.1) and that no schema lists. */
export const commonAttributes: ReadonlyArray<Attribute> = [
  string("id", "The identifier of the resource, given by this service.", {
    required: true,
    caseExact: true,
    mutability: "readOnly",
    returned: "always",
    uniqueness: "server",
    compared: true
  }),
  string("externalId", "The identifier of the resource in the identity provider.", {
    caseExact: true,
    compared: true
  }),
  reference("schemas", "The URNs of the schemas whose attributes the resource carries.", ["uri"], {
    multiValued: true,
    required: true,
    caseExact: false,
    returned: "always",
    mutability: "readOnly"
  }),
  complex(
    "meta",
    "What this service knows of the resource itself.",
    [
      string("resourceType", "The name of the resource type.", { caseExact: true, mutability: "readOnly" }),
      dateTime("created", "When the resource was made.", { mutability: "readOnly" }),
      dateTime("lastModified", "When the resource was last changed.", { mutability: "readOnly" }),
      reference("location", "The URI of the resource.", ["uri"], { mutability: "readOnly" }),
      string("version", "The weak ETag of the resource.", { caseExact: true, mutability: "readOnly" })
    ],
    { mutability: "readOnly" }
  )
]
