import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { wrongErrorBody } from "../property/BadInputLaw.ts"
import { rollcallHere } from "../support/RollcallHere.ts"
import type { ScimResponse } from "../support/ScimClient.ts"
import { type Replicas, type ReplicatedOrganization, replicated, startReplicas, USER } from "./Replicas.ts"

/** What the documents promise: the cache of keys lives four seconds, and so does a revoked key at most. */
const CACHE_SECONDS = 5

describe("credentials at two servers", () => {
  let replicas: Replicas

  beforeAll(async () => {
    replicas = await startReplicas({
      organizations: [
        { subdomain: "fjordhold", preset: "product" },
        { subdomain: "lumen", preset: "product" }
      ]
    })
  })

  afterAll(() => replicas?.stop())

  const insist401 = (answer: ScimResponse) => {
    assert.strictEqual(answer.status, 401, answer.text)
    assert.isUndefined(wrongErrorBody(401, answer.body), answer.text)
    assert.match(String(answer.headers["www-authenticate"]), /^Bearer/)
    assert.notMatch(answer.string("detail"), /\[case /, "no organisation is known, so there is no case (R-LOG-3)")
  }

  const run = async (...args: ReadonlyArray<string>): Promise<Readonly<Record<string, unknown>>> => {
    const { code, stderr, stdout } = await rollcallHere([...args, "--json"], replicas.database.env)
    assert.strictEqual(code, 0, stderr)
    return JSON.parse(stdout)
  }

  const issue = async (label: string) => {
    const { id, secret } = await run("token", "create", "fjordhold", "--label", label)
    const organization = replicas.organization("fjordhold")
    const addresses = replicas.servers.map((server) => server.baseUrl)
    return { id: String(id), idp: replicated(organization, addresses, String(secret)) }
  }

  const listAt = (organization: ReplicatedOrganization) =>
    Promise.all(organization.clients.map((client) => client.request({ method: "GET", path: "/Users?count=1" })))

  it("ABUSE-21: an API key, a key of nobody and another organisation's token at this address get 401", async () => {
    const { apiKey, clients, scimToken } = replicas.organization("fjordhold")
    for (const client of clients) {
      const send = (secret: string, headers: Readonly<Record<string, string>> = {}) =>
        client.request({
          method: "GET",
          path: "/Users",
          headers: { Authorization: `Bearer ${secret}`, ...headers }
        })
      const asked = await send(apiKey)
      insist401(asked)
      assert.match(asked.string("detail"), /Public API key \(32 characters\).*SCIM token \(30 characters\)/)
      insist401(await send("A".repeat(30)))
      insist401(await send(scimToken, { Host: "lumen.localhost" }))
      assert.strictEqual((await send(scimToken, { Host: "fjordhold.localhost" })).status, 200)
    }
  })

  it("ABUSE-21: a token that is refused once stays refused, and writes nothing", async () => {
    const intruder = replicated(
      replicas.organization("fjordhold"),
      replicas.servers.map((server) => server.baseUrl),
      "B".repeat(30)
    )
    for (let attempt = 0; attempt < 4; attempt++) {
      const body = { schemas: [USER], userName: "intruder@fjordhold.example" }
      insist401(await intruder.request({ method: "POST", path: "/Users", body }))
    }
    const listed = await replicas.organization("fjordhold").request({ method: "GET", path: "/Users" })
    assert.strictEqual(listed.at("totalResults"), 0, listed.text)
  })

  it("ABUSE-24: a token revoked while in use gets 401 on both servers within seconds, and the others go on", async () => {
    const doomed = await issue("doomed")
    const spared = await issue("spared")
    const others = [replicas.organization("fjordhold"), replicas.organization("lumen"), spared.idp]
    // In use: both servers have it in their cache.
    for (const answer of await listAt(doomed.idp)) assert.strictEqual(answer.status, 200, answer.text)

    await run("token", "revoke", "fjordhold", doomed.id)
    const revokedAt = performance.now()
    for (let refused = false; !refused; ) {
      const sentAt = performance.now()
      const answers = await listAt(doomed.idp)
      refused = answers.every((answer) => answer.status === 401)
      for (const answer of answers) {
        if (answer.status === 401) insist401(answer)
        // Judged by when it was sent, so that a slow machine is not a late revocation.
        else assert.isBelow(sentAt - revokedAt, CACHE_SECONDS * 1_000, `still ${answer.status}`)
      }
      for (const other of others) {
        for (const answer of await listAt(other)) assert.strictEqual(answer.status, 200, answer.text)
      }
    }
    // For good, whichever server is asked, reading or writing.
    for (const client of doomed.idp.clients) {
      insist401(await client.request({ method: "GET", path: "/Users?count=1" }))
      const body = { schemas: [USER], userName: "late@fjordhold.example" }
      insist401(await client.request({ method: "POST", path: "/Users", body }))
    }
    const again = await rollcallHere(["token", "revoke", "fjordhold", doomed.id], replicas.database.env)
    assert.strictEqual(again.code, 1, "there is no such live token any more")
    for (const idp of [doomed.idp, spared.idp]) for (const client of idp.clients) client.close()
  }, 120_000)
})
