import { type Attribute, boolean, complex, integer, reference, string } from "../Attribute.ts"
import type { SchemaDefinition } from "../Schema.ts"

export const serviceProviderConfigUrn = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"

const readOnly = { mutability: "readOnly" } as const
const required = { mutability: "readOnly", required: true } as const

const feature = (name: string, description: string, more: ReadonlyArray<Attribute> = []): Attribute =>
  complex(name, description, [boolean("supported", "Whether the service does this.", required), ...more], required)

/** The schema of `/ServiceProviderConfig` (RFC 7643 section 5, RFC 9865 section 4). */
export const serviceProviderConfigSchema: SchemaDefinition = {
  id: serviceProviderConfigUrn,
  name: "Service Provider Configuration",
  description: "What this service does of the protocol, and how much at a time.",
  attributes: [
    reference("documentationUri", "Where people read about this service.", ["external"], readOnly),
    feature("patch", "Changes by PATCH."),
    feature("bulk", "Several operations in one request.", [
      integer("maxOperations", "Operations in one request at most.", required),
      integer("maxPayloadSize", "Bytes of one request at most.", required)
    ]),
    feature("filter", "Filters of lists.", [integer("maxResults", "Resources on a page at most.", required)]),
    feature("changePassword", "Passwords set by the client."),
    feature("sort", "Sorted lists."),
    feature("etag", "Entity tags and conditional requests."),
    complex(
      "pagination",
      "How lists are read page by page.",
      [
        boolean("cursor", "Whether a page can be asked for by cursor.", required),
        boolean("index", "Whether a page can be asked for by index.", required),
        string("defaultPaginationMethod", "What is used where the request says nothing.", {
          ...readOnly,
          canonicalValues: ["cursor", "index"]
        }),
        integer("defaultPageSize", "Resources on a page where count is not given.", readOnly),
        integer("maxPageSize", "Resources on a page at most.", readOnly),
        integer("cursorTimeout", "Seconds for which a cursor is sure to work.", readOnly)
      ],
      readOnly
    ),
    complex(
      "authenticationSchemes",
      "The ways in which a client proves who it is.",
      [
        string("type", "The kind of scheme.", {
          ...required,
          canonicalValues: ["oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"]
        }),
        string("name", "The name of the scheme.", required),
        string("description", "What the scheme is.", required),
        reference("specUri", "The specification of the scheme.", ["external"], readOnly),
        reference("documentationUri", "Where people read how to use the scheme here.", ["external"], readOnly),
        boolean("primary", "Whether this scheme is the preferred one.", readOnly)
      ],
      { ...required, multiValued: true }
    )
  ]
}
