import type { DirectoryBusy } from "@rollcall/domain/directory/Directory"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { errorBody, ScimError } from "@rollcall/domain/scim/ScimError"
import { HttpServerResponse } from "effect/http"

/** The media type of everything that is sent (RFC 7644 section 8.1). */
export const scimMediaType = "application/scim+json"

/** An answer of JSON text. */
export const scimText = (
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {}
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(text, { status, contentType: scimMediaType, headers })

/** An answer without a body. */
export const noContent: HttpServerResponse.HttpServerResponse = HttpServerResponse.empty({ status: 204 })

/** An error message as an answer. */
export const scimError = (
  error: ScimError,
  headers: Readonly<Record<string, string>> = {}
): HttpServerResponse.HttpServerResponse => scimText(error.status, JSON.stringify(errorBody(error)), headers)

/**
 * Storage is away: identity providers come again (R-SCIM-5). Where the connection broke while the write was confirmed,
 * it is carried out already; so nothing is said of that.
 */
export const unavailable = (_error: StoreUnavailable): HttpServerResponse.HttpServerResponse =>
  scimError(
    new ScimError({
      status: 503,
      detail: "The directory cannot be reached just now. Repeat the request in a few seconds."
    }),
    { "retry-after": "5" }
  )

/** The queue is full: `Retry-After` in whole seconds, the only form that Okta honours (WIRE A.13). */
export const busy = (error: DirectoryBusy): HttpServerResponse.HttpServerResponse =>
  scimError(
    new ScimError({
      status: 429,
      detail: `More requests wait for this organisation than it may have. Repeat the request in ${error.retryAfter} seconds.`
    }),
    { "retry-after": String(error.retryAfter) }
  )

/** Something here is broken; the request id leads to the log. */
export const crashed = (requestId: string): HttpServerResponse.HttpServerResponse =>
  scimError(
    new ScimError({
      status: 500,
      detail: `The request could not be carried out because of a fault here. Tell support the request id ${requestId}.`
    })
  )
