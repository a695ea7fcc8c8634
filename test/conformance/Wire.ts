import type { Expectation, Request, Step } from "./Case.ts"
import type { Json } from "./Json.ts"

type Options = Pick<Step, "capture" | "seed" | "together"> & { readonly headers?: Readonly<Record<string, string>> }

type Read = (path: string, expect: Expectation, options?: Options) => Step
type Write = (path: string, body: Json, expect: Expectation, options?: Options) => Step

/** The requests of one kind of client, with the headers that it sends. */
export type Wire = {
  readonly get: Read
  readonly delete: Read
  readonly post: Write
  readonly put: Write
  readonly patch: Write
  /** A body that is not JSON, or not the JSON text that we would write. */
  readonly raw: (method: "POST" | "PUT" | "PATCH", path: string, rawBody: string, expect: Expectation) => Step
}

/** A client that sends `always` with every request and `withBody` besides where there is a body. */
export const wire = (always: Readonly<Record<string, string>>, withBody: Readonly<Record<string, string>>): Wire => {
  const step = (request: Request, expect: Expectation, { headers, ...rest }: Options = {}): Step => ({
    request: { ...request, headers: { ...request.headers, ...headers } },
    expect,
    ...rest
  })
  const read =
    (method: "GET" | "DELETE"): Read =>
    (path, expect, options) =>
      step({ method, path, headers: always }, expect, options)
  const write =
    (method: "POST" | "PUT" | "PATCH"): Write =>
    (path, body, expect, options) =>
      step({ method, path, headers: { ...always, ...withBody }, body }, expect, options)
  return {
    get: read("GET"),
    delete: read("DELETE"),
    post: write("POST"),
    put: write("PUT"),
    patch: write("PATCH"),
    raw: (method, path, rawBody, expect) => step({ method, path, headers: { ...always, ...withBody }, rawBody }, expect)
  }
}

/** Okta's provisioning client (WIRE A.1): no Content-Type without a body. */
export const okta = wire(
  {
    Accept: "application/scim+json",
    "Accept-Charset": "utf-8",
    "User-Agent": "Okta SCIM Client 1.0.0",
    "Accept-Encoding": "gzip,deflate",
    Connection: "Keep-Alive"
  },
  { "Content-Type": "application/scim+json; charset=utf-8" }
)

/** Okta's specification test (WIRE A.1, C.1). */
export const oktaSpec = wire(
  { Accept: "application/scim+json; charset=utf-8", "User-Agent": "OKTA SCIM Integration" },
  { "Content-Type": "application/json" }
)

/** Microsoft Entra ID (WIRE B.1): its User-Agent is not documented. */
export const entra = wire(
  { Accept: "application/scim+json" },
  { "Content-Type": "application/scim+json; charset=utf-8" }
)

/** Clients that speak plain JSON (WIRE D). */
export const plainJson = wire({ Accept: "application/json" }, { "Content-Type": "application/json" })
