import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { wrongErrorBody } from "../property/BadInputLaw.ts"
import { ROOT } from "../support/Environment.ts"
import { settledFaults } from "./Ledger.ts"
import {
  addMember,
  inParallel,
  makeGroup,
  makePeople,
  memberIdsOf,
  type Replicas,
  startReplicas,
  statuses,
  USER
} from "./Replicas.ts"
import { whileLocked } from "./RowLock.ts"
import { BATCH, QUEUE } from "./SmallQueue.ts"

const BURST = 1_000

const post = (userName: string) => ({ method: "POST", path: "/Users", body: { schemas: [USER], userName } })

describe("more requests than one hand can carry out", () => {
  describe("a server whose queue is small", () => {
    let replicas: Replicas

    beforeAll(async () => {
      replicas = await startReplicas({
        servers: 1,
        organizations: [
          { subdomain: "fjordhold", preset: "product" },
          { subdomain: "lumen", preset: "product" }
        ],
        nodeFlags: ["--import", join(ROOT, "test/fault/SmallQueue.ts")]
      })
    })

    afterAll(() => replicas?.stop())

    it("answers 429 with whole seconds in Retry-After to what the queue does not hold, and carries out the rest (R-SCIM-5)", async () => {
      const organization = replicas.organization("fjordhold")
      const other = replicas.organization("lumen")
      const asked = BATCH + QUEUE + 15
      let refused = 0
      let allRefused = () => {}
      const untilRefused = new Promise<void>((resolve) => {
        allRefused = resolve
      })
      const answers = await whileLocked(replicas.databaseUrl, "fjordhold", async (untilWaiting) => {
        const started = Array.from({ length: asked }, async (_, index) => {
          const answer = await organization.request(post(`queued${index}@fjordhold.example`))
          if (answer.status === 429 && ++refused >= asked - BATCH - QUEUE) allRefused()
          return answer
        })
        await untilWaiting(1)
        // They are told at once, while the others wait.
        await untilRefused
        const neighbour = await other.request(post("neighbour@lumen.example"))
        assert.strictEqual(neighbour.status, 201, "another organisation has a queue of its own")
        const read = await organization.request({ method: "GET", path: "/Users" })
        assert.strictEqual(read.status, 200, "reads do not wait for writes")
        return started
      })
      const counts = statuses(answers)
      assert.sameMembers(Object.keys(counts), ["201", "429"])
      // The first batch holds what had come when it was taken, which is out of the queue that the others then fill; where all
      // came at once it was taken out of a full one.
      assert.isAtLeast(counts["201"] ?? 0, QUEUE)
      assert.isAtMost(counts["201"] ?? 0, BATCH + QUEUE)
      for (const answer of answers.filter(({ status }) => status === 429)) {
        assert.match(String(answer.headers["retry-after"]), /^[1-9]\d*$/)
        assert.isUndefined(wrongErrorBody(429, answer.body), answer.text)
        assert.match(String(answer.headers["content-type"]), /^application\/scim\+json/)
      }
      const listed = await organization.request({ method: "GET", path: "/Users?count=1000" })
      assert.strictEqual(listed.at("totalResults"), counts["201"], "who was refused is not there, who was taken is")
      assert.deepStrictEqual((await settledFaults(replicas.databaseUrl, organization)).faults, [])
      // Once the crowd is gone everybody is served again.
      assert.strictEqual((await organization.request(post("later@fjordhold.example"))).status, 201)
    })
  })

  describe("a server as it comes", () => {
    let replicas: Replicas

    beforeAll(async () => {
      replicas = await startReplicas({ servers: 1, organizations: [{ subdomain: "fjordhold", preset: "product" }] })
    })

    afterAll(() => replicas?.stop())

    it("answers a burst of 1,000 writes and of 1,000 reads side by side with 2xx (R-SCIM-6)", async () => {
      const organization = replicas.organization("fjordhold")
      const made = await inParallel(BURST, (index) => organization.request(post(`burst${index}@fjordhold.example`)))
      assert.deepStrictEqual(statuses(made), { 201: BURST })
      const read = await inParallel(BURST, (index) =>
        organization.request({ method: "GET", path: `/Users/${made[index]?.string("id")}` })
      )
      assert.deepStrictEqual(statuses(read), { 200: BURST })
      assert.deepStrictEqual((await settledFaults(replicas.databaseUrl, organization)).faults, [])
    }, 120_000)

    it("answers a burst of 1,000 additions to one group with 204, and all are members (R-SCIM-6, ABUSE-1)", async () => {
      const organization = replicas.organization("fjordhold")
      const people = await makePeople(organization, "member", BURST)
      const group = await makeGroup(organization, "Crowd")
      const added = await inParallel(BURST, (index) => organization.request(addMember(group, people[index] ?? "")))
      assert.deepStrictEqual(statuses(added), { 204: BURST })
      const read = await organization.request({ method: "GET", path: `/Groups/${group}` })
      assert.deepStrictEqual(memberIdsOf(read), [...people].sort())
    }, 120_000)
  })
})
