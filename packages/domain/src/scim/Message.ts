import { Result } from "effect"
import { isJsonArray, isJsonObject, type Json, type JsonObject, ownMember } from "./Json.ts"
import { badRequest, type ScimError } from "./ScimError.ts"

/** The URNs of the messages that clients send (RFC 7644 section 8.2). */
export const patchOpUrn = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
export const searchRequestUrn = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
export const bulkRequestUrn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

/**
 * The member of a message by its name without regard to case (R-SCIM-7); of members that differ in nothing else the
 * last counts. Own members only.
 */
export const readMember = (message: JsonObject, name: string): Json | undefined => {
  const key = name.toLowerCase()
  let found: Json | undefined = ownMember(message, name)
  for (const member of Object.keys(message)) {
    if (member.length === key.length && member.toLowerCase() === key) found = message[member]
  }
  return found
}

/** A message whose shape was checked as far as its `schemas`. */
export interface Message {
  readonly members: JsonObject
  /** Whether `schemas` named the message; where it is missing altogether some clients mean it nevertheless (WIRE A.11). */
  readonly named: boolean
}

/**
 * Checks that a body is an object and that its `schemas`, where there are any, name the message: otherwise 400
 * `invalidSyntax` (R-SCIM-5). URNs compare without regard to case. Whether missing `schemas` are tolerated is the
 * caller's to say: see {@link Message.named}.
 */
export const readMessage = (body: Json, urn: string): Result.Result<Message, ScimError> => {
  if (!isJsonObject(body)) {
    return Result.fail(badRequest("invalidSyntax", `The body must be a JSON object with the schema "${urn}".`))
  }
  const schemas = readMember(body, "schemas")
  const list = schemas === undefined || schemas === null ? [] : isJsonArray(schemas) ? schemas : [schemas]
  if (list.length === 0) return Result.succeed({ members: body, named: false })
  const key = urn.toLowerCase()
  if (list.some((item) => typeof item === "string" && item.trim().toLowerCase() === key)) {
    return Result.succeed({ members: body, named: true })
  }
  return Result.fail(badRequest("invalidSyntax", `"schemas" of this request must name "${urn}".`))
}

/** Refuses a message whose `schemas` are missing, for messages where no client is known to omit them. */
export const requireNamed = (message: Message, urn: string): Result.Result<JsonObject, ScimError> =>
  message.named
    ? Result.succeed(message.members)
    : Result.fail(badRequest("invalidSyntax", `"schemas" is missing; this request must name "${urn}" there.`))
