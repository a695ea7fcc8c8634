/**
 * One row of the attribute table (RFC 7643 section 7): everything the rest of the product knows of an attribute.
 * Discovery, input validation, filter typing, PATCH, projection and filter -> SQL all read it; nothing repeats it.
 */
export interface Attribute {
  readonly name: string
  readonly type: AttributeType
  readonly multiValued: boolean
  readonly description: string
  readonly required: boolean
  /** Whether string comparison regards case; meaningless for other types. */
  readonly caseExact: boolean
  readonly mutability: Mutability
  readonly returned: Returned
  readonly uniqueness: "none" | "server" | "global"
  readonly canonicalValues?: ReadonlyArray<string>
  readonly referenceTypes?: ReadonlyArray<string>
  /** The sub-attributes of a `complex` attribute, in the order in which they are published. */
  readonly subAttributes?: ReadonlyArray<Attribute>
  /**
   * Whether values are compared or indexed: such strings hold at most 512 characters, others 64 KiB (R-SCIM-5).
   */
  readonly compared?: boolean
  /** A `custom_` attribute of the extension: its values may be strings, numbers, booleans or arrays of these. */
  readonly anyPrimitive?: boolean
}

/** The data types of RFC 7643 section 2.3. */
export type AttributeType =
  | "string"
  | "boolean"
  | "decimal"
  | "integer"
  | "dateTime"
  | "binary"
  | "reference"
  | "complex"

export type Mutability = "readOnly" | "readWrite" | "immutable" | "writeOnly"

export type Returned = "always" | "never" | "default" | "request"

/** What the constructors below leave at the defaults of RFC 7643 section 2.2. */
export type AttributeOptions = Partial<Omit<Attribute, "name" | "type" | "description">>

const make = (type: AttributeType, name: string, description: string, options: AttributeOptions = {}): Attribute => ({
  name,
  type,
  multiValued: false,
  description,
  required: false,
  caseExact: false,
  mutability: "readWrite",
  returned: "default",
  uniqueness: "none",
  ...options
})

/** A string attribute, compared without regard to case unless `caseExact`. */
export const string = (name: string, description: string, options?: AttributeOptions) =>
  make("string", name, description, options)

export const boolean = (name: string, description: string, options?: AttributeOptions) =>
  make("boolean", name, description, options)

export const integer = (name: string, description: string, options?: AttributeOptions) =>
  make("integer", name, description, options)

export const dateTime = (name: string, description: string, options?: AttributeOptions) =>
  make("dateTime", name, description, options)

/** base64 text, always compared with regard to case (RFC 7643 section 2.3.6). */
export const binary = (name: string, description: string, options?: AttributeOptions) =>
  make("binary", name, description, { caseExact: true, ...options })

/** A URI or the id of a resource, compared with regard to case (RFC 7643 section 2.3.7). */
export const reference = (
  name: string,
  description: string,
  referenceTypes: ReadonlyArray<string>,
  options?: AttributeOptions
) => make("reference", name, description, { caseExact: true, referenceTypes, ...options })

export const complex = (
  name: string,
  description: string,
  subAttributes: ReadonlyArray<Attribute>,
  options?: AttributeOptions
) => make("complex", name, description, { subAttributes, ...options })

/**
 * A multi-valued complex attribute with the default sub-attributes of RFC 7643 section 2.4:
 * `value`, `display`, `type` (with the canonical values given) and `primary`.
 */
export const plural = (
  name: string,
  description: string,
  value: Attribute,
  types: ReadonlyArray<string>,
  options?: AttributeOptions
) =>
  complex(
    name,
    description,
    [
      value,
      string("display", "A human-readable name, for display only."),
      string("type", "A label for what this value is for.", types.length === 0 ? {} : { canonicalValues: types }),
      boolean("primary", "Whether this is the preferred value; at most one value of an attribute is.")
    ],
    { multiValued: true, ...options }
  )
