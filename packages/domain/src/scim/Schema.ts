import type { Attribute } from "./Attribute.ts"

/** A schema as `/Schemas` publishes it (RFC 7643 section 7). */
export interface SchemaDefinition {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly attributes: ReadonlyArray<Attribute>
  /** Names beginning with this (without regard to case) are attributes of the schema, too (R-USER-4). */
  readonly dynamicPrefix?: string
}

/** A kind of resource: its core schema, its extensions and where it lives (RFC 7643 section 6). */
export interface ResourceType {
  readonly id: string
  readonly name: string
  readonly endpoint: string
  readonly description: string
  readonly schema: SchemaDefinition
  readonly extensions: ReadonlyArray<SchemaDefinition>
}
