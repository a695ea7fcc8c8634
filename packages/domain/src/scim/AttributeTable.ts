import type { Attribute } from "./Attribute.ts"
import { string } from "./Attribute.ts"
import type { ResourceType, SchemaDefinition } from "./Schema.ts"
import { commonAttributes } from "./schemas/CommonAttributes.ts"

/** An attribute and where it stands in a resource. */
export interface AttributeRef {
  /** The URN of the extension whose object holds the attribute; undefined for core and common attributes. */
  readonly extension: string | undefined
  readonly attribute: Attribute
}

/** An attribute or one of its sub-attributes: what a path or a filter names. */
export interface TargetRef extends AttributeRef {
  readonly sub: Attribute | undefined
}

/**
 * The attributes of one resource type, found by name without regard to case (RFC 7643 section 2.1), with or without
 * the URN of their schema. Look-ups go through maps, so that `__proto__` is a name like any other (ABUSE-29).
 */
export interface AttributeTable {
  readonly resourceType: ResourceType
  /** The core schema first, then the extensions. */
  readonly schemas: ReadonlyArray<SchemaDefinition>
  /** The schema with that URN, compared without regard to case. */
  readonly schema: (urn: string) => SchemaDefinition | undefined
  /**
   * The attribute of that name: with a URN in that schema alone, without one among the core and common attributes
   * first, then in the extensions in their order (identity providers omit URNs).
   */
  readonly find: (urn: string | undefined, name: string) => AttributeRef | undefined
  /** All attributes with the place where they stand, common ones first. */
  readonly all: ReadonlyArray<AttributeRef>
}

/** The sub-attribute of that name, compared without regard to case. */
export const findSub = (attribute: Attribute, name: string): Attribute | undefined => {
  const subAttributes = attribute.subAttributes
  if (subAttributes === undefined) return undefined
  const key = name.toLowerCase()
  return subAttributes.find((sub) => sub.name.toLowerCase() === key)
}

/** The `value` sub-attribute where the attribute has one: what a filter on the attribute itself compares. */
export const valueSub = (attribute: Attribute): Attribute | undefined =>
  attribute.type === "complex" ? findSub(attribute, "value") : undefined

const dynamicName = /^[A-Za-z0-9_-]{1,128}$/

/** Builds the table of a resource type. */
export const makeAttributeTable = (resourceType: ResourceType): AttributeTable => {
  const schemas = [resourceType.schema, ...resourceType.extensions]
  const byUrn = new Map(schemas.map((schema) => [schema.id.toLowerCase(), schema] as const))
  const all: ReadonlyArray<AttributeRef> = [
    ...commonAttributes.map((attribute) => ({ extension: undefined, attribute })),
    ...schemas.flatMap((schema) =>
      schema.attributes.map((attribute) => ({
        extension: schema === resourceType.schema ? undefined : schema.id,
        attribute
      }))
    )
  ]
  const index = (refs: ReadonlyArray<AttributeRef>) => {
    const map = new Map<string, AttributeRef>()
    for (const ref of refs) {
      const key = ref.attribute.name.toLowerCase()
      if (!map.has(key)) map.set(key, ref)
    }
    return map
  }
  const anywhere = index(all)
  const core = index(all.filter((ref) => ref.extension === undefined))
  const extensions = new Map(
    resourceType.extensions.map(
      (schema) => [schema.id.toLowerCase(), index(all.filter((ref) => ref.extension === schema.id))] as const
    )
  )
  const dynamic = (schema: SchemaDefinition, name: string): AttributeRef | undefined => {
    const prefix = schema.dynamicPrefix
    if (prefix === undefined || name.length <= prefix.length || !dynamicName.test(name)) return undefined
    if (name.slice(0, prefix.length).toLowerCase() !== prefix) return undefined
    return {
      extension: schema.id,
      attribute: string(name, "A custom attribute of this organisation.", { anyPrimitive: true, compared: true })
    }
  }
  return {
    resourceType,
    schemas,
    schema: (urn) => byUrn.get(urn.toLowerCase()),
    all,
    find: (urn, name) => {
      const key = name.toLowerCase()
      if (urn === undefined) {
        const known = anywhere.get(key)
        if (known !== undefined) return known
        for (const schema of resourceType.extensions) {
          const found = dynamic(schema, name)
          if (found !== undefined) return found
        }
        return undefined
      }
      const urnKey = urn.toLowerCase()
      if (urnKey === resourceType.schema.id.toLowerCase()) return core.get(key)
      const known = extensions.get(urnKey)?.get(key)
      if (known !== undefined) return known
      const schema = byUrn.get(urnKey)
      return schema === undefined ? undefined : dynamic(schema, name)
    }
  }
}
