import type { BulkMethod } from "./BulkRequest.ts"
import type { Json, JsonObject } from "./Json.ts"
import { errorBody, type ScimError } from "./ScimError.ts"

/** The URN of the answer to a bulk request (RFC 7644 section 3.7). */
export const bulkResponseUrn = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

/** What became of one operation. */
export interface BulkResult {
  /** As sent; a method that is none of ours as it stood. */
  readonly method: BulkMethod | (string & {}) | undefined
  readonly bulkId: string | undefined
  readonly outcome:
    | {
        readonly _tag: "Done"
        readonly status: number
        /** The URI of the resource. */
        readonly location: string
        /** The entity tag; left out after DELETE. */
        readonly version: string | undefined
      }
    | {
        readonly _tag: "Failed"
        readonly error: ScimError
        /** The URI of the resource, unless a POST failed to make it. */
        readonly location: string | undefined
      }
}

/**
 * The answer to a bulk request, results in the order of the operations. `status` is a string; the body of a failure is
 * the error message that the single request would have had, that of a success is left out.
 */
export const bulkResponse = (results: ReadonlyArray<BulkResult>): JsonObject => ({
  schemas: [bulkResponseUrn],
  Operations: results.map(operationResponse)
})

const operationResponse = ({ method, bulkId, outcome }: BulkResult): Json => {
  const head = {
    ...(method === undefined ? {} : { method }),
    ...(bulkId === undefined ? {} : { bulkId }),
    ...(outcome.location === undefined ? {} : { location: outcome.location })
  }
  if (outcome._tag === "Failed") {
    return { ...head, status: String(outcome.error.status), response: errorBody(outcome.error) }
  }
  return {
    ...head,
    ...(outcome.version === undefined ? {} : { version: outcome.version }),
    status: String(outcome.status)
  }
}
