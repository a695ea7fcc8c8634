import { Arbitrary } from "effect"
import { anyJsonText, anyOf, anyString, NAMES, oddString, oneOf, upTo } from "./OddValues.ts"
import { almostRightBody } from "./ScimBodies.ts"

/** A request as it is generated and shown when it fails; `{user}` and `{group}` in path and body stand for ids that exist. */
export interface AnyRequest {
  readonly method: string
  /** Ready for the request line. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Text, or bytes in hexadecimal. */
  readonly body?: string | { readonly hex: string }
}

const ROUTES = [
  ...[
    "/Users",
    "/Users/{user}",
    "/Groups",
    "/Groups/{group}",
    "/.search",
    "/Users/.search",
    "/Groups/.search",
    "/Bulk"
  ],
  ...["/Schemas", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "/ResourceTypes", "/ResourceTypes/User"],
  ...["/ServiceProviderConfig", "/Me", "", "/", "/Nothing", "/Users/{user}/nothing", "//Users", "/Users/"],
  ...[
    "/Users/00000000-0000-4000-8000-000000000000",
    "/Users/0",
    "/Users/__proto__",
    "/Groups/constructor",
    "/Schemas/x"
  ]
] as const

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] as const

/** Sendable in a request line: visible Latin-1 as it is, everything else percent-encoded. */
const raw = (text: string): string =>
  Array.from(text.toWellFormed(), (letter) =>
    letter > "\u0020" && letter <= "\u00ff" && letter !== "\u007f" ? letter : encodeURIComponent(letter)
  ).join("")

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed())

const sendable = Arbitrary.map(
  Arbitrary.all({ text: oddString, asIs: oneOf([true, false]) }),
  // A header of more than 16 KiB is refused before any of this is read: that has a test of its own.
  ({ asIs, text }) => (asIs ? raw(text.slice(0, 1_000)) : encoded(text.slice(0, 200)))
)

const route = anyOf<string>(
  oneOf(ROUTES),
  oneOf(ROUTES),
  Arbitrary.map(
    Arbitrary.all({ route: oneOf(["/Users/", "/Groups/", "/Schemas/", "/"]), id: sendable }),
    ({ id, route: to }) => `${to}${id.replaceAll("?", "%3F")}`
  )
)

const FILTER_TOKENS = [
  ...["userName", "emails", "emails.value", "active", "meta.created", "name.familyName", "members", "manager", "id"],
  ...["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "displayName", "groups", "password"],
  ...[
    "urn:ietf:params:scim:schemas:extension:15Five:2.0:User:custom_x",
    "x509Certificates",
    "schemas",
    "roles.primary"
  ],
  ...["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr", "EQ", "and", "or", "not", "And", "in"],
  ...["(", ")", "[", "]", ".", ",", ":", "$ref", '"', "\\", '"\\', "\\u12", "\u0000", "\t", "&", "=", "''"],
  ...['"a"', '"i%_\\\\"', '"{user}"', '"2099-01-01T00:00:00Z"', '"\\u0000"', '"\\ud800"', "true", '"True"', "null"],
  ...["1", "-1.5e309", "12345678901234567890", "2011-05-13T04:42:34Z", "{user}", "__proto__", "constructor.x"]
] as const

/** Filters of the right words in any order, right filters, and any text. */
export const anyFilter: Arbitrary.Arbitrary<string> = anyOf<string>(
  Arbitrary.map(Arbitrary.array(oneOf(FILTER_TOKENS), { maxLength: 14 }), (tokens) => tokens.join(" ")),
  Arbitrary.map(
    Arbitrary.all({
      attribute: oneOf([...NAMES, "emails.value", "meta.lastModified", "name.familyName", "members.value"]),
      operator: oneOf(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]),
      value: oddString
    }),
    ({ attribute, operator, value }) => `${attribute} ${operator} ${JSON.stringify(value)}`
  ),
  Arbitrary.map(
    Arbitrary.all({ attribute: oneOf(["emails", "members", "roles", "name", "userName", "active"]), inner: oddString }),
    ({ attribute, inner }) => `${attribute}[value eq ${JSON.stringify(inner)} and type pr]`
  ),
  oddString
)

const PARAMETERS = [
  ...["filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes", "FILTER"],
  ...["aadOptscim062020", "__proto__", "", "filter[]", "count[]"]
] as const

const NUMBERS = [
  "0",
  "-1",
  "1e9",
  "99999999999999999999",
  "1.5",
  "NaN",
  "0x1f",
  "",
  "-9223372036854775809",
  " 1"
] as const

const parameter = Arbitrary.map(
  Arbitrary.all({
    name: oneOf(PARAMETERS),
    value: anyOf<string>(anyFilter, oneOf(NAMES), oneOf(NUMBERS), oddString),
    asIs: oneOf([true, false])
  }),
  ({ asIs, name, value }) => `${name}=${asIs ? raw(value.slice(0, 1_000)) : encoded(value.slice(0, 200))}`
)

const query = Arbitrary.map(Arbitrary.array(parameter, { maxLength: 4 }), (parameters) =>
  parameters.length === 0 ? "" : `?${parameters.join("&")}`
)

// Framing (Content-Length and the like) and Host belong to HTTP itself, below what is tested here.
const HEADER_NAMES = [
  ...[
    "Accept",
    "Content-Type",
    "Content-Encoding",
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "Range",
    "Cookie"
  ],
  ...["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-HTTP-Method-Override", "Prefer"],
  ...["__proto__", "constructor", "Accept-Encoding", "Accept-Language", "Traceparent", "Origin", "Authorization"]
] as const

