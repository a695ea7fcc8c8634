import pg from "pg"
import { afterAll, assert, beforeAll, it } from "vitest"
import { describeOnBothDatabases, type ServerWithOrganizations, type TestOrganization } from "../support/Databases.ts"
import { type LoopbackMailServer, type Received, startMailServer } from "../support/LoopbackMailServer.ts"

const chosen = "seven grey herons"
const sent = "Holdfast-Quarry-58"

/** The link in an e-mail, as a person would follow it. */
const linkIn = ({ email }: Received | undefined = { email: {} } as Received): string => {
  const link = /http:\/\/\S+\/password\/[A-Za-z0-9_-]{64}/.exec(email.text ?? "")?.[0]
  if (link === undefined) throw new Error(`no link in ${email.subject}:\n${email.text}`)
  return link
}

const titleOf = async (response: Response): Promise<string> =>
  `${response.status} ${/<h1>([^<]*)<\/h1>/.exec(await response.text())?.[1] ?? ""}`

const open = (link: string) => fetch(link, { redirect: "manual" }).then(titleOf)

const save = (link: string, password: string) =>
  fetch(link, { method: "POST", body: new URLSearchParams({ password }), redirect: "manual" }).then(titleOf)

describeOnBothDatabases("passwords from the mail to the page", (database) => {
  let mail: LoopbackMailServer
  let server: ServerWithOrganizations
  let organization: TestOrganization

  beforeAll(async () => {
    mail = await startMailServer()
    server = await database.start({
      organizations: [{ subdomain: "quarry", name: "Quarry & Sons", preset: "rfc" }],
      env: { SMTP_URL: `smtp://127.0.0.1:${mail.port}`, MAIL_FROM: "no-reply@rollcall.example", LOG_LEVEL: "trace" }
    })
    organization = server.organization("quarry")
  }, 120_000)

  afterAll(async () => {
    await mail?.close()
  })

  const request = async (method: string, path: string, body: unknown) => {
    const response = await organization.scim.request({ method, path, body })
    assert.include([200, 201], response.status, response.text)
    assert.notInclude(response.text, sent)
    return response.string("id")
  }
  const body = (name: string, more: object = {}) => ({
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    userName: `${name}@quarry.example`,
    emails: [{ value: `${name}@quarry.example`, primary: true }],
    ...more
  })
  const patch = (id: string, operation: object) =>
    request("PATCH", `/Users/${id}`, {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
      Operations: [operation]
    })
  /** Waits for the next mail to a person that is not among those seen. */
  const seen = new Set<Received>()
  const nextTo = async (name: string): Promise<Received> => {
    for (;;) {
      const found = mail.received.find((one) => !seen.has(one) && one.to.includes(`${name}@quarry.example`))
      if (found !== undefined) {
        seen.add(found)
        return found
      }
      await mail.until(mail.received.length + 1)
    }
  }

  it("the link of the welcome mail sets the password once, by one of two at the same time (R-MAIL-1, ABUSE-25)", async () => {
    await request("POST", "/Users", body("odile", { password: sent }))
    const link = linkIn(await nextTo("odile"))
    assert.strictEqual(await open(link), "200 Set your password")
    assert.strictEqual(await save(link, "short"), "400 Set your password")
    assert.strictEqual(await save(link, "Odile@Quarry.example"), "400 Set your password")
    const both = await Promise.all([save(link, `${chosen} one`), save(link, `${chosen} two`)])
    assert.deepStrictEqual(both.toSorted(), ["303 ", "410 This link was used already"])
    assert.strictEqual(await open(link), "410 This link was used already")
  })

  it("a password in an update brings a mail with a link to another one, and the same again brings nothing (R-MAIL-2)", async () => {
    const id = await request("POST", "/Users", body("pavel"))
    const welcome = linkIn(await nextTo("pavel"))
    await patch(id, { op: "replace", value: { password: sent } })
    const reset = linkIn(await nextTo("pavel"))
    // What Okta does: the password in every PUT.
    await request("PUT", `/Users/${id}`, body("pavel", { password: sent }))
    assert.strictEqual(await open(reset), "200 Choose a new password")
    assert.strictEqual(await save(reset, chosen), "303 ")
    assert.strictEqual(await open(welcome), "410 This link no longer works")
    await request("PUT", `/Users/${id}`, body("pavel", { password: sent, title: "Smith" }))
    await patch(id, { op: "add", path: "password", value: chosen })
    await patch(id, { op: "replace", path: "password", value: `${sent}-2` })
    linkIn(await nextTo("pavel"))
    if (database.kind === "postgresql") {
      const connection = new pg.Client(server.database.env.DATABASE_URL)
      await connection.connect()
      try {
        const { rows } = await connection.query("SELECT data FROM event WHERE type = 'user.passwordChanged'")
        assert.strictEqual(rows.length, 2, "only what was new is an event")
      } finally {
        await connection.end()
      }
    }
  })

  it("an open link dies when SCIM changes the person's e-mail or deactivates them (ABUSE-19)", async () => {
    const id = await request("POST", "/Users", body("quinn"))
    const link = linkIn(await nextTo("quinn"))
    await patch(id, { op: "replace", path: "active", value: false })
    assert.strictEqual(await open(link), "410 This link no longer works")
    assert.strictEqual(await save(link, chosen), "410 This link no longer works")
    const other = await request("POST", "/Users", body("rosa"))
    const hers = linkIn(await nextTo("rosa"))
    assert.strictEqual(await open(hers), "200 Set your password")
    await request("PUT", `/Users/${other}`, body("taken-over"))
    assert.strictEqual(await save(hers, chosen), "410 This link no longer works")
  })

  it("no link, no password and no hash is in what the server prints", async () => {
    const output = server.server.output()
    assert.include(output, "/password/…")
    for (const received of mail.received) {
      const link = /\/password\/([A-Za-z0-9_-]{64})/.exec(received.email.text ?? "")?.[1]
      if (link !== undefined) assert.notInclude(output, link)
    }
    for (const secret of [sent, chosen, "argon2id"]) assert.notInclude(output, secret)
  })
})
