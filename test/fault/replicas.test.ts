import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { openDatabase } from "../support/Databases.ts"
import { startServer } from "../support/RunningServer.ts"
import { settledFaults } from "./Ledger.ts"
import {
  addMember,
  inParallel,
  makeGroup,
  makePeople,
  memberIdsOf,
  patch,
  type Replicas,
  type ReplicatedOrganization,
  startReplicas,
  statuses,
  USER
} from "./Replicas.ts"
import { whileLocked } from "./RowLock.ts"

describe("several servers in front of one database", () => {
  let replicas: Replicas
  let organization: ReplicatedOrganization

  beforeAll(async () => {
    replicas = await startReplicas({ servers: 3, organizations: [{ subdomain: "fjordhold" }] })
    organization = replicas.organization("fjordhold")
  })

  afterAll(() => replicas?.stop())

  it("a write that one has answered is what every other reads and decides by", async () => {
    const [id = ""] = await makePeople(organization, "seen", 1)
    const group = await makeGroup(organization, "Seen")
    for (let round = 1; round <= 12; round++) {
      // Each request goes to the server after the one before it.
      const title = `round ${round}`
      const written = await organization.request(
        patch(`/Users/${id}`, [{ op: "replace", path: "title", value: title }], { "If-Match": `W/"${round}"` })
      )
      assert.strictEqual(written.status, 200, written.text)
      for (const client of organization.clients) {
        const read = await client.request({ method: "GET", path: `/Users/${id}` })
        assert.strictEqual(read.text, written.text)
        const searched = await client.request({
          method: "GET",
          path: `/Users?filter=${encodeURIComponent(`title eq "${title}"`)}`
        })
        assert.strictEqual(searched.at("totalResults"), 1)
      }
    }
    assert.strictEqual((await organization.request(addMember(group, id))).status, 204)
    assert.strictEqual((await organization.request({ method: "DELETE", path: `/Users/${id}` })).status, 204)
    for (const client of organization.clients) {
      const read = await client.request({ method: "GET", path: `/Groups/${group}` })
      assert.deepStrictEqual(memberIdsOf(read), [])
    }
    assert.deepStrictEqual((await settledFaults(replicas.databaseUrl, organization)).faults, [])
  })

  it("what belongs to the organisation reaches them all: a custom attribute that one learns is in every schema", async () => {
    const urn = "urn:ietf:params:scim:schemas:extension:15Five:2.0:User"
    const made = await organization.request({
      method: "POST",
      path: "/Users",
      body: { schemas: [USER, urn], userName: "custom@fjordhold.example", [urn]: { custom_harbour: "Bergen" } }
    })
    assert.strictEqual(made.status, 201, made.text)
    const filter = encodeURIComponent(`${urn}:custom_harbour eq "Bergen"`)
    for (const client of organization.clients) {
      const found = await client.request({ method: "GET", path: `/Users?filter=${filter}` })
      assert.strictEqual(found.at("totalResults"), 1, found.text)
    }
  })

  it("one that is killed in the middle of a write holds nobody up and leaves nothing half-written", async () => {
    const doomed = replicas.servers[0]
    const [client, ...others] = organization.clients
    if (doomed === undefined || client === undefined) throw new Error("three servers were asked for")
    const post = (at: typeof client, userName: string) =>
      at.request({ method: "POST", path: "/Users", body: { schemas: [USER], userName } })
    const outcomes = await whileLocked(replicas.databaseUrl, "fjordhold", async (untilWaiting) => {
      const lost = post(client, "lost@fjordhold.example").then(
        (answer) => answer.status,
        () => "no answer"
      )
      await untilWaiting(1)
      const going = others.map((other, index) =>
        post(other, `going${index}@fjordhold.example`).then(({ status }) => status)
      )
      await untilWaiting(3)
      await doomed.stop("SIGKILL")
      return [lost, ...going]
    })
    assert.deepStrictEqual(outcomes, ["no answer", 201, 201])
    const rest = { ...organization, clients: others }
    assert.deepStrictEqual((await settledFaults(replicas.databaseUrl, rest)).faults, [])
    const more = await inParallel(20, (index) => post(others[index % 2] ?? client, `more${index}@fjordhold.example`))
    assert.deepStrictEqual(statuses(more), { 201: 20 })
    assert.deepStrictEqual((await settledFaults(replicas.databaseUrl, rest)).faults, [])
  })

  it("three that start at once on an empty database all become ready", async () => {
    const database = await openDatabase("postgresql")
    const starting = await Promise.allSettled([1, 2, 3].map(() => startServer({ env: database.env })))
    const started = starting.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []))
    await Promise.all(started.map((server) => server.stop()))
    await database.drop()
    assert.deepStrictEqual(
      starting.flatMap((outcome) => (outcome.status === "rejected" ? [String(outcome.reason)] : [])),
      []
    )
  }, 90_000)
})
