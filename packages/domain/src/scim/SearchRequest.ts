import { Result } from "effect"
import { isJsonArray, type Json, type JsonObject } from "./Json.ts"
import { readMember, readMessage, requireNamed, searchRequestUrn } from "./Message.ts"
import type { PageQuery } from "./Paging.ts"
import type { AttributeList } from "./Projection.ts"
import { badRequest, type ScimError } from "./ScimError.ts"

/** A query for resources, by `GET` or by `POST` to `/.search` (RFC 7644 sections 3.4.2 and 3.4.3). */
export interface SearchRequest extends PageQuery {
  readonly attributes: AttributeList
  readonly excludedAttributes: AttributeList
  readonly filter: string | undefined
  readonly sortBy: string | undefined
  readonly sortOrder: "ascending" | "descending"
}

/**
 * Reads the body of a search. The URN of the message is required (400 `invalidSyntax`), members compare without regard
 * to case, unknown ones are ignored, null is absent; a member of the wrong type is 400 `invalidValue`.
 */
export const parseSearchRequest = (body: Json): Result.Result<SearchRequest, ScimError> =>
  Result.gen(function* () {
    const message = yield* requireNamed(yield* readMessage(body, searchRequestUrn), searchRequestUrn)
    return {
      attributes: yield* readNames(message, "attributes"),
      excludedAttributes: yield* readNames(message, "excludedAttributes"),
      filter: nonEmpty(yield* readText(message, "filter")),
      sortBy: nonEmpty(yield* readText(message, "sortBy")),
      sortOrder: yield* readSortOrder(yield* readText(message, "sortOrder")),
      startIndex: yield* readNumber(message, "startIndex"),
      count: yield* readNumber(message, "count"),
      cursor: yield* readText(message, "cursor")
    }
  })

/**
 * Reads the decoded parameters of a query string. Names compare without regard to case, unknown ones are ignored
 * (R-SCIM-7, WIRE B.6); lists of attributes may be repeated, of any other parameter the last counts.
 */
export const readSearchQuery = (
  parameters: Iterable<readonly [name: string, value: string]>
): Result.Result<SearchRequest, ScimError> => {
  const attributes: Array<string> = []
  const excludedAttributes: Array<string> = []
  const last = new Map<string, string>()
  for (const [name, value] of parameters) {
    const key = name.toLowerCase()
    if (key === "attributes") attributes.push(value)
    else if (key === "excludedattributes") excludedAttributes.push(value)
    else last.set(key, value)
  }
  return Result.map(readSortOrder(last.get("sortorder")), (sortOrder) => ({
    attributes,
    excludedAttributes,
    filter: nonEmpty(last.get("filter")),
    sortBy: nonEmpty(last.get("sortby")),
    sortOrder,
    startIndex: last.get("startindex"),
    count: last.get("count"),
    cursor: last.get("cursor")
  }))
}

const readText = (message: JsonObject, name: string): Result.Result<string | undefined, ScimError> => {
  const value = readMember(message, name) ?? undefined
  if (value === undefined || typeof value === "string") return Result.succeed(value)
  return Result.fail(badRequest("invalidValue", `"${name}" of a search must be a string.`))
}

const readNumber = (message: JsonObject, name: string): Result.Result<string | number | undefined, ScimError> => {
  const value = readMember(message, name) ?? undefined
  if (value === undefined || typeof value === "string" || typeof value === "number") return Result.succeed(value)
  return Result.fail(badRequest("invalidValue", `"${name}" of a search must be an integer.`))
}

const readNames = (message: JsonObject, name: string): Result.Result<AttributeList, ScimError> => {
  const value = readMember(message, name) ?? undefined
  if (value === undefined || typeof value === "string") return Result.succeed(value)
  const names = isJsonArray(value) ? value.filter((item) => typeof item === "string") : []
  return isJsonArray(value) && names.length === value.length
    ? Result.succeed(names)
    : Result.fail(badRequest("invalidValue", `"${name}" of a search must be an array of names of attributes.`))
}

const readSortOrder = (text: string | undefined): Result.Result<"ascending" | "descending", ScimError> => {
  const order = text?.trim().toLowerCase() ?? ""
  if (order === "" || order === "ascending") return Result.succeed("ascending")
  if (order === "descending") return Result.succeed("descending")
  return Result.fail(badRequest("invalidValue", 'sortOrder must be "ascending" or "descending".'))
}

const nonEmpty = (text: string | undefined): string | undefined =>
  text === undefined || text.trim() === "" ? undefined : text
