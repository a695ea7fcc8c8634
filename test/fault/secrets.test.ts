import pg from "pg"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { openDatabase } from "../support/Databases.ts"
import type { CreatedOrganization } from "../support/RollcallCli.ts"
import { createOrganizationHere } from "../support/RollcallHere.ts"
import { type RunningServer, startServer } from "../support/RunningServer.ts"
import { scim } from "../support/ScimClient.ts"

/** What must turn up nowhere: each stands for a kind of secret that a request can carry. */
const password = "c0rrect-Horse-93"
const hidden = "hidden-Battery-71"
const asked = "asked.for@haldenrobotics.example"

describe("secrets stay out of logs, answers and tables (R-MAIL-2, R-LOG-1)", () => {
  let database: Awaited<ReturnType<typeof openDatabase>>
  let organization: CreatedOrganization
  let server: RunningServer

  beforeAll(async () => {
    database = await openDatabase("postgresql")
    organization = await createOrganizationHere(database.env, { subdomain: "secrets", preset: "rfc" })
    server = await startServer({ env: { ...database.env, LOG_LEVEL: "trace" } })
  }, 120_000)

  afterAll(async () => {
    await server?.stop()
    await database?.drop()
  })

  it("a password, a value of an unknown attribute and a token are in no answer, no log line and no table", async () => {
    const client = scim(`${server.baseUrl}/scim/v2`, organization.scimToken)
    const answers = [
      await client.request({
        method: "POST",
        path: "/Users",
        body: { userName: "ines@haldenrobotics.example", password, passwordProfile: { password: hidden } }
      })
    ]
    const id = answers[0]?.string("id")
    const patch = (operation: object) =>
      client.request({
        method: "PATCH",
        path: `/Users/${id}`,
        body: { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: [operation] }
      })
    answers.push(await patch({ op: "replace", path: "password", value: password }))
    answers.push(await patch({ op: "replace", value: { password, "passwordProfile.password": hidden } }))
    // Refused: the reasons must not repeat what was sent.
    answers.push(await patch({ op: "replace", path: "password", value: { password } }))
    answers.push(await client.request({ method: "POST", path: "/Users", rawBody: `{"password":"${password}",}` }))
    answers.push(await client.request({ method: "GET", path: `/Users?filter=password%20eq%20%22${password}%22` }))
    // Personal data in a query string is not written down either.
    answers.push(await client.request({ method: "GET", path: `/Users?filter=userName%20eq%20%22${asked}%22` }))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 200, 200, 400, 400, 400, 200]
    )
    for (const { text } of answers) for (const secret of [password, hidden]) assert.notInclude(text, secret)

    const output = server.output()
    assert.include(output, "/scim/v2/Users", "the log tells of requests at all")
    for (const secret of [password, hidden, asked, organization.scimToken, organization.apiKey]) {
      assert.notInclude(output, secret)
    }

    const connection = new pg.Client(database.env.DATABASE_URL)
    await connection.connect()
    try {
      const tables = await connection.query<{ name: string }>(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
      )
      assert.isAtLeast(tables.rows.length, 8)
      for (const { name } of tables.rows) {
        const { rows } = await connection.query<{ line: string }>(`SELECT t::text AS line FROM ${name} t`)
        for (const { line } of rows) {
          for (const secret of [password, hidden, organization.scimToken, organization.apiKey]) {
            assert.notInclude(line, secret, name)
          }
        }
      }
    } finally {
      await connection.end()
    }
  })
})
