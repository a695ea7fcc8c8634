import { ScimError } from "./ScimError.ts"

/** The weak entity tag of a version (RFC 7644 section 3.14): `W/"3"`. */
export const etagOf = (version: number): string => `W/"${version}"`

/** What `If-Match`, `If-None-Match` or the `version` of a bulk operation names. */
export type EntityTags =
  | { readonly _tag: "Any" }
  | {
      readonly _tag: "Listed" /** The opaque parts: without `W/` and without quotes. */
      readonly tags: ReadonlySet<string>
    }

/**
 * Reads a list of entity tags (RFC 9110 section 13.1) in one pass; never fails. `*` alone is any version. A tag without
 * quotes is taken as it stands up to the next comma, and what is no tag of ours matches no version, so that a precondition
 * which cannot be understood is not met. Undefined where nothing was sent.
 */
export const parseEntityTags = (header: string | undefined): EntityTags | undefined => {
  const text = header?.trim() ?? ""
  if (text === "") return undefined
  if (text === "*") return { _tag: "Any" }
  const tags = new Set<string>()
  let i = 0
  while (i < text.length) {
    if (isSeparator(text[i])) {
      i++
      continue
    }
    if ((text[i] === "W" || text[i] === "w") && text[i + 1] === "/") i += 2
    if (text[i] === '"') {
      const end = text.indexOf('"', i + 1)
      tags.add(text.slice(i + 1, end === -1 ? text.length : end))
      i = end === -1 ? text.length : end + 1
    } else {
      const end = text.indexOf(",", i)
      const stop = end === -1 ? text.length : end
      const bare = text.slice(i, stop).trim()
      if (bare !== "") tags.add(bare)
      i = stop
    }
  }
  return { _tag: "Listed", tags }
}

const isSeparator = (character: string | undefined): boolean =>
  character === "," || character === " " || character === "\t"

/** Weak comparison (RFC 9110 section 8.8.3.2) with the version of a resource. */
export const matchesVersion = (tags: EntityTags, version: number): boolean =>
  tags._tag === "Any" || tags.tags.has(String(version))

/**
 * The refusal of a write whose `If-Match` (or bulk `version`) does not name the version that stands; undefined where the
 * write may go on. 412, RFC 7644 section 3.14.
 */
export const checkIfMatch = (header: string | undefined, version: number): ScimError | undefined => {
  const tags = parseEntityTags(header)
  if (tags === undefined || matchesVersion(tags, version)) return undefined
  return new ScimError({
    status: 412,
    detail: `The resource has changed: its version is ${etagOf(version)}, the request names another. Read it again and repeat the change.`
  })
}

/** Whether `If-None-Match` names the version that stands: 304 for a read, 412 for a write. */
export const matchesIfNoneMatch = (header: string | undefined, version: number): boolean => {
  const tags = parseEntityTags(header)
  return tags !== undefined && matchesVersion(tags, version)
}
