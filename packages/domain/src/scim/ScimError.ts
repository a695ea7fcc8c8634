import { Schema } from "effect"

/** The detail keywords of RFC 7644 section 3.12, table 9, and of RFC 9865 section 2.3. */
export const ScimType = Schema.Literals([
  "invalidFilter",
  "tooMany",
  "uniqueness",
  "mutability",
  "invalidSyntax",
  "invalidPath",
  "noTarget",
  "invalidValue",
  "invalidVers",
  "sensitive",
  "invalidCursor",
  "expiredCursor",
  "invalidCount"
])
export type ScimType = typeof ScimType.Type

/** The URN of a SCIM error message. */
export const errorUrn = "urn:ietf:params:scim:api:messages:2.0:Error"

const fields = {
  status: Schema.Int,
  scimType: Schema.optionalKey(ScimType),
  detail: Schema.String,
  /** The member of what was sent that cannot be used, for those who mark it in a form; absent where it is no one member. */
  field: Schema.optionalKey(Schema.String)
}
type ErrorFields = Schema.Struct.Type<typeof fields>

// A refusal is an answer and no fault of the program: a trace of the stack, which nobody reads, takes five times as long to
// make as the rest of it.
const engine: ErrorConstructor & { stackTraceLimit?: number } = Error

/**
 * A refusal in the protocol's own words (RFC 7644 section 3.12): the HTTP status, the detail keyword where the RFC has
 * one, and a `detail` that says what is wrong, where, and what to send instead (R-SCIM-5).
 */
export class ScimError extends Schema.TaggedError<ScimError>()("ScimError", fields) {
  constructor(fields: ErrorFields) {
    const { stackTraceLimit } = engine
    engine.stackTraceLimit = 0
    try {
      super(fields)
    } finally {
      engine.stackTraceLimit = stackTraceLimit
    }
  }

  override get message(): string {
    return this.detail
  }
}

/** A 400 with its detail keyword. */
export const badRequest = (scimType: ScimType, detail: string): ScimError =>
  new ScimError({ status: 400, scimType, detail })

/** The 400 of one member whose value cannot be used. */
export const unusable = (field: string, detail: string): ScimError =>
  new ScimError({ status: 400, scimType: "invalidValue", detail, field })

/** The body of the error message; `status` is a string, as RFC 7644 section 3.12 has it. */
export const errorBody = (error: ScimError) => ({
  schemas: [errorUrn],
  status: String(error.status),
  ...(error.scimType === undefined ? {} : { scimType: error.scimType }),
  detail: error.detail
})
