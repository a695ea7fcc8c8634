import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { wrongErrorBody } from "../property/BadInputLaw.ts"
import type { TestDatabase } from "../support/Databases.ts"
import { type RunningPostgres, startPostgres } from "../support/Postgres.ts"
import type { ScimResponse } from "../support/ScimClient.ts"
import { scim } from "../support/ScimClient.ts"
import { settledFaults, withDatabase } from "./Ledger.ts"
import { makeGroup, makePeople, type Replicas, type ReplicatedOrganization, startReplicas, USER } from "./Replicas.ts"
import { whileLocked } from "./RowLock.ts"
import { type LoadResult, listNames, startLoad } from "./WriteLoad.ts"

const WRITERS = 16

describe("a database that goes away while two servers run", () => {
  let postgres: RunningPostgres
  let replicas: Replicas
  let organization: ReplicatedOrganization

  beforeAll(async () => {
    // What was answered must survive the crash of the database, too: so it writes to its log as in production.
    postgres = await startPostgres({ durable: true })
    const { drop, url } = await postgres.createDatabase()
    const database: TestDatabase = { kind: "postgresql", env: { DATABASE_URL: url }, drop }
    replicas = await startReplicas({
      database,
      organizations: [{ subdomain: "fjordhold" }],
      env: { LOG_LEVEL: "fatal" }
    })
    organization = replicas.organization("fjordhold")
  })

  afterAll(async () => {
    await replicas?.stop()
    await postgres?.stop()
  })

  const health = async (which: "live" | "ready"): Promise<ReadonlyArray<number>> => {
    const answers = await Promise.all(
      replicas.servers.map((server) =>
        scim(server.baseUrl, undefined, { keepAlive: false }).request({ method: "GET", path: `/health/${which}` })
      )
    )
    return answers.map((answer) => answer.status)
  }

  const untilHealth = async (which: "live" | "ready", status: number): Promise<void> => {
    while ((await health(which)).some((one) => one !== status));
  }

  const insistUnavailable = (answer: ScimResponse) => {
    assert.strictEqual(answer.status, 503, answer.text)
    assert.isUndefined(wrongErrorBody(503, answer.body), answer.text)
    assert.match(String(answer.headers["content-type"]), /^application\/scim\+json/)
    assert.match(String(answer.headers["retry-after"]), /^[1-9]\d*$/)
  }

  /** What was answered is there, nothing is that nobody sent, and nothing is half-written. */
  const insistWhole = async (results: ReadonlyArray<LoadResult>) => {
    const [client] = organization.clients
    if (client === undefined) throw new Error("no server was started")
    const there = new Set(await listNames(client))
    for (const { acknowledged, failures, others } of results) {
      assert.deepStrictEqual(failures, [], "every request is answered")
      others.forEach(insistUnavailable)
      const lost = acknowledged.filter((name) => !there.has(name))
      assert.deepStrictEqual(lost, [])
    }
    assert.deepStrictEqual((await settledFaults(replicas.databaseUrl, organization)).faults, [])
  }

  const startLoads = (prefix: string) =>
    organization.clients.map((client, index) => startLoad(client, `${prefix}${index}-`, WRITERS, { persistent: true }))

  it("answers 503 with Retry-After while PostgreSQL is down, and recovers without a restart (R-SCIM-5)", async () => {
    const [id = ""] = await makePeople(organization, "known", 1)
    const group = await makeGroup(organization, "Known", [id])
    const loads = startLoads("crash")
    await Promise.all(loads.map((load) => load.acknowledged(2 * WRITERS)))
    await postgres.crash()
    await untilHealth("ready", 503)
    assert.deepStrictEqual(await health("live"), [200, 200], "the process needs no restart")
    const body = { schemas: [USER], userName: "meanwhile@fjordhold.example" }
    const requests = [
      { method: "POST", path: "/Users", body },
      { method: "PUT", path: `/Users/${id}`, body },
      { method: "DELETE", path: `/Users/${id}` },
      { method: "GET", path: `/Users/${id}` },
      { method: "GET", path: "/Users" },
      { method: "GET", path: `/Groups/${group}` },
      { method: "GET", path: "/Users/not-an-id" }
    ]
    for (const client of organization.clients) {
      for (const request of requests) {
        const answer = await client.request(request)
        // A refusal that needs no database stands although its log entry cannot be written.
        if (request.path === "/Users/not-an-id" && answer.status === 404) continue
        insistUnavailable(answer)
      }
      const stranger = await client.request({
        method: "GET",
        path: "/Users",
        headers: { Authorization: `Bearer ${"x".repeat(30)}` }
      })
      insistUnavailable(stranger)
    }
    await postgres.restart()
    await untilHealth("ready", 200)
    await Promise.all(loads.map((load) => load.acknowledged(WRITERS)))
    const results = await Promise.all(loads.map((load) => load.stop()))
    for (const { others } of results) assert.isAbove(others.length, 0, "the load met the outage")
    await insistWhole(results)
    const read = await organization.request({ method: "GET", path: `/Users/${id}` })
    assert.strictEqual(read.status, 200, "who was refused with 503 before the request was carried out changed nothing")
  }, 120_000)

  it("carries out or refuses whole what was in flight when the sessions were cut off", async () => {
    const loads = startLoads("cut")
    for (let round = 0; round < 5; round++) {
      await Promise.all(loads.map((load) => load.acknowledged(WRITERS)))
      await withDatabase(replicas.databaseUrl, (client) =>
        client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()`)
      )
    }
    await Promise.all(loads.map((load) => load.acknowledged(WRITERS)))
    await insistWhole(await Promise.all(loads.map((load) => load.stop())))
    assert.deepStrictEqual(await health("ready"), [200, 200])
  }, 120_000)

  it("answers 503 and writes nothing where the sessions are cut off before the write", async () => {
    const answers = await whileLocked(replicas.databaseUrl, "fjordhold", async (untilWaiting) => {
      const started = organization.clients.map((client, index) =>
        client.request({
          method: "POST",
          path: "/Users",
          body: { schemas: [USER], userName: `cut-off${index}@fjordhold.example` }
        })
      )
      await untilWaiting(2)
      await withDatabase(replicas.databaseUrl, (client) =>
        client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'`)
      )
      return started
    })
    answers.forEach(insistUnavailable)
    const found = await organization.request({ method: "GET", path: "/Users?filter=userName%20sw%20%22cut-off%22" })
    assert.strictEqual(found.at("totalResults"), 0, found.text)
    assert.deepStrictEqual((await settledFaults(replicas.databaseUrl, organization)).faults, [])
  })

  it("answers 503 where the organisation's row stays locked by somebody else, and goes on afterwards", async () => {
    const post = (userName: string) =>
      organization.request({ method: "POST", path: "/Users", body: { schemas: [USER], userName } })
    // Beyond lock_timeout (10 s): no client waits for ever.
    const answers = await whileLocked(replicas.databaseUrl, "fjordhold", async (untilWaiting) => {
      const started = [post("patient1@fjordhold.example"), post("patient2@fjordhold.example")]
      await untilWaiting(2)
      await Promise.all(started)
      return started
    })
    answers.forEach(insistUnavailable)
    assert.strictEqual((await post("patient1@fjordhold.example")).status, 201)
  }, 60_000)
})
