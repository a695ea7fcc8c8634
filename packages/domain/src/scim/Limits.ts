/**
 * Every limit that this service publishes or enforces on SCIM messages, in one place: `/ServiceProviderConfig` tells
 * them, the parsers and the HTTP edge keep them, errors name them.
 */
export const limits = {
  /** Resources on a page where `count` is not given (RFC 9865 `defaultPageSize`). */
  defaultPageSize: 100,
  /** Resources on a page at most; a larger `count` is cut to it (`filter.maxResults`, RFC 9865 `maxPageSize`). */
  maxPageSize: 1_000,
  /** Names of attributes regarded in one `attributes` or `excludedAttributes`. */
  attributeNames: 1_000,
  /** Seconds for which a cursor is promised to work (RFC 9865 `cursorTimeout`); ours are positions and do not expire. */
  cursorTimeout: 86_400,
  /** Operations in one bulk request (RFC 7644 section 3.7.4). */
  bulkMaxOperations: 1_000,
  /** Bytes of a bulk request's body. */
  bulkMaxPayloadSize: 8 * 1024 * 1024,
  /** Bytes of a body to `/Groups`: whole groups move in one message (R-SCIM-6 asks for 8 MB at least). */
  groupBodySize: 16 * 1024 * 1024,
  /** Bytes of any other body. */
  bodySize: 1024 * 1024,
  /** Arrays and objects within each other in a body (ABUSE-30). */
  jsonDepth: 64,
  /** Characters of a string that is compared or indexed (R-SCIM-5). */
  comparedTextLength: 512,
  /** Characters of any other string (R-SCIM-5). */
  textLength: 65_536
} as const
