import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { rollcall } from "../support/RollcallCli.ts"
import { withDatabase } from "./Ledger.ts"
import {
  addMember,
  inParallel,
  makeGroup,
  makePeople,
  patch,
  type Replicas,
  type ReplicatedOrganization,
  removeMember,
  startReplicas,
  statuses
} from "./Replicas.ts"

interface FeedEvent {
  readonly id: string
  readonly sequence: number
  readonly type: string
}

interface FeedPage {
  readonly items: ReadonlyArray<FeedEvent>
  readonly next: string
  readonly hasMore: boolean
}

describe("the order of events, two servers in front of one database (ABUSE-39)", () => {
  let replicas: Replicas
  let organization: ReplicatedOrganization

  beforeAll(async () => {
    replicas = await startReplicas({ servers: 2, organizations: [{ subdomain: "fjordhold" }] })
    organization = replicas.organization("fjordhold")
  })

  afterAll(() => replicas?.stop())

  const read = async (server: number, after: string | undefined, limit: number, wait = 0): Promise<FeedPage> => {
    const query = new URLSearchParams({
      limit: String(limit),
      wait: String(wait),
      ...(after === undefined ? {} : { after })
    })
    const response = await fetch(`${replicas.servers[server]?.baseUrl}/api/v1/events?${query}`, {
      headers: { authorization: `Bearer ${organization.apiKey}` }
    })
    const body: unknown = await response.json()
    assert.strictEqual(response.status, 200, JSON.stringify(body))
    return body as FeedPage
  }

  /** The cursor behind everything that has happened. */
  const latest = async (): Promise<string> => {
    const response = await fetch(`${replicas.servers[0]?.baseUrl}/api/v1/events/positions`, {
      headers: { authorization: `Bearer ${organization.apiKey}` }
    })
    return String(Reflect.get(Object(await response.json()), "latest"))
  }

  const headOf = () =>
    withDatabase(replicas.databaseUrl, async (client) => {
      const { rows } = await client.query<{ head: number }>(
        "SELECT event_sequence::float8 AS head FROM organization WHERE subdomain = 'fjordhold'"
      )
      return rows[0]?.head ?? 0
    })

  /** Reads on until the writers are done and nothing is left: what this reader has seen, in its order. */
  const follow = async (server: number, limit: number, wait: number, areDone: () => boolean, from?: string) => {
    const seen: Array<FeedEvent> = []
    let cursor = from
    for (;;) {
      const wereDone = areDone()
      const page = await read(server, cursor, limit, wereDone ? 0 : wait)
      seen.push(...page.items)
      cursor = page.next
      if (wereDone && page.items.length === 0) return seen
    }
  }

  it("readers that follow while both servers write see every event once, in one order, whichever server they ask", async () => {
    let done = false
    const areDone = () => done
    // Restless ones, those that wait, of small pages and of large ones; the third goes from server to server.
    const readers = [
      follow(0, 3, 0, areDone),
      follow(1, 1_000, 1, areDone),
      (async () => {
        const seen: Array<FeedEvent> = []
        let cursor: string | undefined
        for (let turn = 0; ; turn++) {
          const wereDone = done
          const page = await read(turn % 2, cursor, 7)
          seen.push(...page.items)
          cursor = page.next
          if (wereDone && page.items.length === 0) return seen
        }
      })()
    ]
    const people = await makePeople(organization, "p", 60)
    const group = await makeGroup(organization, "Robotics")
    const answers = await inParallel(240, (i) => {
      const id = people[i % people.length] ?? ""
      const title = [{ op: "replace", path: "title", value: `title ${i}` }] as const
      switch (i % 4) {
        case 0:
          return organization.request(addMember(group, id))
        case 1:
          return organization.request(removeMember(group, id))
        default:
          return organization.request(patch(`/Users/${id}`, title))
      }
    })
    done = true
    assert.deepStrictEqual(Object.keys(statuses(answers)).sort(), ["200", "204"])
    const head = await headOf()
    assert.isAbove(head, 250)
    for (const seen of await Promise.all(readers)) {
      assert.deepStrictEqual(
        seen.map(({ sequence }) => sequence),
        Array.from({ length: head }, (_, i) => i + 1)
      )
    }
  })

  it("a CSV import that writes beside both servers takes nothing from readers and mixes no order up", {
    timeout: 120_000
  }, async () => {
    const env = replicas.database.env
    const allowed = await rollcall(["org", "allow-csv", "fjordhold"], env)
    assert.strictEqual(allowed.code, 0, allowed.stderr)
    const from = await headOf()
    const cursor = await latest()
    const folder = await mkdtemp(join(tmpdir(), "rollcall-"))
    const file = join(folder, "people.csv")
    // Several batches, each with people, a group, and memberships.
    const rows = Array.from({ length: 700 }, (_, n) => `c${n}@fjordhold.example,Person ${n},Team ${n % 7}`)
    await writeFile(file, `email,first_name,groups\n${rows.join("\n")}\n`)
    let done = false
    const readers = [follow(0, 97, 1, () => done, cursor), follow(1, 1_000, 1, () => done, cursor)]
    const people = await makePeople(organization, "beside", 20)
    let isImporting = true
    const importing = rollcall(["import", file, "--org", "fjordhold", "--create-groups"], env).finally(() => {
      isImporting = false
    })
    const answers: Array<number> = []
    let turn = 0
    while (isImporting) {
      const batch = await inParallel(8, (i) =>
        organization.request(
          patch(`/Users/${people[i] ?? ""}`, [{ op: "replace", path: "title", value: `title ${turn} ${i}` }])
        )
      )
      answers.push(...batch.map(({ status }) => status))
      turn++
    }
    const imported = await importing
    done = true
    await rm(folder, { recursive: true })
    assert.strictEqual(imported.code, 0, imported.stderr)
    assert.isTrue(answers.every((status) => status === 200))
    const head = await headOf()
    for (const seen of await Promise.all(readers)) {
      assert.deepStrictEqual(
        seen.map(({ sequence }) => sequence),
        Array.from({ length: head - from }, (_, i) => from + i + 1)
      )
      // All three wrote between each other: what the servers did lies among the rows.
      const kinds = seen.map(({ type }) => type)
      const [first, last] = [kinds.indexOf("group.created"), kinds.lastIndexOf("user.created")]
      assert.isTrue(first >= 0 && kinds.slice(first, last).includes("user.updated"))
      assert.isAtLeast(kinds.filter((type) => type === "user.created").length, 720)
    }
  })

  it("a slow transaction that was numbered first is seen first: the later ones wait for its commit", async () => {
    const before = await headOf()
    const cursor = await latest()
    const [id = ""] = await makePeople(organization, "slow", 1)
    const start = (await read(1, cursor, 1_000)).next
    const at = await headOf()
    assert.isAbove(at, before)
    const { later } = await withDatabase(replicas.databaseUrl, async (client) => {
      // A batch of another server, as far as its last statement, and a network that is slow to bring the COMMIT.
      await client.query("BEGIN")
      await client.query(
        `UPDATE organization SET revision = revision + 1, event_sequence = event_sequence + 1 WHERE subdomain = 'fjordhold'`
      )
      await client.query(
        `INSERT INTO event (organization_id, sequence, at, type, data, subject)
         SELECT organization_id, event_sequence, now(), 'groupTypes.changed', '{"types":[]}', '{}' FROM organization
         WHERE subdomain = 'fjordhold'`
      )
      const later = [0, 1, 2, 3].map((i) =>
        organization.request(patch(`/Users/${id}`, [{ op: "replace", path: "title", value: `later ${i}` }]))
      )
      for (const server of [0, 1]) {
        assert.deepStrictEqual((await read(server, start, 10)).items, [], "nothing overtakes")
      }
      await client.query("COMMIT")
      return { later }
    })
    assert.deepStrictEqual(statuses(await Promise.all(later)), { "200": 4 })
    for (const server of [0, 1]) {
      const { items } = await read(server, start, 10)
      assert.deepStrictEqual(
        items.map(({ sequence, type }) => [sequence - at, type]),
        [
          [1, "groupTypes.changed"],
          [2, "user.updated"],
          [3, "user.updated"],
          [4, "user.updated"],
          [5, "user.updated"]
        ]
      )
    }
  })

  it("ABUSE-40: a server that is told to stop answers those who wait for events, and goes", async () => {
    const next = await latest()
    const waiting = read(0, next, 10, 30)
    // Both are on their way: the second request is answered only after the first was taken.
    await read(0, next, 10)
    // Were it not told, the server would cut it off: it gives requests in flight less than the half minute asked for.
    const [{ items }] = await Promise.all([waiting, replicas.servers[0]?.stop()])
    assert.deepStrictEqual(items, [])
  })
})
