import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import type { RunningPostgres } from "../support/Postgres.ts"
import { createOrganization, rollcall } from "../support/RollcallCli.ts"
import { type RunningServer, startServer } from "../support/RunningServer.ts"
import { type ScimClient, scim } from "../support/ScimClient.ts"
import { millis, whole } from "./Job.ts"
import { personJson } from "./Person.ts"
import { runProgram } from "./Program.ts"
import { writeStaffFile } from "./StaffFile.ts"

const subdomain = "beside"

/** People who are there before, and are read meanwhile. */
const residents = 200

/** Between the answer of a request and the next one, in milliseconds: somebody who looks, not a load. */
const pause = 20

/** Bytes of a part of a file that is sent to the Public API. */
const partSize = 512 * 1_024

/** Milliseconds that each request took, sorted. */
type Latencies = ReadonlyArray<number>

const at = (latencies: Latencies, share: number): string =>
  millis(latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN)

const shown = (latencies: Latencies): string =>
  `p50 ${at(latencies, 0.5)}, p99 ${at(latencies, 0.99)}, longest ${at(latencies, 1)} ms of ${whole(latencies.length)}`

/** What a SCIM client of a server meets with while something else goes on there. */
const clientOf = async (server: RunningServer, token: string) => {
  const client = scim(`${server.baseUrl}/scim/v2`, token)
  const posted = async (series: string, n: number): Promise<string> => {
    const response = await client.request({ method: "POST", path: "/Users", rawBody: personJson(series, n) })
    if (response.status !== 201) throw new Error(`POST answered ${response.status}: ${response.text}`)
    return response.string("id")
  }
  const ids: Array<string> = []
  for (let n = 0; n < residents; n++) ids.push(await posted("resident", n))
  const get = async (turn: number): Promise<void> => {
    const response = await client.request({ method: "GET", path: `/Users/${ids[turn % ids.length] ?? ""}` })
    if (response.status !== 200) throw new Error(`GET answered ${response.status}: ${response.text}`)
  }
  return { client, get, post: async (series: string, turn: number) => void (await posted(series, turn)) }
}

/** Asks again and again, one request after the other, until it is over. */
const askUntil = async (isOver: () => boolean, ask: (turn: number) => Promise<void>): Promise<Latencies> => {
  const latencies: Array<number> = []
  for (let turn = 0; !isOver(); turn++) {
    const begun = performance.now()
    await ask(turn)
    latencies.push(performance.now() - begun)
    await delay(pause)
  }
  return latencies.sort((left, right) => left - right)
}

/** Requests while something is done, next to the same requests before. */
const measure = async (client: Awaited<ReturnType<typeof clientOf>>, work: () => Promise<string>) => {
  const quietUntil = performance.now() + 3_000
  const isLoud = () => performance.now() > quietUntil
  const quiet = await Promise.all([
    askUntil(isLoud, client.get),
    askUntil(isLoud, (turn) => client.post("quiet", turn))
  ])
  let isOver = false
  const begun = performance.now()
  const [told, get, post] = await Promise.all([
    work().finally(() => {
      isOver = true
    }),
    askUntil(() => isOver, client.get),
    askUntil(
      () => isOver,
      (turn) => client.post("meanwhile", turn)
    )
  ])
  return { told, ms: performance.now() - begun, quiet, get, post }
}

const text = (value: unknown): string => JSON.stringify(value).slice(0, 2_000)

/** Imports through the program, and gives how long its batches took. */
const byProgram = async (file: string, env: Readonly<Record<string, string>>, people: number): Promise<string> => {
  const { answer, cpu, marks, peak } = await runProgram(["import", file, "--org", subdomain], env)
  if (answer.created !== people) throw new Error(`the import beside requests came to ${text(answer)}`)
  const batches = marks.map((mark, i) => mark.at - (marks[i - 1]?.at ?? mark.at)).slice(1)
  const sorted = batches.sort((left, right) => left - right)
  return `its batches p50 ${at(sorted, 0.5)}, p99 ${at(sorted, 0.99)}, longest ${at(sorted, 1)} ms; the program took ${whole(peak / 1_048_576)} MB and ${whole(cpu / people)} µs a row`
}

