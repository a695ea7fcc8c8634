import { isObject, type Json, member } from "./Json.ts"

type Step = { readonly key: string } | { readonly index: number } | { readonly all: true }

const steps = (path: string): ReadonlyArray<Step> => {
  if (!path.startsWith("$")) throw new Error(`A JSON path begins with $: ${path}`)
  const found: Array<Step> = []
  let at = 1
  while (at < path.length) {
    if (path[at] === ".") {
      let end = at + 1
      while (end < path.length && path[end] !== "." && path[end] !== "[") end++
      found.push({ key: path.slice(at + 1, end) })
      at = end
      continue
    }
    const quoted = path.startsWith("['", at)
    const end = path.indexOf(quoted ? "']" : "]", at)
    if (path[at] !== "[" || end === -1) throw new Error(`Not a JSON path at character ${at}: ${path}`)
    const inside = path.slice(at + (quoted ? 2 : 1), end)
    at = end + (quoted ? 2 : 1)
    if (quoted) found.push({ key: inside })
    else if (inside === "*") found.push({ all: true })
    else found.push({ index: Number(inside) })
  }
  return found
}

const walk = (value: Json | undefined, rest: ReadonlyArray<Step>): Json | undefined => {
  const [step, ...others] = rest
  if (step === undefined || value === undefined) return value
  if ("key" in step) return walk(isObject(value) ? member(value, step.key) : undefined, others)
  if (!Array.isArray(value)) return undefined
  if ("index" in step) return walk(value[step.index] as Json | undefined, others)
  return (value as ReadonlyArray<Json>).flatMap((element) => {
    const inner = walk(element, others)
    return inner === undefined ? [] : [inner]
  })
}

/**
 * The value at a path of an answer, or undefined.
 *
 * Shapes: `$` (all of it), `$.id`, `$.Resources[0].id`, `$.Resources[*].id` (an array), `$['urn:…:User'].location`.
 */
export const at = (value: Json | undefined, path: string): Json | undefined => walk(value, steps(path))
