import { Result } from "effect"
import type { Attribute } from "./Attribute.ts"
import { locate } from "./AttributePath.ts"
import { type AttributeRef, type AttributeTable, findSub, type TargetRef } from "./AttributeTable.ts"
import type { Filter } from "./Filter.ts"
import { faultText, parsePathSyntax } from "./FilterParser.ts"
import type { SchemaDefinition } from "./Schema.ts"
import { badRequest, type ScimError } from "./ScimError.ts"
import { type TypedFilter, typeElementFilter } from "./TypedFilter.ts"

/**
 * Where a PATCH operation applies (RFC 7644 section 3.5.2).
 * - Attribute: `displayName`, `name.givenName`, `emails.value`.
 * - Elements: `emails[type eq "work"]`, with `sub` for `.value` behind it; `source` is the filter as written. The
 *   attribute is complex, as a rule multi-valued.
 * - Extension: the URN of a whole schema, the core one included.
 */
export type Path =
  | { readonly _tag: "Attribute"; readonly target: TargetRef }
  | {
      readonly _tag: "Elements"
      readonly ref: AttributeRef
      readonly filter: TypedFilter
      readonly source: Filter
      readonly sub: Attribute | undefined
    }
  | { readonly _tag: "Extension"; readonly schema: SchemaDefinition }

/** A well-formed path to what no schema has; PATCH ignores it (R-USER-3). */
export interface UnknownPath {
  readonly _tag: "Unknown"
  readonly text: string
}

/**
 * Reads the path of a PATCH operation. A malformed one fails with 400 `invalidPath`, and with `invalidFilter` where
 * the fault is inside the brackets (RFC 7644 table 9); both say where and why.
 */
export const parsePath = (table: AttributeTable, text: string): Result.Result<Path | UnknownPath, ScimError> => {
  const parsed = parsePathSyntax(text)
  if (Result.isFailure(parsed)) return Result.fail(parsed.failure)
  const { path, filter, sub } = parsed.success
  const location = locate(table, path)
  if (location._tag === "Unknown") return unknown(text)
  if (filter === undefined)
    return Result.succeed(location._tag === "Schema" ? { _tag: "Extension", schema: location.schema } : location)
  const target = location._tag === "Attribute" ? location.target : undefined
  if (target === undefined || target.sub !== undefined || target.attribute.type !== "complex") {
    const reason = "brackets stand behind an attribute that has sub-attributes, such as emails"
    return Result.fail(badRequest("invalidPath", faultText("path", text, { offset: text.indexOf("["), reason })))
  }
  const ref: AttributeRef = { extension: target.extension, attribute: target.attribute }
  const typed = typeElementFilter(ref, filter)
  if (Result.isFailure(typed)) return Result.fail(typed.failure)
  const found = sub === undefined ? undefined : findSub(ref.attribute, sub)
  if (sub !== undefined && found === undefined) return unknown(text)
  return Result.succeed({ _tag: "Elements", ref, filter: typed.success, source: filter, sub: found })
}

const unknown = (text: string): Result.Result<UnknownPath, never> => Result.succeed({ _tag: "Unknown", text })
