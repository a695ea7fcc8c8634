/**
 * The id at the end of a `$ref`: its last path segment, without query and fragment (WIRE A.14, E.3: references that
 * carry a `$ref` and no `value`). Undefined where nothing is there.
 */
export const idOfReference = (reference: string): string | undefined => {
  let end = reference.length
  for (const mark of ["?", "#"]) {
    const at = reference.indexOf(mark)
    if (at >= 0 && at < end) end = at
  }
  while (end > 0 && reference.charCodeAt(end - 1) === 0x2f) end--
  const id = reference.slice(reference.lastIndexOf("/", end - 1) + 1, end)
  return id === "" ? undefined : id
}
