import { createServer, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { scim } from "./ScimClient.ts"

/** Answers with what it was sent, so that a test sees the request as a server does. */
const echo = (): Server =>
  createServer((request: IncomingMessage, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const { headers, method, rawHeaders, url } = request
      const text = Buffer.concat(chunks).toString()
      response.writeHead(201, { "Content-Type": "application/json" })
      response.end(JSON.stringify({ method, url, headers, rawHeaders, text, port: request.socket.remotePort }))
    })
  })

describe("the SCIM client for tests", () => {
  const server = echo()
  let address = ""
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    address = `localhost:${(server.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  it("sends the path as it is given, raw quotes and double slashes included", async () => {
    const client = scim(`http://${address}/scim/v2/`, "secret")
    for (const path of ['//Users?filter=userName%20eq%20"a"', "/Users/%2e%2e/x?", ""]) {
      assert.strictEqual((await client.request({ method: "GET", path })).at("url"), `/scim/v2${path}`)
    }
    client.close()
  })

  it("sends the token, and the content type only with a body, whose length it says for any method", async () => {
    const client = scim(`http://${address}/scim/v2`, "secret")
    const bare = await client.request({ method: "GET", path: "/Users" })
    assert.strictEqual(bare.status, 201)
    assert.strictEqual(bare.at("headers", "authorization"), "Bearer secret")
    assert.strictEqual(bare.at("headers", "content-type"), undefined)
    const deletion = await client.request({ method: "DELETE", path: "/Users/1", body: { a: "é" } })
    assert.strictEqual(deletion.string("text"), '{"a":"é"}')
    assert.strictEqual(deletion.at("headers", "content-length"), "10")
    assert.strictEqual(deletion.at("headers", "content-type"), "application/scim+json")
    client.close()
  })

  it("lets a request replace, repeat and leave out headers in any case", async () => {
    const client = scim(`http://${address}/scim/v2`, "secret")
    const headers = { AUTHORIZATION: undefined, "x-twice": ["1", "2"], accept: "text/csv" }
    const answer = await client.request({ method: "POST", path: "/Users", rawBody: "{", headers })
    assert.strictEqual(answer.at("headers", "authorization"), undefined)
    assert.strictEqual(answer.at("headers", "x-twice"), "1, 2")
    assert.strictEqual(answer.at("headers", "accept"), "text/csv")
    assert.strictEqual(answer.at("text"), "{")
    client.close()
  })

  it("reaches an organisation's name under localhost, and says it in Host", async () => {
    const client = scim(`http://acme.${address}/scim/v2`, undefined)
    const answer = await client.request({ method: "GET", path: "/Me" })
    assert.strictEqual(answer.at("headers", "host"), `acme.${address}`)
    assert.strictEqual(answer.at("headers", "authorization"), undefined)
    client.close()
  })

  it("keeps its connection open unless told otherwise", async () => {
    const twice = async (keepAlive: boolean) => {
      const client = scim(`http://${address}/scim/v2`, "secret", { keepAlive })
      const first = await client.request({ method: "GET", path: "/1" })
      const second = await client.request({ method: "GET", path: "/2" })
      client.close()
      return first.at("port") === second.at("port")
    }
    assert.isTrue(await twice(true))
    assert.isFalse(await twice(false))
  })

  it("finds own properties only, and says what it got when a string is missing", async () => {
    const client = scim(`http://${address}/scim/v2`, "secret")
    const answer = await client.request({ method: "GET", path: "/Users" })
    assert.strictEqual(answer.at("constructor"), undefined)
    assert.strictEqual(answer.at("rawHeaders", 0), "Accept")
    assert.throws(() => answer.string("Resources", 0, "id"), /no string at Resources\.0\.id of the answer 201: \{/)
    client.close()
  })
})
