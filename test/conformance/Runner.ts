import type { Case, Expectation, Request, Step } from "./Case.ts"
import { type Answer, invariants } from "./Invariants.ts"
import { isObject, type Json, show } from "./Json.ts"
import { at } from "./JsonPath.ts"
import { type Mismatch, match } from "./Matcher.ts"
import { fill, fillText, type Variables } from "./Template.ts"

/** Sends a request whose variables are filled in, as it stands. */
export type Send = (request: Request) => Promise<Answer>

/** How a case ended; `report` is for people: the request, what differed, and the answer. */
export type Outcome = { readonly passed: true } | { readonly passed: false; readonly report: string }

const fillRequest = ({ body, headers, method, path, rawBody }: Request, variables: Variables): Request => ({
  method,
  path: fillText(path, variables),
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fillText(value, variables)])),
  ...(body === undefined ? {} : { body: fill(body, variables) }),
  ...(rawBody === undefined ? {} : { rawBody: fillText(rawBody, variables) })
})

const compare = (expect: Expectation, answer: Answer, variables: Variables): ReadonlyArray<Mismatch> => {
  const status = match(expect.status, answer.status, "status")
  const headers = Object.entries(expect.headers ?? {}).flatMap(([name, wanted]) =>
    match(fill(wanted, variables), answer.headers[name], `headers.${name}`)
  )
  const body = expect.body === undefined ? [] : match(fill(expect.body, variables), answer.body, "body")
  const absent = (expect.absent ?? []).flatMap((path) => match({ $absent: true }, at(answer.body, path), path))
  return [...status, ...headers, ...body, ...absent, ...invariants(answer)]
}

const capture = (step: Step, answer: Answer, variables: Map<string, Json>): ReadonlyArray<Mismatch> =>
  Object.entries(step.capture ?? {}).flatMap(([name, from]) => {
    const value = from.startsWith("header:") ? answer.headers[from.slice(7)] : at(answer.body, from)
    if (value === undefined) return [{ path: from, message: `is missing, and later steps need it as {{${name}}}` }]
    variables.set(name, value)
    return []
  })

const reportOf = (index: number, total: number, sent: Request, problems: ReadonlyArray<Mismatch>, answer: Answer) => {
  const body = sent.rawBody ?? (sent.body === undefined ? "" : show(sent.body, 1_500))
  return [
    `step ${index + 1} of ${total}: ${sent.method} ${sent.path}`,
    ...(body === "" ? [] : [`  sent: ${body}`]),
    ...problems.slice(0, 20).map(({ message, path }) => `  ${path}: ${message}`),
    ...(problems.length > 20 ? [`  … and ${problems.length - 20} more`] : []),
    `  answer: ${answer.status} ${answer.text.length > 1_500 ? `${answer.text.slice(0, 1_500)}…` : answer.text}`
  ].join("\n")
}

type NumberedStep = readonly [index: number, step: Step]

/** The steps one by one, and as one where neighbours are sent together. */
const sentTogether = (steps: ReadonlyArray<Step>): ReadonlyArray<ReadonlyArray<NumberedStep>> => {
  const rounds: Array<Array<NumberedStep>> = []
  for (const [index, step] of steps.entries()) {
    const joins = step.together === true && steps[index - 1]?.together === true
    if (joins) rounds.at(-1)?.push([index, step])
    else rounds.push([[index, step]])
  }
  return rounds
}

/**
 * Runs the steps of a case in order and stops at the first that differs.
 *
 * `base` is the SCIM base URL as the server gives it in `meta.location`; it and the case's name are the variables `{{base}}` and `{{case}}`.
 */
export const runCase = async (one: Case, base: string, send: Send): Promise<Outcome> => {
  const variables = new Map<string, Json>([
    ["case", one.name],
    ["base", base]
  ])
  for (const steps of sentTogether(one.steps)) {
    const exchanges = await Promise.all(
      steps.map(async ([index, step]) => {
        const sent = fillRequest(step.request, variables)
        return { index, step, sent, answer: await send(sent) }
      })
    )
    for (const { answer, index, sent, step } of exchanges) {
      const differences = compare(step.expect, answer, variables)
      const problems = differences.length > 0 ? differences : capture(step, answer, variables)
      if (problems.length > 0) {
        return { passed: false, report: reportOf(index, one.steps.length, sent, problems, answer) }
      }
    }
  }
  return { passed: true }
}

/** An answer's body as JSON, or undefined: whatever a client parsed is JSON by construction. */
export const asJson = (value: unknown): Json | undefined => {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value
  if (Array.isArray(value)) return value as ReadonlyArray<Json>
  return isObject(value) ? value : undefined
}
