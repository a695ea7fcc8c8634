import { Result } from "effect"
import { Base64Url } from "effect/encoding"
import { badRequest, type ScimError } from "./ScimError.ts"

/**
 * What a cursor belongs to: the query without its page. RFC 9865 section 2 wants every parameter but the cursor to stay
 * the same; a cursor of another scope is refused.
 */
export interface CursorScope {
  /** The endpoint asked, such as `/Users`. */
  readonly endpoint: string
  readonly filter: string | undefined
  readonly sortBy: string | undefined
  readonly sortOrder: "ascending" | "descending"
}

/**
 * The opaque text of a cursor (RFC 9865 section 2): base64url, and so unreserved characters only, of a checksum over
 * scope and position, and of the position. The position is the storage's own text; it must be well-formed Unicode.
 *
 * The checksum finds mistakes and foreign cursors; it is no signature. A forged position shows nothing that the same
 * filter would not: the organisation is never part of it.
 */
export const encodeCursor = (scope: CursorScope, position: string): string =>
  Base64Url.encode(checksum(scope, position) + position)

/**
 * The position in a cursor; 400 `invalidCursor` where the text was not made by {@link encodeCursor} for that very scope.
 */
export const decodeCursor = (scope: CursorScope, cursor: string): Result.Result<string, ScimError> => {
  const text = Base64Url.decodeString(cursor)
  if (Result.isFailure(text)) return Result.fail(invalidCursor)
  const position = text.success.slice(checksumLength)
  // Encoding again refuses the other spellings that a decoder lets pass: padding, stray bits, broken UTF-8.
  return encodeCursor(scope, position) === cursor ? Result.succeed(position) : Result.fail(invalidCursor)
}

const invalidCursor = badRequest(
  "invalidCursor",
  "The cursor does not belong to this query. Send the nextCursor of the page before unchanged, with the same filter, " +
    "sortBy and sortOrder; or send an empty cursor to begin at the first page."
)

const checksumLength = 14

/** 53 bits over the length-prefixed parts, so that no part can pass for another; as 14 hexadecimal digits. */
const checksum = (scope: CursorScope, position: string): string => {
  const parts = [scope.endpoint, part(scope.filter), part(scope.sortBy), scope.sortOrder, position]
  let high = 0x9e3779b9
  let low = 0x85ebca6b
  for (const text of parts) {
    for (const unit of [text.length & 0xffff, text.length >>> 16]) {
      high = Math.imul(high ^ unit, 0x01000193)
      low = Math.imul(low ^ unit, 0x5bd1e995)
    }
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      high = Math.imul(high ^ unit, 0x01000193)
      low = Math.imul(low ^ unit, 0x5bd1e995)
      low ^= low >>> 15
    }
  }
  high = mix(high ^ (low >>> 7))
  low = mix(low ^ high)
  return ((high & 0x1fffff) * 0x1_0000_0000 + (low >>> 0)).toString(16).padStart(checksumLength, "0")
}

/** The final avalanche of a 32-bit hash: every bit of the input moves every bit of the result. */
const mix = (value: number): number => {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** An absent part differs from an empty one. */
const part = (text: string | undefined): string => (text === undefined ? "-" : `+${text}`)
