import { isObject, type Json, type JsonObject, member, show } from "./Json.ts"

/** What a case knows so far: its name, the address of the server, and what it captured from answers. */
export type Variables = ReadonlyMap<string, Json>

const placeholder = /\{\{([^{}]{1,100})\}\}/gu

const lookUp = (name: string, variables: Variables): Json => {
  const [first = "", ...rest] = name.split(".")
  let value = variables.get(first)
  for (const key of rest) {
    if (Array.isArray(value)) value = value[Number(key)] as Json | undefined
    else value = isObject(value) ? member(value, key) : undefined
  }
  if (value === undefined) throw new Error(`The fixture names {{${name}}}, which no earlier step captured`)
  return value
}

/** Text with its `{{name}}` replaced. */
export const fillText = (text: string, variables: Variables): string =>
  text.replaceAll(placeholder, (_, name: string) => {
    const value = lookUp(name, variables)
    if (typeof value === "string") return value
    if (typeof value === "number" || typeof value === "boolean") return String(value)
    throw new Error(`{{${name}}} is ${show(value)} and cannot stand inside text`)
  })

const fillString = (text: string, variables: Variables): Json => {
  const whole = /^\{\{([^{}]{1,100})\}\}$/u.exec(text)
  return whole?.[1] === undefined ? fillText(text, variables) : lookUp(whole[1], variables)
}

const merge = (parts: Json, variables: Variables): JsonObject => {
  if (!Array.isArray(parts)) throw new Error("$merge takes an array of objects")
  return Object.assign(
    {},
    ...parts.map((part: Json) => {
      const filled = fill(part, variables)
      if (!isObject(filled)) throw new Error(`$merge takes objects, not ${show(filled)}`)
      return filled
    })
  ) as JsonObject
}

const forEach = (object: JsonObject, variables: Variables): Json => {
  const lists = fill(member(object, "$forEach") ?? [], variables)
  if (!Array.isArray(lists)) throw new Error("$forEach takes an array")
  const give = member(object, "$give") ?? "{{item}}"
  return (lists.flat() as ReadonlyArray<Json>).map((item) => fill(give, new Map([...variables, ["item", item]])))
}

/**
 * A fixture's value with its variables filled in.
 *
 * A string that is one placeholder alone becomes the captured value itself, of any type. `{ $merge: [a, b] }` lays the members of
 * later objects over earlier ones (how Okta writes over our own answer); `{ $forEach: [list, …], $give: template }` makes
 * one element for each value of the lists, named `{{item}}`.
 */
export const fill = (template: Json, variables: Variables): Json => {
  if (typeof template === "string") return fillString(template, variables)
  if (Array.isArray(template)) return (template as ReadonlyArray<Json>).map((value) => fill(value, variables))
  if (!isObject(template)) return template
  const parts = member(template, "$merge")
  if (parts !== undefined) return merge(parts, variables)
  if (Object.hasOwn(template, "$forEach")) return forEach(template, variables)
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => [fillText(key, variables), fill(value, variables)])
  )
}
