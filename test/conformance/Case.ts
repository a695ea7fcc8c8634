import type { Json, JsonObject } from "./Json.ts"

/** Settings preset of the organisation that a case runs in (R-ORG-8). */
export type Preset = "product" | "rfc"

/** HTTP verbs that SCIM knows (RFC 7644 3.2). */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"

/**
 * One request as the identity provider sends it.
 *
 * `path` is below the SCIM base URL and goes on the wire as it stands, unescaped; `body` is JSON, `rawBody` is text that need not be.
 * All of it may hold `{{variables}}`.
 */
export type Request = {
  readonly method: Method
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Json
  readonly rawBody?: string
}

/**
 * What the answer must be.
 *
 * `body` and the values of `headers` (names in lower case) are matchers (see `Matcher.ts`); `absent` lists JSON paths of the body that
 * must not be there.
 */
export type Expectation = {
  readonly status: number
  readonly headers?: JsonObject
  readonly body?: Json
  readonly absent?: ReadonlyArray<string>
}

/** A request, its answer, and what to remember of it: `capture` maps a variable to a JSON path, or to `header:<name>`. */
export type Step = {
  readonly request: Request
  readonly expect: Expectation
  readonly capture?: Readonly<Record<string, string>>
  /** Makes the people or groups that the case needs beforehand; it is checked, but need not be read back. */
  readonly seed?: true
  /** Sent at the same time as its neighbours that say so too, none of which uses what another captures. */
  readonly together?: true
}

/**
 * A sequence of requests by one identity provider.
 *
 * Names are unique in their suite: `{{case}}` in user and group names keeps cases of a shared organisation apart.
 */
export type Case = {
  readonly name: string
  /** Section of the catalogue of provider traffic that it comes from, such as `WIRE A.6`. */
  readonly source: string
  readonly rules: ReadonlyArray<string>
  readonly steps: ReadonlyArray<Step>
  /** Default: the suite's. */
  readonly preset?: Preset
  /** The case needs an organisation in which nothing else is: its own. */
  readonly alone?: true
}

/** Something that the sources list and that is not run here, with the reason. */
export type NotCovered = { readonly name: string; readonly source: string; readonly reason: string }

/** Cases that share a kind of client and, unless they say otherwise, an organisation. */
export type Suite = {
  readonly name: string
  readonly title: string
  readonly preset: Preset
  readonly cases: ReadonlyArray<Case>
  readonly notCovered: ReadonlyArray<NotCovered>
}

/** Subdomain of the organisation that a case runs in; never an underscore (R-ORG-8). */
export const organizationOf = (suite: Suite, one: Case): string => {
  const preset = one.preset ?? suite.preset
  return one.alone === true ? `${suite.name}-${one.name}` : `${suite.name}-${preset}`
}
