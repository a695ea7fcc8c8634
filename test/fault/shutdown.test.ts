import { get } from "node:http"
import { connect } from "node:net"
import { afterEach, assert, describe, it } from "vitest"
import { openDatabase, type TestDatabase } from "../support/Databases.ts"
import type { CreatedOrganization } from "../support/RollcallCli.ts"
import { createOrganizationHere } from "../support/RollcallHere.ts"
import { type RunningServer, startServer } from "../support/RunningServer.ts"
import { type ScimClient, scim } from "../support/ScimClient.ts"
import { ledgerFaults, readLedger } from "./Ledger.ts"
import { statuses, USER } from "./Replicas.ts"
import { whileLocked } from "./RowLock.ts"
import { type LoadResult, listNames, startLoad } from "./WriteLoad.ts"

const WRITERS = 16

/** What is answered to a connection of its own, or why there is none. */
const probe = (url: string): Promise<number | string> =>
  new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    }).on("error", (error) => resolve("code" in error ? String(error.code) : error.message))
  })

const isAnswer = (outcome: number | string): outcome is number => typeof outcome === "number"

/** Asks for it again and again until this is the outcome. */
const until = async (url: string, wanted: (outcome: number | string) => boolean): Promise<void> => {
  while (!wanted(await probe(url)));
}

