import { Client } from "pg"
import { afterEach, assert, describe, it } from "vitest"
import { openDatabase, type TestDatabase } from "../support/Databases.ts"
import { type LoopbackMailServer, type LoopbackOptions, startMailServer } from "../support/LoopbackMailServer.ts"
import type { CreatedOrganization } from "../support/RollcallCli.ts"
import { createOrganizationHere } from "../support/RollcallHere.ts"
import { type RunningServer, startServer } from "../support/RunningServer.ts"
import { scim } from "../support/ScimClient.ts"
import { inParallel, USER } from "./Replicas.ts"

/** What a test has opened, closed in the opposite order. */
const opened: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close()
})

interface Company {
  readonly database: TestDatabase
  readonly organization: CreatedOrganization
  readonly mails: LoopbackMailServer
  start(): Promise<RunningServer>
  query(text: string): Promise<ReadonlyArray<Record<string, unknown>>>
}

const openCompany = async (mailServer: LoopbackOptions): Promise<Company> => {
  const database = await openDatabase("postgresql")
  opened.push(() => database.drop())
  const mails = await startMailServer(mailServer)
  opened.push(() => mails.close())
  const organization = await createOrganizationHere(database.env, { subdomain: "fjordhold", name: "Fjordhold" })
  const env = { ...database.env, SMTP_URL: `smtp://127.0.0.1:${mails.port}`, MAIL_FROM: "hr@fjordhold.example" }
  return {
    database,
    organization,
    mails,
    start: async () => {
      const server = await startServer({ env })
      opened.push(() => server.stop())
      return server
    },
    query: async (text) => {
      const client = new Client({ connectionString: database.env.DATABASE_URL })
      await client.connect()
      try {
        return (await client.query(text)).rows
      } finally {
        await client.end()
      }
    }
  }
}

/** Has an identity provider make so many people, and gives their addresses. */
const hire = async (server: RunningServer, { scimToken }: CreatedOrganization, count: number) => {
  const client = scim(`${server.baseUrl}/scim/v2`, scimToken)
  const addresses = Array.from({ length: count }, (_, i) => `person-${i}@fjordhold.example`)
  const answers = await inParallel(count, (i) =>
    client.request({
      method: "POST",
      path: "/Users",
      body: { schemas: [USER], userName: addresses[i], emails: [{ value: addresses[i], primary: true }] }
    })
  )
  client.close()
  for (const answer of answers) assert.strictEqual(answer.status, 201, answer.text)
  return addresses
}

const states = "SELECT state, attempts, claim_token IS NOT NULL AS claimed FROM outbox_mail ORDER BY key"

describe("e-mails of real servers", () => {
  it("everybody hired is welcomed once, by two servers in front of one database (R-MAIL-1, R-MAIL-3)", async () => {
    const company = await openCompany({})
    const [server, other] = [await company.start(), await company.start()]
    const addresses = await hire(server, company.organization, 30)
    await company.mails.until(30)
    await Promise.all([server.stop(), other.stop()])
    assert.deepStrictEqual(company.mails.received.flatMap(({ to }) => to).toSorted(), addresses.toSorted())
    assert.deepStrictEqual(
      new Set(company.mails.received.map(({ email }) => email.subject)),
      new Set(["Welcome to Rollcall"])
    )
    assert.deepStrictEqual(
      await company.query(states),
      addresses.map(() => ({ state: "sent", attempts: 1, claimed: false }))
    )
  })

  it("a link to choose a password is in the e-mail, and nowhere in the outbox or the log (R-MAIL-1)", async () => {
    const company = await openCompany({})
    const server = await company.start()
    await hire(server, company.organization, 1)
    await company.mails.until(1)
    await server.stop()
    const token = /\/password\/(\S+)/.exec(company.mails.received[0]?.email.text ?? "")?.[1] ?? ""
    assert.isAbove(token.length, 20)
    for (const table of ["outbox_mail", "event", "log_entry", "user_account", "password_link"]) {
      const rows = await company.query(`SELECT * FROM ${table}`)
      assert.isNotEmpty(rows, table)
      assert.notInclude(JSON.stringify(rows), token, table)
    }
    assert.notInclude(server.output(), token)
  })

  it("killed between the mail server's acceptance and the commit: no welcome is lost, and the repeat is the same message (ABUSE-36)", async () => {
    const doomed: { server?: RunningServer } = {}
    const company = await openCompany({
      onMessage: async () => {
        // The mail server has the message; its word that it does reaches nobody any more.
        const { server } = doomed
        delete doomed.server
        await server?.stop("SIGKILL")
        return undefined
      }
    })
    const server = await company.start()
    doomed.server = server
    await hire(server, company.organization, 1)
    await company.mails.until(1)
    assert.isNull(await server.exited)
    assert.deepStrictEqual(await company.query(states), [{ state: "pending", attempts: 1, claimed: true }])

    // The claim of the killed server ends.
    await company.query("UPDATE outbox_mail SET due_at = now() - interval '1 second'")
    const next = await company.start()
    await company.mails.until(2)
    await next.stop()
    const ids = company.mails.received.map(({ email }) => email.messageId)
    assert.lengthOf(ids, 2)
    assert.strictEqual(new Set(ids).size, 1)
    assert.deepStrictEqual(await company.query(states), [{ state: "sent", attempts: 2, claimed: false }])
  })

  it("told to stop under load, a server leaves no claim, and the next one sends what is left, each once (ABUSE-40)", async () => {
    const company = await openCompany({})
    const server = await company.start()
    const addresses = await hire(server, company.organization, 200)
    await company.mails.until(3)
    assert.strictEqual(await server.stop(), 0)
    const claims = await company.query("SELECT key FROM outbox_mail WHERE claim_token IS NOT NULL")
    assert.deepStrictEqual(claims, [])
    const next = await company.start()
    await company.mails.until(200)
    await next.stop()
    assert.deepStrictEqual(company.mails.received.flatMap(({ to }) => to).toSorted(), addresses.toSorted())
  })

  it("without SMTP_URL the server says that e-mails are kept; a wrong one stops the start in one line", async () => {
    const database = await openDatabase("postgresql")
    opened.push(() => database.drop())
    const refused = await startServer({ env: { ...database.env, SMTP_URL: "https://user:hunter2@mail" } }).then(
      () => "started",
      (error: Error) => error.message
    )
    assert.include(refused, "rollcall: SMTP_URL is no address of a mail server.")
    assert.notInclude(refused, "hunter2")
    const server = await startServer({ env: database.env })
    opened.push(() => server.stop())
    assert.include(server.output(), "E-mails are kept in the outbox")
  })
})