/** Imports by the Public API of a server. */
const byPublicApi = async (file: string, server: RunningServer, apiKey: string, people: number): Promise<string> => {
  const ask = async (
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    type?: string
  ): Promise<Record<string, unknown>> => {
    const response = await fetch(`${server.baseUrl}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...(type === undefined ? {} : { "content-type": type }) },
      ...(body === undefined ? {} : { body })
    })
    const answer: unknown = await response.json()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text(answer)}`)
    return typeof answer === "object" && answer !== null ? { ...answer } : {}
  }
  const bytes = await readFile(file)
  const { id } = await ask(
    "POST",
    "/import-files",
    JSON.stringify({ name: "people.csv", size: bytes.length }),
    "application/json"
  )
  for (let from = 0; from < bytes.length; from += partSize) {
    const part = bytes.subarray(from, from + partSize)
    await ask("PUT", `/import-files/${String(id)}/parts/${from}`, Uint8Array.from(part), "application/octet-stream")
  }
  const begun = performance.now()
  await ask("POST", `/import-files/${String(id)}/run`, "{}", "application/json")
  for (;;) {
    await delay(500)
    const { task } = await ask("GET", `/import-files/${String(id)}`)
    const { counts, state } =
      typeof task === "object" && task !== null ? { counts: undefined, state: undefined, ...task } : {}
    if (state !== "ended" && state !== "failed") continue
    if (state !== "ended" || !text(counts).includes(`"created":${people}`))
      throw new Error(`the task came to ${text(task)}`)
    return `${whole((people / (performance.now() - begun)) * 1_000)} rows/s when it was sent`
  }
}

interface Beside {
  readonly remarks: ReadonlyArray<string>
  readonly failures: ReadonlyArray<string>
}

/**
 * What SCIM requests to one organisation wait while people are imported into it: by a command line on the same
 * PostgreSQL, by the server itself, and by a server that holds an embedded database.
 */
export const measureBeside = async (
  postgres: RunningPostgres,
  { people, say }: { readonly people: number; readonly say: (line: string) => void }
): Promise<Beside> => {
  const directory = await mkdtemp(join(tmpdir(), "rollcall-bench-beside-"))
  const remarks: Array<string> = []
  const failures: Array<string> = []
  const file = join(directory, "people.csv")
  const run = async (
    what: string,
    env: Readonly<Record<string, string>>,
    work: (server: RunningServer, apiKey: string) => Promise<string>
  ): Promise<void> => {
    const server = await startServer({
      env: { ...env, LOG_LEVEL: "warn", RATE_LIMIT_ORGANIZATION: "0", RATE_LIMIT_KEY: "0" }
    })
    let client: ScimClient | undefined
    try {
      const { apiKey, scimToken } = await createOrganization(env, { subdomain })
      await rollcall(["org", "allow-csv", subdomain], env)
      const asking = await clientOf(server, scimToken)
      client = asking.client
      const { get, ms, post, quiet, told } = await measure(asking, () => work(server, apiKey))
      const [quietGet, quietPost] = quiet
      remarks.push(
        `${whole(people)} people ${what}: ${whole((people / ms) * 1_000)} rows/s beside requests; ${told}`,
        `  GET by id: ${shown(get)}; before: ${shown(quietGet)}`,
        `  POST: ${shown(post)}; before: ${shown(quietPost)}`
      )
    } catch (error) {
      failures.push(
        `${what}: ${error instanceof Error ? error.message : String(error)}\n${server.output().slice(-2_000)}`
      )
    } finally {
      client?.close()
      await server.stop()
    }
    say(`import: measured beside requests: ${what}`)
  }
  try {
    await writeStaffFile(file, "staff", people)
    const env = async () => ({ DATABASE_URL: (await postgres.createDatabase()).url })
    const first = await env()
    await run("by the command line on the same PostgreSQL", first, () => byProgram(file, first, people))
    await run("by the server on PostgreSQL", await env(), (server, key) => byPublicApi(file, server, key, people))
    const embedded = { DATA_DIR: join(directory, "data") }
    await run("by the server on its embedded database", embedded, () => byProgram(file, embedded, people))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  return { remarks, failures }
}
