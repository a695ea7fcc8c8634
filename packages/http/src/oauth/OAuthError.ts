import { Schema } from "effect"

/**
 * A refusal of the token endpoint (RFC 6749 section 5.2). `temporarily_unavailable` is what section 4.1.2.1 has for
 * clients that should come again; the others stand in section 5.2.
 */
export class OAuthError extends Schema.TaggedError<OAuthError>()("OAuthError", {
  error: Schema.Literals([
    "invalid_request",
    "invalid_client",
    "unsupported_grant_type",
    "invalid_scope",
    "temporarily_unavailable"
  ]),
  status: Schema.Literals([400, 401, 405, 429, 503]),
  /** What is wrong and what to do, in the characters that RFC 6749 allows; never what was sent. */
  description: Schema.String,
  /** Whole seconds. */
  retryAfter: Schema.optionalKey(Schema.Number)
}) {}

export const invalidRequest = (description: string): OAuthError =>
  new OAuthError({ error: "invalid_request", status: 400, description })

/** One answer for whatever is wrong with who asks (ABUSE-22): what it was stands in the server's log. */
export const invalidClient = (): OAuthError =>
  new OAuthError({
    error: "invalid_client",
    status: 401,
    description:
      "The client is not known by this id and secret or assertion at this address, or was revoked. " +
      "Check them against the settings of the organisation."
  })
