import { Context, Effect, Layer, Result } from "effect"
import type { AttributeTable } from "../scim/AttributeTable.ts"
import { type CursorScope, encodeCursor } from "../scim/Cursor.ts"
import { parseFilter } from "../scim/FilterParser.ts"
import { listResponseText } from "../scim/ListResponse.ts"
import { type Page, parsePage } from "../scim/Paging.ts"
import { asksFor, type Projection, parseProjection } from "../scim/Projection.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import { badRequest, type ScimError } from "../scim/ScimError.ts"
import type { SearchRequest } from "../scim/SearchRequest.ts"
import { resolveSort } from "../scim/SortKey.ts"
import { typeFilter } from "../scim/TypedFilter.ts"
import type { Caller } from "./Caller.ts"
import { Directory } from "./Directory.ts"
import { representGroup, representUser } from "./Representation.ts"
import { type Found, Groups, type ResourceQuery, Users } from "./Resources.ts"
import { type ProvisioningError, refuse } from "./Submission.ts"

/** Which resources a search is about: one endpoint's, or all of them (RFC 7644 section 3.4.3). */
export type SearchScope = "User" | "Group" | "All"

/** The use case of lists and searches: filter, sort, page, projection; the answer is the list message as JSON text. */
export class ResourceSearch extends Context.Service<
  ResourceSearch,
  {
    search(caller: Caller, scope: SearchScope, request: SearchRequest): Effect.Effect<string, ProvisioningError>
  }
>()("@rollcall/domain/directory/ResourceSearch") {
  static readonly layer = (types: ResourceTypes): Layer.Layer<ResourceSearch, never, Directory | Users | Groups> =>
    Layer.effect(
      ResourceSearch,
      Effect.gen(function* () {
        const directory = yield* Directory
        const users = yield* Users
        const groups = yield* Groups
        const tables = [types.user, types.group]

        const searchUsers = (caller: Caller, query: ResourceQuery, projection: Projection) =>
          Effect.map(users.search(caller.organization.id, query), (found) => ({
            ...found,
            items: found.items.map((user) => representUser(types, caller.baseUrl, user, projection).text)
          }))

        const searchGroups = (caller: Caller, query: ResourceQuery, projection: Projection) =>
          Effect.map(groups.search(caller.organization.id, query), (found) => ({
            ...found,
            items: found.items.map((group) => representGroup(types, caller.baseUrl, group, projection).text)
          }))

        const searchOne = Effect.fnUntraced(function* (caller: Caller, kind: "User" | "Group", request: SearchRequest) {
          const table = kind === "User" ? types.user : types.group
          const scope = cursorScope(table.resourceType.endpoint, request)
          const read = Result.gen(function* () {
            const page = yield* parsePage(request, scope)
            return { page, ...(yield* readQuery(table, request, caller.baseUrl)) }
          })
          if (Result.isFailure(read)) return yield* refuse(directory, caller, read.failure)
          const { page, projection, ...query } = read.success
          const found =
            kind === "User"
              ? yield* searchUsers(caller, { ...query, page }, projection)
              : yield* searchGroups(caller, { ...query, page }, projection)
          return listText(page, found, found.next === undefined ? undefined : encodeCursor(scope, found.next))
        })

        /** People first, then groups, counted through; a filter that only one kind has the attributes for finds that kind. */
        const searchAll = Effect.fnUntraced(function* (caller: Caller, request: SearchRequest) {
          if (request.cursor !== undefined) {
            const error = badRequest(
              "invalidCursor",
              "Cursors work on one kind of resource. Search /Users or /Groups with the cursor, or use startIndex here."
            )
            return yield* refuse(directory, caller, error)
          }
          const page = parsePage(request, cursorScope("/", request))
          const { sortBy } = request
          const sortable =
            sortBy === undefined ? [] : tables.filter((table) => Result.isSuccess(resolveSort(table, sortBy)))
          // What only one kind can be sorted by leaves the other in its own order.
          const queryOf = (table: AttributeTable) =>
            sortable.length === 0 || sortable.includes(table)
              ? readQuery(table, request, caller.baseUrl)
              : readQuery(table, { ...request, sortBy: undefined }, caller.baseUrl)
          const userQuery = queryOf(types.user)
          const groupQuery = queryOf(types.group)
          if (Result.isFailure(page)) return yield* refuse(directory, caller, page.failure)
          if (Result.isFailure(userQuery) && Result.isFailure(groupQuery)) {
            return yield* refuse(directory, caller, userQuery.failure)
          }
          const { startIndex, count } = page.success._tag === "Index" ? page.success : { startIndex: 1, count: 0 }
          const people = Result.isSuccess(userQuery)
            ? yield* searchUsers(
                caller,
                { ...userQuery.success, page: { _tag: "Index", startIndex, count } },
                userQuery.success.projection
              )
            : nothing
          const rest: Page = {
            _tag: "Index",
            startIndex: Math.max(1, startIndex - people.totalResults),
            count: count - people.items.length
          }
          const found = Result.isSuccess(groupQuery)
            ? yield* searchGroups(caller, { ...groupQuery.success, page: rest }, groupQuery.success.projection)
            : nothing
          return listText(
            page.success,
            {
              totalResults: people.totalResults + found.totalResults,
              items: [...people.items, ...found.items],
              next: undefined
            },
            undefined
          )
        })

        return ResourceSearch.of({
          search: (caller, scope, request) =>
            scope === "All" ? searchAll(caller, request) : searchOne(caller, scope, request)
        })
      })
    )
}

const nothing: Found<string> = { totalResults: 0, items: [], next: undefined }

const cursorScope = (endpoint: string, request: SearchRequest): CursorScope => ({
  endpoint,
  filter: request.filter,
  sortBy: request.sortBy,
  sortOrder: request.sortOrder
})

type ReadQuery = Omit<ResourceQuery, "page"> & { readonly projection: Projection }

const readQuery = (
  table: AttributeTable,
  request: SearchRequest,
  baseUrl: string
): Result.Result<ReadQuery, ScimError> =>
  Result.gen(function* () {
    const filter =
      request.filter === undefined ? undefined : yield* typeFilter(table, yield* parseFilter(request.filter))
    const sort =
      request.sortBy === undefined
        ? undefined
        : { target: yield* resolveSort(table, request.sortBy), descending: request.sortOrder === "descending" }
    const projection = parseProjection(table, request.attributes, request.excludedAttributes)
    const membership = table.resourceType.id === "User" ? "groups" : "members"
    return { filter, sort, projection, baseUrl, withMembership: asksFor(projection, table, membership) }
  })

const listText = (page: Page, found: Found<string>, nextCursor: string | undefined): string =>
  listResponseText(
    { totalResults: found.totalResults, startIndex: page._tag === "Index" ? page.startIndex : undefined, nextCursor },
    found.items
  )
