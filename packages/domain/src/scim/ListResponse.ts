import type { Json, JsonObject } from "./Json.ts"

/** The URN of a list message (RFC 7644 section 3.4.2). */
export const listResponseUrn = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

/** What a list message says about its page. */
export interface ListPage {
  /** How many resources match, on all pages together. */
  readonly totalResults: number
  /** The index of the first resource of the page, from 1; left out of pages by cursor. */
  readonly startIndex?: number | undefined
  /** Left out of the last page (RFC 9865 section 2). */
  readonly nextCursor?: string | undefined
  readonly previousCursor?: string | undefined
}

/**
 * A list message: counts are numbers, `itemsPerPage` is the number of resources on this page, and `Resources` is always
 * there, empty where nothing matches (WIRE F, output).
 */
export const listResponse = (page: ListPage, resources: ReadonlyArray<Json>): JsonObject => ({
  schemas: [listResponseUrn],
  totalResults: page.totalResults,
  ...(page.startIndex === undefined ? {} : { startIndex: page.startIndex }),
  itemsPerPage: resources.length,
  ...(page.previousCursor === undefined ? {} : { previousCursor: page.previousCursor }),
  ...(page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }),
  Resources: resources
})

/** The list message of everything there is, for the discovery endpoints, which are not paged (RFC 7644 section 4). */
export const completeList = (resources: ReadonlyArray<Json>): JsonObject =>
  listResponse({ totalResults: resources.length, startIndex: 1 }, resources)

/** A list message around resources that are JSON text already: they are not parsed to be written again. */
export const listResponseText = (page: ListPage, resources: ReadonlyArray<string>): string => {
  const empty = JSON.stringify({ ...listResponse(page, []), itemsPerPage: resources.length })
  // `Resources` is the last member, so the text ends with its empty array.
  return `${empty.slice(0, -"]}".length)}${resources.join(",")}]}`
}