describe("the end of a server", () => {
  const endings: Array<() => unknown> = []

  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end()
  })

  const start = async (database: TestDatabase, env: Readonly<Record<string, string>> = {}): Promise<RunningServer> => {
    const server = await startServer({ env: { LOG_LEVEL: "warn", ...database.env, ...env } })
    endings.push(() => server.stop("SIGKILL"))
    return server
  }

  const open = async (kind: "postgresql" | "embedded"): Promise<readonly [TestDatabase, CreatedOrganization]> => {
    const database = await openDatabase(kind)
    endings.push(database.drop)
    return [database, await createOrganizationHere(database.env, { subdomain: "fjordhold" })]
  }

  const clientOf = (server: RunningServer, organization: CreatedOrganization): ScimClient => {
    const client = scim(`${server.baseUrl}/scim/v2`, organization.scimToken)
    endings.push(() => client.close())
    return client
  }

  /** Starts anew on what the last server left, and looks what is there. */
  const insistNothingLost = async (database: TestDatabase, organization: CreatedOrganization, load: LoadResult) => {
    const client = clientOf(await start(database), organization)
    const there = new Set(await listNames(client))
    assert.deepStrictEqual(
      load.acknowledged.filter((name) => !there.has(name)),
      [],
      "every write that was answered is there"
    )
    const sent = new Set(load.attempted)
    assert.deepStrictEqual(
      [...there].filter((name) => !sent.has(name)),
      []
    )
    const after = await client.request({
      method: "POST",
      path: "/Users",
      body: { schemas: [USER], userName: "after@fjordhold.example" }
    })
    assert.strictEqual(after.status, 201, after.text)
    const url = database.env.DATABASE_URL
    if (url !== undefined) assert.deepStrictEqual(ledgerFaults(await readLedger(url, "fjordhold")), [])
  }

  for (const kind of ["postgresql", "embedded"] as const) {
    describe(kind === "postgresql" ? "on PostgreSQL 15" : "on the embedded database", () => {
      it(`ABUSE-40: SIGTERM under load fails readiness first, goes on serving, and loses no write (${kind})`, async () => {
        const [database, organization] = await open(kind)
        // Long enough for what is done meanwhile, on a machine on which others work, too.
        const server = await start(database, { DRAIN_SECONDS: "10" })
        const client = clientOf(server, organization)
        const load = startLoad(client, "term", WRITERS)
        await load.acknowledged(3 * WRITERS)
        process.kill(server.pid, "SIGTERM")
        await until(`${server.baseUrl}/health/ready`, (outcome) => outcome === 503)
        assert.strictEqual(await probe(`${server.baseUrl}/health/live`), 200)
        // Balancers have yet to notice: who still comes is served, on connections old and new.
        await load.acknowledged(1)
        // And learns to come over another connection next time, so that none is cut while somebody sends on it.
        const { headers } = await client.request({ method: "GET", path: "/ServiceProviderConfig" })
        assert.strictEqual(headers.connection, "close")
        const code = await server.exited
        const result = await load.ended
        assert.strictEqual(code, 0, server.output())
        assert.deepStrictEqual(statuses(result.others), {}, "a request is carried out or not taken")
        for (const failure of result.failures) assert.include(["ECONNREFUSED", "ECONNRESET", "EPIPE"], failure)
        await insistNothingLost(database, organization, result)
      }, 120_000)

      it(`ABUSE-40: SIGKILL under load loses no write that was answered (${kind})`, async () => {
        const [database, organization] = await open(kind)
        const server = await start(database)
        const load = startLoad(clientOf(server, organization), "kill", WRITERS)
        await load.acknowledged(3 * WRITERS)
        await server.stop("SIGKILL")
        const result = await load.ended
        assert.deepStrictEqual(statuses(result.others), {})
        await insistNothingLost(database, organization, result)
      }, 120_000)
    })
  }

  it("ABUSE-40: requests in flight at SIGTERM finish after the listener has closed", async () => {
    const [database, organization] = await open("postgresql")
    const server = await start(database)
    const client = clientOf(server, organization)
    const names = Array.from({ length: 12 }, (_, index) => `flight${index}@fjordhold.example`)
    // Connections that are idle when the signal comes keep nobody waiting either.
    await Promise.all(names.map(() => client.request({ method: "GET", path: "/Users" })))
    const answers = await whileLocked(database.env.DATABASE_URL ?? "", "fjordhold", async (untilWaiting) => {
      const started = names.map((userName) =>
        client.request({ method: "POST", path: "/Users", body: { schemas: [USER], userName } })
      )
      await untilWaiting(1)
      process.kill(server.pid, "SIGTERM")
      await until(`${server.baseUrl}/health/ready`, (outcome) => !isAnswer(outcome))
      return started
    })
    assert.deepStrictEqual(statuses(answers), { 201: names.length })
    // The client keeps its connections open, and would for a minute: the server does not wait for that.
    assert.strictEqual(await server.exited, 0, server.output())
    await insistNothingLost(database, organization, {
      acknowledged: names,
      attempted: names,
      others: [],
      failures: []
    })
  }, 120_000)

  it("ABUSE-40: clients that never pause on their connections do not keep a server that was told to end", async () => {
    const [database, organization] = await open("postgresql")
    // Without a drain nobody was warned: they find out by their answers.
    const server = await start(database, { SHUTDOWN_SECONDS: "60" })
    const client = clientOf(server, organization)
    const load = startLoad(client, "busy", WRITERS)
    await load.acknowledged(WRITERS)
    process.kill(server.pid, "SIGTERM")
    const result = await load.ended
    assert.strictEqual(await server.exited, 0, server.output())
    assert.deepStrictEqual(statuses(result.others), {})
    await insistNothingLost(database, organization, result)
  }, 50_000)

  it("ABUSE-40: clients that never finish, or never read, do not keep a server longer than SHUTDOWN_SECONDS", async () => {
    const [database, organization] = await open("postgresql")
    const server = await start(database, { SHUTDOWN_SECONDS: "1" })
    const head = ["POST /scim/v2/Users HTTP/1.1", "Host: localhost", `Authorization: Bearer ${organization.scimToken}`]
    const beginnings = [`${head.join("\r\n")}\r\nContent-Length: 100\r\n\r\n{`, `${head.join("\r\n")}\r\nX-Lo`]
    const cut = beginnings.map((beginning) => {
      const socket = connect(server.port, "127.0.0.1")
      endings.push(() => socket.destroy())
      socket.resume().write(beginning)
      return new Promise((resolve) => socket.on("error", resolve).once("close", resolve))
    })
    // And one that asks for megabytes and reads none of them.
    const deaf = connect(server.port, "127.0.0.1")
    endings.push(() => deaf.destroy())
    const ask = `GET /scim/v2/Schemas HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${organization.scimToken}\r\n\r\n`
    deaf.on("error", () => undefined).write(ask.repeat(1_000))
    // The beginnings have arrived once a request that was sent after them is answered.
    await until(`${server.baseUrl}/health/live`, (outcome) => outcome === 200)
    process.kill(server.pid, "SIGTERM")
    assert.strictEqual(await server.exited, 0, server.output())
    await Promise.all(cut)
  }, 60_000)
})
