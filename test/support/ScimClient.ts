import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http"

export interface ScimRequest {
  readonly method: string
  /** Joined to the base URL as it is, unescaped: raw quotes, `//` and the query string included. */
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is, in place of `body`. */
  readonly rawBody?: string | Uint8Array
  /** Added to the defaults (`Authorization`, `Accept`, `Content-Type`), any case; `undefined` leaves one out. */
  readonly headers?: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
}

export interface ScimResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The parsed JSON; undefined when there is none. */
  readonly body: unknown
  readonly text: string
  /** What stands at a place in the body (own properties and indexes only), e.g. `at("Resources", 0, "id")`. */
  at(...path: ReadonlyArray<string | number>): unknown
  /** The same when it must be a string: throws otherwise, with the whole answer in the message. */
  string(...path: ReadonlyArray<string | number>): string
}

export interface ScimClient {
  readonly baseUrl: string
  readonly token: string | undefined
  request(request: ScimRequest): Promise<ScimResponse>
  /** Closes the connections that are kept open. */
  close(): void
}

export interface ScimClientOptions {
  /** Default true. */
  readonly keepAlive?: boolean
  /** How many connections at most; default no limit. */
  readonly connections?: number
}

const parse = (text: string): unknown => {
  if (text === "") return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const look = (value: unknown, path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined),
    value
  )

const responseOf = (status: number, headers: IncomingHttpHeaders, text: string): ScimResponse => {
  const body = parse(text)
  return {
    status,
    headers,
    body,
    text,
    at: (...path) => look(body, path),
    string: (...path) => {
      const found = look(body, path)
      if (typeof found === "string") return found
      throw new Error(`no string at ${path.join(".")} of the answer ${status}: ${text}`)
    }
  }
}

const headersOf = (
  token: string | undefined,
  { headers = {}, ...sent }: ScimRequest
): Record<string, string | string[]> => {
  const hasBody = sent.body !== undefined || sent.rawBody !== undefined
  const merged = new Map<string, { name: string; value: string | string[] }>()
  merged.set("accept", { name: "Accept", value: "application/scim+json" })
  if (token !== undefined) merged.set("authorization", { name: "Authorization", value: `Bearer ${token}` })
  if (hasBody) merged.set("content-type", { name: "Content-Type", value: "application/scim+json" })
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) merged.delete(name.toLowerCase())
    else merged.set(name.toLowerCase(), { name, value: typeof value === "string" ? value : [...value] })
  }
  return Object.fromEntries([...merged.values()].map(({ name, value }) => [name, value]))
}

/**
 * A bare HTTP client for SCIM: it adds the token and the content type, and changes nothing else.
 *
 * `baseUrl` is `http://host:port/scim/v2`; a host under `localhost` (`acme.localhost`) is reached at 127.0.0.1, with its
 * name in `Host`. Rejects only when there is no HTTP answer.
 */
export const scim = (baseUrl: string, token: string | undefined, options: ScimClientOptions = {}): ScimClient => {
  const base = new URL(baseUrl)
  const prefix = base.pathname === "/" ? "" : base.pathname.replace(/\/$/, "")
  const local = base.hostname === "localhost" || base.hostname.endsWith(".localhost")
  const keepAlive = options.keepAlive ?? true
  const agent = new Agent({ keepAlive, maxSockets: options.connections ?? Number.POSITIVE_INFINITY })

  const request = (sent: ScimRequest): Promise<ScimResponse> =>
    new Promise((resolve, reject) => {
      const payload = sent.rawBody ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body))
      const headers = headersOf(token, sent)
      // Node frames a body only of methods that usually have one, so the length is always said.
      const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
      if (payload !== undefined && !names.has("content-length") && !names.has("transfer-encoding")) {
        headers["Content-Length"] = String(Buffer.byteLength(payload))
      }
      if (!names.has("host")) headers.Host = base.host
      const outgoing = httpRequest(
        {
          agent,
          host: local ? "127.0.0.1" : base.hostname,
          port: base.port === "" ? 80 : Number(base.port),
          method: sent.method,
          path: `${prefix}${sent.path}`,
          headers
        },
        (response) => {
          const chunks: Array<Buffer> = []
          response.on("data", (chunk: Buffer) => chunks.push(chunk))
          response.on("error", reject)
          response.on("end", () => {
            resolve(responseOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString("utf8")))
          })
        }
      )
      outgoing.on("error", reject)
      outgoing.end(payload)
    })

  return { baseUrl, token, request, close: () => agent.destroy() }
}
