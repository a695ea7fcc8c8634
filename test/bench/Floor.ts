import { randomUUID } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import pg from "pg"

/**
 * The floor: the least a server can do and still be called one. Bare `node:http`, the `pg` driver, one prepared
 * statement a request that reads the row, or durably writes state + log + event. No authorisation (the bearer token
 * is taken for the organisation's id), no validation, no rules, no projection. It answers the same requests as ours
 * with bodies of the same size. Environment: DATABASE_URL, PORT; FLOOR_READERS, FLOOR_WRITERS (connections) and
 * FLOOR_PIPELINE (`none`, `reads`, `all`) to try others than the defaults.
 */

/** The floor's own tables. */
export const schema = `
  CREATE TABLE IF NOT EXISTS floor_user (
    organization uuid NOT NULL, id uuid NOT NULL, user_name text COLLATE "C" NOT NULL, version integer NOT NULL, body text NOT NULL,
    PRIMARY KEY (organization, id), UNIQUE (organization, user_name));
  CREATE TABLE IF NOT EXISTS floor_group (
    organization uuid NOT NULL, id uuid NOT NULL, version integer NOT NULL, body text NOT NULL,
    PRIMARY KEY (organization, id));
  CREATE TABLE IF NOT EXISTS floor_member (
    organization uuid NOT NULL, group_id uuid NOT NULL, user_id uuid NOT NULL,
    PRIMARY KEY (organization, group_id, user_id));
  CREATE TABLE IF NOT EXISTS floor_log (
    organization uuid NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY, entry jsonb NOT NULL,
    PRIMARY KEY (organization, seq));
  CREATE TABLE IF NOT EXISTS floor_event (
    organization uuid NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY, event jsonb NOT NULL,
    PRIMARY KEY (organization, seq));
`

const statements = {
  get: "SELECT body FROM floor_user WHERE organization = $1 AND id = $2",
  filter: "SELECT body FROM floor_user WHERE organization = $1 AND user_name = $2",
  list: `
    SELECT (SELECT count(*) FROM floor_user WHERE organization = $1)::text, string_agg(body, ',')
    FROM (SELECT body FROM floor_user WHERE organization = $1 ORDER BY id LIMIT $2 OFFSET $3) page`,
  post: `
    WITH state AS (
      INSERT INTO floor_user (organization, id, user_name, version, body) VALUES ($1, $2, $3, 1, $4)
    ), log AS (
      INSERT INTO floor_log (organization, entry) VALUES ($1, $5)
    )
    INSERT INTO floor_event (organization, event) VALUES ($1, $6)`,
  patch: `
    WITH state AS (
      UPDATE floor_user SET version = version + 1, body = jsonb_set(body::jsonb, '{title}', $3::jsonb)::text
      WHERE organization = $1 AND id = $2 RETURNING body
    ), log AS (
      INSERT INTO floor_log (organization, entry) SELECT $1, $4 FROM state
    ), event AS (
      INSERT INTO floor_event (organization, event) SELECT $1, $5 FROM state
    )
    SELECT body FROM state`,
  member: `
    WITH member AS (
      INSERT INTO floor_member (organization, group_id, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1
    ), state AS (
      UPDATE floor_group SET version = version + 1
      WHERE organization = $1 AND id = $2 AND EXISTS (SELECT FROM member) RETURNING 1
    ), log AS (
      INSERT INTO floor_log (organization, entry) SELECT $1, $4 FROM state
    )
    INSERT INTO floor_event (organization, event) SELECT $1, $5 FROM state`
} as const

type Row = ReadonlyArray<string | null>

/** Every value travels as text: the driver parses none of them. */
const types = { getTypeParser: () => (value: string) => value }

/** Runs a prepared statement and gives its rows, every value as text. */
type Run = (name: keyof typeof statements, values: ReadonlyArray<string | number>) => Promise<ReadonlyArray<Row>>

const query = (name: keyof typeof statements, values: ReadonlyArray<string | number>) => ({
  name,
  text: statements[name],
  values: [...values],
  rowMode: "array" as const,
  types
})

/** One statement at a time on each connection. */
const pooled = (connectionString: string, max: number): Run => {
  const pool = new pg.Pool({ connectionString, max, idleTimeoutMillis: 0 })
  return async (name, values) => (await pool.query<Array<string | null>>(query(name, values))).rows
}

/** Several statements in flight on each connection; each goes to the connection with the fewest. */
const pipelined = async (connectionString: string, connections: number): Promise<Run> => {
  const config: pg.ClientConfig & { readonly pipeline: boolean } = { connectionString, pipeline: true }
  const lanes = Array.from({ length: connections }, () => ({ client: new pg.Client(config), waiting: 0 }))
  await Promise.all(lanes.map(({ client }) => client.connect()))
  return async (name, values) => {
    const lane = lanes.reduce((least, other) => (other.waiting < least.waiting ? other : least))
    lane.waiting += 1
    try {
      return (await lane.client.query<Array<string | null>>(query(name, values))).rows
    } finally {
      lane.waiting -= 1
    }
  }
}

