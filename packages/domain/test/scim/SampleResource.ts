import type { Attribute } from "../../src/scim/Attribute.ts"
import type { AttributeTable } from "../../src/scim/AttributeTable.ts"
import type { Json, JsonObject } from "../../src/scim/Json.ts"

/** A value of every type of RFC 7643 section 2.3. */
const scalar = (attribute: Attribute): Json => {
  switch (attribute.type) {
    case "boolean":
      return true
    case "integer":
      return 41
    case "decimal":
      return 4.5
    case "dateTime":
      return "2026-11-02T08:15:00.000Z"
    default:
      return attribute.canonicalValues?.[0] ?? `a ${attribute.name}`
  }
}

const sample = (attribute: Attribute): Json => {
  const one: Json =
    attribute.subAttributes === undefined
      ? scalar(attribute)
      : Object.fromEntries(attribute.subAttributes.map((sub) => [sub.name, scalar(sub)]))
  return attribute.multiValued ? [one] : one
}

/** A resource in which every attribute of the table has a value, those that are never returned included. */
export const completeResource = (table: AttributeTable): JsonObject => {
  const resource: Record<string, Json> = {}
  const extensions: Record<string, Record<string, Json>> = {}
  for (const { attribute, extension } of table.all) {
    if (extension === undefined) resource[attribute.name] = sample(attribute)
    else {
      const values = extensions[extension] ?? {}
      values[attribute.name] = sample(attribute)
      extensions[extension] = values
    }
  }
  return { ...resource, ...extensions }
}

/** The names under which the attributes of a table and their sub-attributes can be asked for. */
export const attributeNames = (table: AttributeTable): ReadonlyArray<string> => [
  ...table.schemas.map((schema) => schema.id),
  ...table.all.flatMap(({ attribute, extension }) => {
    const short = [attribute.name, ...(attribute.subAttributes ?? []).map((sub) => `${attribute.name}.${sub.name}`)]
    const urn = extension ?? table.resourceType.schema.id
    return [...short, ...short.map((name) => `${urn}:${name}`)]
  })
]
