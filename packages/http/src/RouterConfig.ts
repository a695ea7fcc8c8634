/**
 * How paths are matched (R-SCIM-6): doubled and trailing slashes are tolerated and never redirected. Ids of any length
 * reach the endpoint, which answers 404 with the id; the length of a URL is bounded by the listener.
 */
export const routerConfig = {
  ignoreTrailingSlash: true,
  ignoreDuplicateSlashes: true,
  maxParamLength: 65_536
} as const
