/**
 * How paths are matched (R-SCIM-6): doubled and trailing slashes are tolerated and never redirected. Ids of any length
 * reach the endpoint, which answers 404 with the id; the length of a URL is bounded by the listener.
 */
export const routerConfig = {
  ignoreTrailingSlash: true,
  ignoreDuplicateSlashes: true,
  maxParamLength: 65_536
} as const

/**
 * The methods that routes for everything else are registered for. `HEAD` is not among them, so that the router answers
 * it as it answers `GET`, without the body (RFC 9110 section 9.3.2).
 */
export const everyMethod = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const
