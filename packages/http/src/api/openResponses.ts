type JsonObject = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The same without what closes objects to properties that are not named. */
const opened = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(opened)
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([key, part]) => !(key === "additionalProperties" && part === false))
  return Object.fromEntries(kept.map(([key, part]) => [key, opened(part)]))
}

const prefix = "#/components/schemas/"

/** Adds the names of the schemas that a part of the document leads to, also by way of others. */
const collect = (value: unknown, schemas: JsonObject, names: Set<string>): void => {
  if (Array.isArray(value)) {
    for (const part of value) collect(part, schemas, names)
    return
  }
  if (!isObject(value)) return
  const { $ref } = value
  if (typeof $ref === "string" && $ref.startsWith(prefix)) {
    const name = $ref.slice(prefix.length)
    if (!names.has(name)) {
      names.add(name)
      collect(schemas[name], schemas, names)
    }
  }
  for (const part of Object.values(value)) collect(part, schemas, names)
}

const part = (value: JsonObject, key: string): JsonObject => {
  const found = value[key]
  return isObject(found) ? found : {}
}

const mapped = (value: JsonObject, change: (part: unknown, key: string) => unknown): JsonObject =>
  Object.fromEntries(Object.entries(value).map(([key, part]) => [key, change(part, key)]))

/**
 * An OpenAPI document in which everything that is answered may have further properties: they are only added within a
 * version (docs/events.md), so a client that checks answers by the document must let those pass that it does not know.
 * Bodies of requests stay closed; a schema that requests and answers share is open.
 */
export const openResponses = (document: JsonObject): Record<string, unknown> => {
  const components = part(document, "components")
  const schemas = part(components, "schemas")
  const answered = new Set<string>()
  const paths = mapped(part(document, "paths"), (path) =>
    !isObject(path)
      ? path
      : mapped(path, (operation) => {
          if (!isObject(operation) || !("responses" in operation)) return operation
          collect(operation.responses, schemas, answered)
          return { ...operation, responses: opened(operation.responses) }
        })
  )
  return {
    ...document,
    paths,
    components: {
      ...components,
      schemas: mapped(schemas, (schema, name) => (answered.has(name) ? opened(schema) : schema))
    }
  }
}
