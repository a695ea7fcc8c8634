import { Result } from "effect"
import type { AttributeTable } from "../scim/AttributeTable.ts"
import { type CursorScope, decodeCursor, encodeCursor } from "../scim/Cursor.ts"
import { parseFilter } from "../scim/FilterParser.ts"
import type { ScimError } from "../scim/ScimError.ts"
import { resolveSort } from "../scim/SortKey.ts"
import { typeFilter } from "../scim/TypedFilter.ts"
import type { Found, ResourceQuery } from "./Resources.ts"

/** What a list of the Public API is asked for: a SCIM filter, an attribute to sort by, and a page by cursor. */
export interface ListQuery {
  readonly filter?: string | undefined
  readonly sortBy?: string | undefined
  readonly sortOrder?: "ascending" | "descending" | undefined
  /** The `next` of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/** A page of a list; `next` is null on the last one. */
export interface ListPage<A> {
  readonly items: ReadonlyArray<A>
  readonly next: string | null
}

const scopeOf = (table: AttributeTable, { filter, sortBy, sortOrder }: ListQuery): CursorScope => ({
  endpoint: `api${table.resourceType.endpoint}`,
  filter,
  sortBy,
  sortOrder: sortOrder ?? "ascending"
})

/**
 * Reads the query of a list; 400 for a filter, order or cursor that cannot be. What is never returned can neither be asked
 * for nor sorted by (ABUSE-15). Nothing is counted: a page costs its page.
 */
export const readListQuery = (
  table: AttributeTable,
  query: ListQuery,
  baseUrl: string
): Result.Result<ResourceQuery, ScimError> =>
  Result.gen(function* () {
    const { after, limit, sortBy } = query
    return {
      filter: query.filter === undefined ? undefined : yield* typeFilter(table, yield* parseFilter(query.filter)),
      sort:
        sortBy === undefined
          ? undefined
          : { target: yield* resolveSort(table, sortBy), descending: query.sortOrder === "descending" },
      page: {
        _tag: "Cursor",
        after: after === undefined ? undefined : yield* decodeCursor(scopeOf(table, query), after),
        count: limit
      },
      withMembership: false,
      baseUrl,
      uncounted: true
    }
  })

/** The cursor of the page after the one that was found. */
export const nextOf = (table: AttributeTable, query: ListQuery, found: Pick<Found<unknown>, "next">): string | null =>
  found.next === undefined ? null : encodeCursor(scopeOf(table, query), found.next)
