import { isJsonObject, type Json, ownMember } from "../scim/Json.ts"

/**
 * The elements with at most one `primary: true`: the first of those just written, else the first of all; the others
 * become false (RFC 7644 section 3.5.2, WIRE F.10). The very list where nothing is to be done.
 */
export const keepOnePrimary = (
  elements: ReadonlyArray<Json>,
  written: (index: number) => boolean
): ReadonlyArray<Json> => {
  let keep = -1
  let count = 0
  for (let i = 0; i < elements.length; i++) {
    if (!isPrimary(elements[i])) continue
    count++
    if (keep < 0 || (written(i) && !written(keep))) keep = i
  }
  if (count < 2) return elements
  return elements.map((element, i) =>
    i !== keep && isJsonObject(element) && isPrimary(element) ? { ...element, primary: false } : element
  )
}

/** Whether an element says of itself that it is the primary one. */
export const isPrimary = (element: Json | undefined): boolean =>
  isJsonObject(element) && ownMember(element, "primary") === true
