import type { Attribute } from "./Attribute.ts"
import type { Json, JsonObject } from "./Json.ts"
import type { ResourceTypes } from "./ResourceTypes.ts"
import type { ResourceType, SchemaDefinition } from "./Schema.ts"
import { ScimError } from "./ScimError.ts"
import { resourceTypeSchema, resourceTypeUrn } from "./schemas/ResourceTypeSchema.ts"
import { schemaSchema, schemaUrn } from "./schemas/SchemaSchema.ts"
import { serviceProviderConfigSchema } from "./schemas/ServiceProviderConfigSchema.ts"

/** A `custom_` attribute that an organisation uses, as its `/Schemas` publishes it (R-USER-4). */
export interface CustomAttribute {
  /** With its prefix, as it was first spelled. */
  readonly name: string
  readonly type: "string" | "decimal" | "boolean"
  readonly multiValued: boolean
}

/**
 * What `/Schemas` lists: the schemas of resources, the extension with the custom attributes in use. The schemas of the
 * discovery endpoints themselves are not listed, as clients take every attribute that is listed for one of people or
 * groups (WIRE B.11); {@link findSchema} has them.
 */
export const schemaResources = (
  types: ResourceTypes,
  customAttributes: ReadonlyArray<CustomAttribute>,
  baseUrl: string
): ReadonlyArray<JsonObject> =>
  resourceSchemas(types).map((schema) => schemaResource(schema, customAttributes, schemaLocation(baseUrl, schema)))

/** The schema with that URN, compared without regard to case; undefined where there is none. */
export const findSchema = (
  types: ResourceTypes,
  customAttributes: ReadonlyArray<CustomAttribute>,
  baseUrl: string,
  urn: string
): JsonObject | undefined => {
  const key = urn.toLowerCase()
  const schema = [...resourceSchemas(types), ...discoverySchemas].find(({ id }) => id.toLowerCase() === key)
  return schema && schemaResource(schema, customAttributes, schemaLocation(baseUrl, schema))
}

/** What `/ResourceTypes` lists. */
export const resourceTypeResources = (types: ResourceTypes, baseUrl: string): ReadonlyArray<JsonObject> =>
  [types.user.resourceType, types.group.resourceType].map((type) => resourceTypeResource(type, baseUrl))

/** The resource type of that id, compared without regard to case; undefined where there is none. */
export const findResourceType = (types: ResourceTypes, baseUrl: string, id: string): JsonObject | undefined => {
  const key = id.toLowerCase()
  const type = [types.user.resourceType, types.group.resourceType].find((known) => known.id.toLowerCase() === key)
  return type && resourceTypeResource(type, baseUrl)
}

/** A schema as a resource (RFC 7643 section 7). The custom attributes go into the schema that has room for them. */
export const schemaResource = (
  schema: SchemaDefinition,
  customAttributes: ReadonlyArray<CustomAttribute>,
  location: string
): JsonObject => ({
  schemas: [schemaUrn],
  id: schema.id,
  name: schema.name,
  description: schema.description,
  attributes: [
    ...schema.attributes.map(attributeResource),
    ...(schema.dynamicPrefix === undefined ? [] : customAttributes.map(customResource))
  ],
  meta: { resourceType: "Schema", location }
})

/** A resource type as a resource (RFC 7643 section 6). */
export const resourceTypeResource = (type: ResourceType, baseUrl: string): JsonObject => ({
  schemas: [resourceTypeUrn],
  id: type.id,
  name: type.name,
  endpoint: type.endpoint,
  description: type.description,
  schema: type.schema.id,
  ...(type.extensions.length === 0
    ? {}
    : { schemaExtensions: type.extensions.map(({ id }) => ({ schema: id, required: false })) }),
  meta: { resourceType: "ResourceType", location: `${withoutSlash(baseUrl)}/ResourceTypes/${type.id}` }
})

/** The refusal of a filter on a discovery endpoint (RFC 7644 section 4). */
export const discoveryFilterRefused = new ScimError({
  status: 403,
  detail: "ServiceProviderConfig, ResourceTypes and Schemas cannot be filtered. Read them without a filter."
})

const discoverySchemas: ReadonlyArray<SchemaDefinition> = [
  serviceProviderConfigSchema,
  resourceTypeSchema,
  schemaSchema
]

const resourceSchemas = (types: ResourceTypes): ReadonlyArray<SchemaDefinition> => [
  ...types.user.schemas,
  ...types.group.schemas
]

const schemaLocation = (baseUrl: string, schema: SchemaDefinition): string =>
  `${withoutSlash(baseUrl)}/Schemas/${schema.id}`

const withoutSlash = (url: string): string => (url.endsWith("/") ? url.slice(0, -1) : url)

/** Case matters only to texts, so only these say whether it does. */
const isText = (attribute: Attribute): boolean =>
  attribute.type === "string" || attribute.type === "reference" || attribute.type === "binary"

const attributeResource = (attribute: Attribute): Json => ({
  name: attribute.name,
  type: attribute.type,
  multiValued: attribute.multiValued,
  description: attribute.description,
  required: attribute.required,
  ...(attribute.canonicalValues === undefined ? {} : { canonicalValues: attribute.canonicalValues }),
  ...(isText(attribute) ? { caseExact: attribute.caseExact } : {}),
  mutability: attribute.mutability,
  returned: attribute.returned,
  uniqueness: attribute.uniqueness,
  ...(attribute.referenceTypes === undefined ? {} : { referenceTypes: attribute.referenceTypes }),
  ...(attribute.subAttributes === undefined ? {} : { subAttributes: attribute.subAttributes.map(attributeResource) })
})

const customResource = ({ name, type, multiValued }: CustomAttribute): Json => ({
  name,
  type,
  multiValued,
  description: "A custom attribute of this organisation.",
  required: false,
  ...(type === "string" ? { caseExact: false } : {}),
  mutability: "readWrite",
  returned: "default",
  uniqueness: "none"
})
