import { isObject, type Json, member, show } from "./Json.ts"
import type { Mismatch } from "./Matcher.ts"

/** An HTTP answer: `body` is its parsed JSON, undefined where there is none. */
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, Json | undefined>>
  readonly body: Json | undefined
  readonly text: string
}

const errorUrn = "urn:ietf:params:scim:api:messages:2.0:Error"

const problem = (path: string, message: string): ReadonlyArray<Mismatch> => [{ path, message }]

const errorShape = ({ body, status }: Answer): ReadonlyArray<Mismatch> => {
  if (!isObject(body)) return problem("body", `an error of status ${status} must be a SCIM error, got ${show(body)}`)
  const schemas = member(body, "schemas")
  const detail = member(body, "detail")
  return [
    ...(Array.isArray(schemas) && schemas.includes(errorUrn)
      ? []
      : problem("body.schemas", `an error must have ${errorUrn}, got ${show(schemas)}`)),
    ...(member(body, "status") === String(status)
      ? []
      : problem("body.status", `an error must repeat the status as "${status}", got ${show(member(body, "status"))}`)),
    ...(typeof detail === "string" && detail.trim() !== ""
      ? []
      : problem("body.detail", `an error must say what is wrong, got ${show(detail)}`))
  ]
}

const secretsAndNulls = (value: Json | undefined, path: string): ReadonlyArray<Mismatch> => {
  if (value === null) return problem(path, "null is never sent: an unassigned attribute is left out (RFC 7643 2.5)")
  if (Array.isArray(value)) {
    return (value as ReadonlyArray<Json>).flatMap((one, index) => secretsAndNulls(one, `${path}[${index}]`))
  }
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key.toLowerCase() === "password"
      ? problem(`${path}.${key}`, "a password is never returned (R-MAIL-2)")
      : secretsAndNulls(inner, `${path}.${key}`)
  )
}

const resourceShape = ({ body, headers, status }: Answer): ReadonlyArray<Mismatch> => {
  const meta = isObject(body) ? member(body, "meta") : undefined
  if (!isObject(meta)) return []
  const location = member(meta, "location")
  const version = member(meta, "version")
  return [
    ...(status !== 201 || headers.location === location
      ? []
      : problem("headers.location", `expected meta.location ${show(location)}, got ${show(headers.location)}`)),
    ...(version === undefined || headers.etag === undefined || headers.etag === version
      ? []
      : problem("headers.etag", `expected meta.version ${show(version)}, got ${show(headers.etag)}`))
  ]
}

/**
 * What must hold of every answer of `/scim/v2`, whatever was asked.
 *
 * A body is `application/scim+json` and JSON; 204 and 304 have none; nothing is null, no password is in it; an error is a SCIM error whose
 * status is a string (RFC 7644 3.12, R-SCIM-5); a 201 has `Location` equal to `meta.location`; the ETag is `meta.version`; 401
 * names its scheme; no request is redirected (R-SCIM-6) or ends in a 5xx but 501.
 */
export const invariants = (answer: Answer): ReadonlyArray<Mismatch> => {
  const { body, headers, status, text } = answer
  const contentType = headers["content-type"]
  const found: Array<Mismatch> = []
  if (status === 204 || status === 304) {
    return text === "" ? [] : problem("body", `an answer of status ${status} has no body, got ${show(text)}`)
  }
  if (status >= 300 && status < 400) found.push(...problem("status", "a request is never redirected (R-SCIM-6)"))
  if (status >= 500 && status !== 501) found.push(...problem("status", `no request may end in ${status} (R-SCIM-5)`))
  if (body === undefined) found.push(...problem("body", `expected JSON, got ${show(text)}`))
  if (typeof contentType !== "string" || !contentType.startsWith("application/scim+json")) {
    found.push(...problem("headers.content-type", `expected application/scim+json, got ${show(contentType)}`))
  }
  if (status >= 400) found.push(...errorShape(answer))
  if (status === 401 && typeof headers["www-authenticate"] !== "string") {
    found.push(...problem("headers.www-authenticate", "a 401 names its scheme (RFC 7235 3.1)"))
  }
  if (status < 300) found.push(...secretsAndNulls(body, "body"), ...resourceShape(answer))
  return found
}
