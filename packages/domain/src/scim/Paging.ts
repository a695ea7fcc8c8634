import { Result } from "effect"
import { type CursorScope, decodeCursor } from "./Cursor.ts"
import { limits } from "./Limits.ts"
import { badRequest, type ScimError } from "./ScimError.ts"

/** Which resources of a list are asked for; `count` lies between 0 (1 with a cursor) and `limits.maxPageSize`. */
export type Page =
  | { readonly _tag: "Index" /** From 1. */; readonly startIndex: number; readonly count: number }
  | {
      readonly _tag: "Cursor"
      /** The position after which the page begins, as the storage gave it; undefined for the first page. */
      readonly after: string | undefined
      readonly count: number
    }

/** The parameters of a page as they arrive: texts in a query string, numbers in a search message. */
export interface PageQuery {
  readonly startIndex?: string | number | undefined
  readonly count?: string | number | undefined
  /** Present, even empty, it asks for cursor paging (RFC 9865 section 2). */
  readonly cursor?: string | undefined
}

/**
 * Reads the page that a query asks for (RFC 7644 section 3.4.2.4, RFC 9865).
 *
 * By index, `startIndex` below 1 means 1 and `count` below 0 means 0; what is no integer is 400 `invalidValue`.
 * With a cursor, `count` must be positive (400 `invalidCount`), `startIndex` is not regarded, and a cursor of another
 * query is 400 `invalidCursor`. A `count` above the largest page is cut to it.
 */
export const parsePage = (query: PageQuery, scope: CursorScope): Result.Result<Page, ScimError> =>
  query.cursor === undefined ? indexPage(query) : cursorPage(query.cursor, query.count, scope)

const indexPage = (query: PageQuery): Result.Result<Page, ScimError> => {
  const startIndex = integer(query.startIndex)
  if (startIndex === "invalid") {
    return Result.fail(
      badRequest("invalidValue", `startIndex must be an integer from 1, such as 1; ${received(query.startIndex)}.`)
    )
  }
  const count = integer(query.count)
  if (count === "invalid") {
    return Result.fail(
      badRequest("invalidValue", `count must be an integer from 0, such as 100; ${received(query.count)}.`)
    )
  }
  return Result.succeed({
    _tag: "Index",
    startIndex: Math.max(1, startIndex ?? 1),
    count: Math.min(limits.maxPageSize, Math.max(0, count ?? limits.defaultPageSize))
  })
}

const cursorPage = (
  cursor: string,
  requested: PageQuery["count"],
  scope: CursorScope
): Result.Result<Page, ScimError> => {
  const count = integer(requested)
  if (count === "invalid" || (count !== undefined && count < 1)) {
    return Result.fail(
      badRequest(
        "invalidCount",
        `With a cursor, count must be an integer between 1 and ${limits.maxPageSize}; ${received(requested)}.`
      )
    )
  }
  const size = Math.min(limits.maxPageSize, count ?? limits.defaultPageSize)
  if (cursor === "") return Result.succeed({ _tag: "Cursor", after: undefined, count: size })
  return Result.map(decodeCursor(scope, cursor), (after): Page => ({ _tag: "Cursor", after, count: size }))
}

/** An integer, held within what a number can count; an empty text is the same as none. */
const integer = (value: string | number | undefined): number | "invalid" | undefined => {
  if (value === undefined) return undefined
  const text = String(value).trim()
  if (text === "") return undefined
  const number = /^[+-]?[0-9]+$/.test(text) || typeof value === "number" ? Number(text) : Number.NaN
  if (Number.isNaN(number) || (Number.isFinite(number) && !Number.isInteger(number))) return "invalid"
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(-Number.MAX_SAFE_INTEGER, number))
}

const received = (value: string | number | undefined): string => {
  const text = String(value)
  return text.length > 40 ? "the value sent is longer than any number" : `received ${JSON.stringify(text)}`
}
