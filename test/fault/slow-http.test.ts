import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type ServerWithOrganizations, startWithOrganizations } from "../support/Databases.ts"
import { ROOT } from "../support/Environment.ts"
import { type RawAnswer, trickle } from "./RawHttp.ts"
import { TIMES } from "./TimeLapse.ts"

// One byte a second as the server's timeouts feel it: those run faster by this factor (TimeLapse.ts).
const SECOND = 1_000 / TIMES
const SLOW_CLIENTS = 40

describe("a client that sends one byte a second (ABUSE-32)", () => {
  let started: ServerWithOrganizations

  beforeAll(async () => {
    started = await startWithOrganizations({
      database: "embedded",
      organizations: [{ subdomain: "halden", preset: "product" }],
      nodeFlags: ["--import", join(ROOT, "test/fault/TimeLapse.ts")]
    })
  })

  afterAll(() => started?.stop())

  const authorization = () => `Authorization: Bearer ${started.organization("halden").scimToken}`

  /** Whether everybody else is still served while these are at it, and how the server got rid of them. */
  const endured = async (beginning: string): Promise<ReadonlyArray<RawAnswer>> => {
    let waiting = SLOW_CLIENTS
    const slow = Array.from({ length: SLOW_CLIENTS }, async () => {
      const answer = await trickle(started.server.baseUrl, beginning, "a", SECOND)
      waiting--
      return answer
    })
    let served = 0
    while (waiting > 0) {
      const answer = await started.organization("halden").scim.request({ method: "GET", path: "/Users?count=1" })
      assert.strictEqual(answer.status, 200, answer.text)
      if (waiting === SLOW_CLIENTS) served++
    }
    // How many depends on the machine; that there are any, while all of them sit there, does not.
    assert.isAbove(served, 0)
    return Promise.all(slow)
  }

  const closed = (answers: ReadonlyArray<RawAnswer>) => {
    for (const { status, text } of answers) assert.include([408, undefined], status, text)
  }

  it("in the headers is disconnected, and others are served meanwhile", async () => {
    closed(await endured(`GET /scim/v2/Users HTTP/1.1\r\nHost: 127.0.0.1\r\n${authorization()}\r\nX-Slow: `))
  }, 60_000)

  it("before its headers is disconnected, too", async () => {
    closed(await endured("GET /"))
  }, 60_000)

  it("in the body is disconnected, and nothing of the body arrives", async () => {
    const head = ["POST /scim/v2/Users HTTP/1.1", "Host: 127.0.0.1", authorization(), "Content-Length: 1000000"]
    closed(await endured(`${head.join("\r\n")}\r\nContent-Type: application/scim+json\r\n\r\n{"userName":"`))
    const listed = await started.organization("halden").scim.request({ method: "GET", path: "/Users" })
    assert.strictEqual(listed.at("totalResults"), 0, listed.text)
  }, 60_000)

  it("in the chunks of a body is disconnected", async () => {
    const head = ["POST /scim/v2/Users HTTP/1.1", "Host: 127.0.0.1", authorization(), "Transfer-Encoding: chunked"]
    closed(await endured(`${head.join("\r\n")}\r\nContent-Type: application/scim+json\r\n\r\nfffff\r\n`))
  }, 60_000)
})
