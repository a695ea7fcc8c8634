import { type Attribute, boolean, complex, string } from "../Attribute.ts"
import type { SchemaDefinition } from "../Schema.ts"

export const schemaUrn = "urn:ietf:params:scim:schemas:core:2.0:Schema"

const readOnly = { mutability: "readOnly" } as const
const required = { mutability: "readOnly", required: true } as const

const types = ["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"]

const characteristics: ReadonlyArray<Attribute> = [
  string("name", "The name of the attribute.", { ...required, caseExact: true }),
  string("type", "The type of its values.", { ...required, canonicalValues: types }),
  boolean("multiValued", "Whether it may have several values.", required),
  string("description", "What the attribute means.", readOnly),
  boolean("required", "Whether every resource must have it.", readOnly),
  string("canonicalValues", "Values that clients are advised to use.", {
    ...readOnly,
    multiValued: true,
    caseExact: true
  }),
  boolean("caseExact", "Whether comparison regards case.", readOnly),
  string("mutability", "Whether and when clients may write it.", {
    ...readOnly,
    caseExact: true,
    canonicalValues: ["readOnly", "readWrite", "immutable", "writeOnly"]
  }),
  string("returned", "When it is part of a response.", {
    ...readOnly,
    caseExact: true,
    canonicalValues: ["always", "never", "default", "request"]
  }),
  string("uniqueness", "Among which resources a value occurs only once.", {
    ...readOnly,
    caseExact: true,
    canonicalValues: ["none", "server", "global"]
  }),
  string("referenceTypes", "What a reference may point to.", { ...readOnly, multiValued: true, caseExact: true })
]

/** The schema of `/Schemas` (RFC 7643 section 7). */
export const schemaSchema: SchemaDefinition = {
  id: schemaUrn,
  name: "Schema",
  description: "The attributes of a kind of resource or of an extension.",
  attributes: [
    string("id", "The URN of the schema.", { ...required, caseExact: false }),
    string("name", "The name of the schema.", readOnly),
    string("description", "What the schema describes.", readOnly),
    complex(
      "attributes",
      "The attributes of the schema.",
      [
        ...characteristics,
        complex("subAttributes", "The attributes within a complex attribute.", characteristics, {
          ...readOnly,
          multiValued: true
        })
      ],
      { ...required, multiValued: true }
    )
  ]
}
