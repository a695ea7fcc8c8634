import { isObject, type Json, type JsonObject, member, show } from "./Json.ts"

/** One difference between an answer and what was expected, at a path such as `body.emails[0].value`. */
export type Mismatch = { readonly path: string; readonly message: string }

type Operator = (wanted: Json, got: Json | undefined, path: string) => ReadonlyArray<Mismatch>

const none: ReadonlyArray<Mismatch> = []
const problem = (path: string, message: string): ReadonlyArray<Mismatch> => [{ path, message }]
const list = (wanted: Json, operator: string): ReadonlyArray<Json> => {
  if (!Array.isArray(wanted)) throw new Error(`${operator} takes an array, not ${show(wanted)}`)
  return wanted
}

const typeOf = (value: Json | undefined): string => {
  if (value === undefined) return "nothing"
  if (value === null) return "null"
  return Array.isArray(value) ? "array" : typeof value
}

const same = (left: Json | undefined, right: Json | undefined): boolean => {
  if (left === right) return true
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((value, index) => same(value, right[index]))
  }
  if (!isObject(left) || !isObject(right)) return false
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key]))
  )
}

const unordered: Operator = (wanted, got, path) => {
  const expected = list(wanted, "$unordered")
  if (!Array.isArray(got)) return problem(path, `expected an array of ${expected.length}, got ${show(got)}`)
  if (got.length !== expected.length) {
    return problem(path, `expected ${expected.length} elements, got ${got.length}: ${show(got)}`)
  }
  const left = [...(got as ReadonlyArray<Json>)]
  return expected.flatMap((one) => {
    const found = left.findIndex((value) => match(one, value, path).length === 0)
    if (found === -1) return problem(path, `no element is like ${show(one)} in ${show(got)}`)
    left.splice(found, 1)
    return none
  })
}

const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  [
    "$absent",
    (wanted, got, path) =>
      (got === undefined) === wanted
        ? none
        : problem(path, wanted ? `expected nothing, got ${show(got)}` : "is missing")
  ],
  [
    "$type",
    (wanted, got, path) =>
      typeOf(got) === wanted ? none : problem(path, `expected a value of type ${show(wanted)}, got ${show(got)}`)
  ],
  [
    "$match",
    (wanted, got, path) =>
      typeof got === "string" && new RegExp(String(wanted), "u").test(got)
        ? none
        : problem(path, `expected text like /${String(wanted)}/, got ${show(got)}`)
  ],
  [
    "$length",
    (wanted, got, path) => {
      const length = Array.isArray(got) || typeof got === "string" ? got.length : undefined
      return length === undefined
        ? problem(path, `expected a length of ${show(wanted)}, got ${show(got)}`)
        : match(wanted, length, `${path}.length`)
    }
  ],
  [
    "$atLeast",
    (wanted, got, path) =>
      typeof got === "number" && got >= Number(wanted)
        ? none
        : problem(path, `expected a number of at least ${show(wanted)}, got ${show(got)}`)
  ],
  [
    "$contains",
    (wanted, got, path) => {
      const found = Array.isArray(got)
        ? (got as ReadonlyArray<Json>).some((value) => match(wanted, value, path).length === 0)
        : typeof got === "string" && typeof wanted === "string" && got.includes(wanted)
      return found ? none : problem(path, `expected to contain ${show(wanted)}, got ${show(got)}`)
    }
  ],
  [
    "$each",
    (wanted, got, path) =>
      Array.isArray(got)
        ? (got as ReadonlyArray<Json>).flatMap((value, index) => match(wanted, value, `${path}[${index}]`))
        : problem(path, `expected an array, got ${show(got)}`)
  ],
  ["$unordered", unordered],
  [
    "$oneOf",
    (wanted, got, path) =>
      list(wanted, "$oneOf").some((choice) => match(choice, got, path).length === 0)
        ? none
        : problem(path, `expected one of ${show(wanted)}, got ${show(got)}`)
  ],
  [
    "$not",
    (wanted, got, path) =>
      match(wanted, got, path).length > 0 ? none : problem(path, `must not be like ${show(wanted)}, got ${show(got)}`)
  ],
  [
    "$exactly",
    (wanted, got, path) =>
      same(wanted, got) ? none : problem(path, `expected exactly ${show(wanted)}, got ${show(got)}`)
  ]
])

const matchObject = (wanted: JsonObject, got: Json | undefined, path: string): ReadonlyArray<Mismatch> => {
  const entries = Object.entries(wanted)
  const applied = entries.filter(([key]) => operators.has(key))
  if (applied.length > 0) {
    if (applied.length !== entries.length) throw new Error(`Operators and members are mixed in ${show(wanted)}`)
    return applied.flatMap(([key, value]) => operators.get(key)?.(value, got, path) ?? none)
  }
  if (!isObject(got)) return problem(path, `expected an object like ${show(wanted)}, got ${show(got)}`)
  return entries.flatMap(([key, value]) => {
    if (key.startsWith("$") && key !== "$ref") throw new Error(`No such operator: ${key}`)
    return match(value, member(got, key), `${path}.${key}`)
  })
}

/** The names of the operators, each with its `$`. */
export const operatorNames: ReadonlyArray<string> = [...operators.keys()]

/**
 * The differences between what was expected and what came; none means that it matches.
 *
 * Literals are equal; an object asks for its own members only; an array for the same length, element by element.
 * An object of operators asks for all of them: `$absent`, `$type`, `$match` (regular expression), `$length`, `$atLeast`,
 * `$contains` (an element, or text), `$each`, `$unordered`, `$oneOf`, `$not`, `$exactly` (deep equality).
 * A wrong use of an operator throws: that is a fault of the fixture, never of the answer.
 */
export const match = (wanted: Json, got: Json | undefined, path: string): ReadonlyArray<Mismatch> => {
  if (isObject(wanted)) return matchObject(wanted, got, path)
  if (Array.isArray(wanted)) {
    const expected = wanted as ReadonlyArray<Json>
    if (!Array.isArray(got)) return problem(path, `expected an array of ${expected.length}, got ${show(got)}`)
    const sized =
      got.length === expected.length ? none : problem(path, `expected ${expected.length} elements, got ${got.length}`)
    const shared = expected.slice(0, got.length)
    return [...sized, ...shared.flatMap((value, index) => match(value, got[index] as Json, `${path}[${index}]`))]
  }
  return wanted === got ? none : problem(path, `expected ${show(wanted)}, got ${show(got)}`)
}