const HEADER_VALUES = [
  ...[
    "",
    "*",
    "*/*",
    "text/html",
    "application/xml",
    "application/scim+json;charset=utf-16",
    "gzip",
    "W/",
    'W/"',
    '"a"'
  ],
  ...[
    "bytes=0-",
    ",,,",
    ";;;",
    "multipart/form-data; boundary=x",
    "application/json; charset=",
    "Bearer",
    "Basic Og=="
  ],
  ...["Bearer x", "Digest", "null", "00-00000000000000000000000000000000-0000000000000000-00", 'W/"1", W/"2"', "DELETE"]
] as const

/** What may stand in a header's value: visible ASCII and blanks. */
const headerText = (text: string) =>
  Array.from(text)
    .filter((letter) => letter >= " " && letter <= "~")
    .join("")
    .slice(0, 500)

const headers = Arbitrary.map(
  Arbitrary.array(
    Arbitrary.all([oneOf(HEADER_NAMES), anyOf<string>(oneOf(HEADER_VALUES), Arbitrary.map(anyString, headerText))]),
    { maxLength: 3 }
  ),
  // A plain object could not hold `__proto__` as its own key by assignment.
  (pairs): Readonly<Record<string, string>> => Object.fromEntries(pairs)
)

const jsonType = Arbitrary.map(
  oneOf(["application/scim+json", "application/json; charset=utf-8"]),
  (type): Readonly<Record<string, string>> => ({ "Content-Type": type })
)

/** Any method on any route with a body of any JSON. */
export const anyJsonRequest: Arbitrary.Arbitrary<AnyRequest> = Arbitrary.all({
  method: oneOf(METHODS),
  path: route,
  headers: jsonType,
  body: anyJsonText
})

/** Any method on any route with a body that is no JSON, or not even text. */
export const anyBytesRequest: Arbitrary.Arbitrary<AnyRequest> = Arbitrary.all({
  method: oneOf(METHODS),
  path: route,
  headers: jsonType,
  body: anyOf<string | { readonly hex: string }>(
    oddString,
    Arbitrary.map(Arbitrary.array(upTo(255), { maxLength: 400 }), (bytes) => ({
      hex: Buffer.from(bytes).toString("hex")
    })),
    // Right up to a point: cut off, or with something behind it.
    Arbitrary.map(
      Arbitrary.all({ json: almostRightBody, cut: upTo(400), tail: anyString }),
      ({ cut, json, tail }) => `${json.text.slice(0, cut)}${tail}`
    )
  )
})

/** Any route read with any query string. */
export const anyQueryRequest: Arbitrary.Arbitrary<AnyRequest> = Arbitrary.map(
  Arbitrary.all({ method: oneOf(["GET", "GET", "GET", "DELETE", "HEAD"]), path: route, query }),
  ({ method, path, query: parameters }) => ({ method, path: `${path}${parameters}`, headers: {} })
)

/** Any headers on any route. */
export const anyHeadersRequest: Arbitrary.Arbitrary<AnyRequest> = Arbitrary.map(
  Arbitrary.all({ method: oneOf(METHODS), path: route, headers, body: almostRightBody }),
  ({ body, method, ...rest }) =>
    method === "GET" || method === "HEAD" ? { ...rest, method } : { ...rest, method, body: body.text }
)

const AIMED = [
  ["POST /Users", "PUT /Users/{user}"],
  ["POST /Groups", "PUT /Groups/{group}"],
  ["PATCH /Users/{user}", "PATCH /Users/{user}?attributes=userName"],
  ["PATCH /Groups/{group}", "PATCH /Groups/{group}?attributes=members"],
  ["POST /.search", "POST /Users/.search"],
  ["POST /Bulk", "POST /Bulk/"]
] as const

/** A right request with one place of its body changed. */
export const almostRightRequest: Arbitrary.Arbitrary<AnyRequest> = Arbitrary.map(
  Arbitrary.all({ body: almostRightBody, which: upTo(1) }),
  ({ body, which }) => {
    const [method = "", path = ""] = (AIMED[body.body]?.[which] ?? "").split(" ")
    return { method, path, headers: {}, body: body.text }
  }
)

/** A filter where filters go in a body: a search, and the path of an operation. */
export const anyFilterRequest: Arbitrary.Arbitrary<AnyRequest> = Arbitrary.map(
  Arbitrary.all({
    filter: anyFilter,
    place: oneOf(["search", "userPath", "groupPath", "valuePath"]),
    sub: oneOf(["", ".value", ".x", "."]),
    op: oneOf(["add", "replace", "remove", "Remove"]),
    value: anyJsonText
  }),
  ({ filter, op, place, sub, value }) => {
    if (place === "search") {
      const schemas = '["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]'
      return {
        method: "POST",
        path: "/.search",
        headers: {},
        body: `{"schemas":${schemas},"filter":${JSON.stringify(filter)}}`
      }
    }
    const path = place === "valuePath" ? `emails[${filter}]${sub}` : `${filter}${sub}`
    const operation = `{"op":"${op}","path":${JSON.stringify(path)},"value":${value}}`
    return {
      method: "PATCH",
      path: place === "groupPath" ? "/Groups/{group}" : "/Users/{user}",
      headers: {},
      body: `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[${operation}]}`
    }
  }
)