const readBody = (request: IncomingMessage): Promise<string> =>
  new Promise((resolve, reject) => {
    const parts: Array<Buffer> = []
    request.on("data", (part: Buffer) => parts.push(part))
    request.on("end", () => resolve(Buffer.concat(parts).toString()))
    request.on("error", reject)
  })

const send = (response: ServerResponse, status: number, body = ""): void => {
  if (body === "") response.writeHead(status).end()
  else {
    response
      .writeHead(status, { "Content-Type": "application/scim+json", "Content-Length": Buffer.byteLength(body) })
      .end(body)
  }
}

const listResponse = (total: string, resources: string): string =>
  `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":${total},"startIndex":1,"Resources":[${resources}]}`

export const logEntry = (did: string, id: string, asked: string): string =>
  `{"at":"${new Date().toISOString()}","client":"bench","did":"${did}","id":"${id}","outcome":"done","asked":${asked}}`
export const event = (type: string, id: string, change: string): string =>
  `{"type":"${type}","id":"${id}","at":"${new Date().toISOString()}","change":${change}}`

/** What is stored of a user, and sent: the text as it came, with what the server adds in front, as much as ours adds. */
export const storedUser = (id: string, text: string): string => {
  const now = new Date().toISOString()
  const meta = `{"resourceType":"User","created":"${now}","lastModified":"${now}","version":"W/\\"1\\"","location":"http://127.0.0.1:20000/scim/v2/Users/${id}"}`
  return `{"id":"${id}","urn:ietf:params:scim:schemas:extension:15Five:2.0:User":{"userId":12345},"meta":${meta},${text.slice(1)}`
}

interface PatchOp {
  readonly Operations: readonly [{ readonly value: unknown }]
}

const answer = async (reads: Run, writes: Run, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = request.url ?? ""
  const organization = request.headers.authorization?.slice("Bearer ".length) ?? ""
  if (request.method === "GET") {
    if (url.startsWith("/scim/v2/Users/")) {
      const [row] = await reads("get", [organization, url.slice("/scim/v2/Users/".length)])
      return row === undefined ? send(response, 404) : send(response, 200, row[0] ?? "")
    }
    if (url === "/health/ready") return send(response, 200, "{}")
    const query = new URLSearchParams(url.slice(url.indexOf("?")))
    const filter = query.get("filter")
    if (filter !== null) {
      const userName = filter.slice('userName eq "'.length, -1).toLowerCase()
      const rows = await reads("filter", [organization, userName])
      return send(response, 200, listResponse(String(rows.length), rows[0]?.[0] ?? ""))
    }
    const offset = Number(query.get("startIndex")) - 1
    const [row] = await reads("list", [organization, Number(query.get("count")), offset])
    return send(response, 200, listResponse(row?.[0] ?? "0", row?.[1] ?? ""))
  }
  const text = await readBody(request)
  if (request.method === "POST") {
    const user = JSON.parse(text) as { readonly userName: string }
    const id = randomUUID()
    const body = storedUser(id, text)
    const userName = user.userName.toLowerCase()
    const created = event("user.created", id, `{"userName":"${userName}","active":true}`)
    await writes("post", [organization, id, userName, body, logEntry("create", id, text), created])
    return send(response, 201, body)
  }
  const value = (JSON.parse(text) as PatchOp).Operations[0].value
  if (url.startsWith("/scim/v2/Groups/")) {
    const id = url.slice("/scim/v2/Groups/".length)
    const member = (value as readonly [{ readonly value: string }])[0].value
    const changed = event("group.changed", id, `{"added":["${member}"]}`)
    await writes("member", [organization, id, member, logEntry("patch", id, text), changed])
    return send(response, 204)
  }
  const id = url.slice("/scim/v2/Users/".length)
  const changed = event("user.changed", id, `{"title":${JSON.stringify(value)}}`)
  const [row] = await writes("patch", [organization, id, JSON.stringify(value), logEntry("patch", id, text), changed])
  return row === undefined ? send(response, 404) : send(response, 200, row[0] ?? "")
}

const serve = async (): Promise<void> => {
  const url = process.env.DATABASE_URL
  if (url === undefined) throw new Error("DATABASE_URL is not set")
  const setup = new pg.Client({ connectionString: url })
  await setup.connect()
  await setup.query(schema)
  await setup.end()
  const pipeline = process.env.FLOOR_PIPELINE ?? "reads"
  const connect = (inPipeline: boolean, connections: number): Promise<Run> | Run =>
    inPipeline ? pipelined(url, connections) : pooled(url, connections)
  const reads = await connect(pipeline !== "none", Number(process.env.FLOOR_READERS ?? 2))
  const writes = await connect(pipeline === "all", Number(process.env.FLOOR_WRITERS ?? 10))
  const server = createServer((request, response) => {
    answer(reads, writes, request, response).catch((error: unknown) => {
      const taken = error instanceof pg.DatabaseError && error.code === "23505"
      send(response, taken ? 409 : 500, JSON.stringify({ detail: String(error) }))
    })
  })
  server.listen(Number(process.env.PORT), "127.0.0.1")
  // The connections need no farewell: the database outlives a client that goes away.
  process.once("SIGTERM", () => process.exit(0))
  // Forked by the harness: when that is gone, however it ended, so is the floor.
  process.once("disconnect", () => process.exit(0))
}

if (import.meta.main) await serve()
