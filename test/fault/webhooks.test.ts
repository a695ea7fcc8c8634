import { setTimeout as delay } from "node:timers/promises"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type LoopbackReceiver, startReceiver } from "../support/LoopbackReceiver.ts"
import type { RunningServer } from "../support/RunningServer.ts"
import { withDatabase } from "./Ledger.ts"
import { inParallel, makePeople, patch, type Replicas, type ReplicatedOrganization, startReplicas } from "./Replicas.ts"

const CONCURRENCY = 3
const TIMEOUT_SECONDS = 2
const WAIT_SECONDS = 20
const ANSWER_MILLISECONDS = 20

interface FeedEvent {
  readonly id: string
  readonly sequence: number
  readonly object: { readonly id: string } | null
}

const numberOf = (id: string): number => Number(id.split("_").at(-1))

const aliveOf = async (servers: ReadonlyArray<RunningServer>): Promise<ReadonlyArray<RunningServer>> => {
  const answers = await Promise.all(
    servers.map((server) =>
      fetch(`${server.baseUrl}/health/live`).then(
        () => [server],
        () => []
      )
    )
  )
  return answers.flat()
}

/** Waits for what the database says, which nobody tells. */
const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + WAIT_SECONDS * 1_000
  while (!(await holds())) assert.isBelow(Date.now(), deadline, what)
}

describe("webhooks of two servers in front of one database (R-API-3)", () => {
  let replicas: Replicas
  let hooks: LoopbackReceiver

  beforeAll(async () => {
    hooks = await startReceiver()
    replicas = await startReplicas({
      organizations: [{ subdomain: "fjordhold" }],
      env: {
        WEBHOOK_ALLOW_PRIVATE: "true",
        WEBHOOK_CONCURRENCY: String(CONCURRENCY),
        WEBHOOK_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
        // Who has an endpoint is told at this level.
        LOG_LEVEL: "debug"
      }
    })
  })

  afterAll(async () => {
    await replicas?.stop()
    await hooks?.close()
  })

  const call = async <A>(
    { apiKey }: ReplicatedOrganization,
    server: RunningServer | undefined,
    method: string,
    path: string,
    body?: unknown
  ): Promise<A> => {
    const response = await fetch(`${server?.baseUrl}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await response.text()
    assert.isTrue(response.ok, `${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text)
  }

  const addEndpoint = async (organization: ReplicatedOrganization, server: RunningServer | undefined) => {
    const made = await call<{ webhook: { id: string } }>(organization, server, "POST", "/webhooks", { url: hooks.url })
    return made.webhook.id
  }

  const deliveriesOf = (id: string) =>
    withDatabase(replicas.databaseUrl, async (client) => {
      const { rows } = await client.query<{ sequence: number; state: string; attempts: number; error: string | null }>(
        `SELECT sequence::int, state, attempts, error FROM webhook_delivery
         WHERE endpoint_id = $1 ORDER BY webhook_delivery.sequence`,
        [id]
      )
      return rows
    })

  it("a receiver that answers after the time-out is sent the event again by the same id, and its late answer counts for nothing", async () => {
    const organization = replicas.organization("fjordhold")
    const [server] = replicas.servers
    const id = await addEndpoint(organization, server)
    let answerLate = () => {}
    const late = new Promise<void>((resolve) => {
      hooks.answer = (webhook) => {
        if (webhook !== hooks.received[0]) return 204
        return (response) => {
          answerLate = () => response.writeHead(204).end()
          response.once("close", resolve)
        }
      }
    })
    await makePeople(organization, "late", 1)
    await hooks.untilReceived(1)
    const [first] = hooks.received
    const delivery = async () => (await deliveriesOf(id)).find(({ sequence }) => sequence === numberOf(first?.id ?? ""))
    await until("the attempt did not end", async () => (await delivery())?.state === "failed")
    answerLate()
    await late
    assert.deepInclude(await delivery(), {
      state: "failed",
      attempts: 1,
      error: `No answer within ${TIMEOUT_SECONDS} s`
    })
    // The pause before the next attempt is over.
    await withDatabase(replicas.databaseUrl, async (client) => {
      await client.query("UPDATE webhook_delivery SET due_at = now() WHERE due_at IS NOT NULL AND endpoint_id = $1", [
        id
      ])
      await client.query("UPDATE webhook_endpoint SET wake_at = now() WHERE id = $1", [id])
    })
    await until("it was not delivered", async () => (await delivery())?.state === "delivered")
    assert.deepInclude(await delivery(), { attempts: 2, error: null })
    const again = hooks.received.filter((webhook) => webhook.id === first?.id)
    assert.lengthOf(again, 2)
    assert.strictEqual(again[1]?.body, first?.body)
    assert.lengthOf(new Set(again.map(({ headers }) => headers["webhook-signature"])), 2, "each attempt is signed anew")
    await call(organization, server, "PATCH", `/webhooks/${id}`, { enabled: false })
  })

  it("ABUSE-37: one killed between the receiver's acceptance and the commit: what was on its way comes again by its id, in order, and nothing is lost", async () => {
    const organization = replicas.organization("fjordhold")
    const [server] = replicas.servers
    const { latest } = await call<{ latest: string }>(organization, server, "GET", "/events/positions")
    const id = await addEndpoint(organization, server)
    await call(organization, server, "PATCH", `/webhooks/${id}`, { enabled: false })
    const people = await makePeople(organization, "p", 8)
    for (const title of ["Pilot", "Mate", "Cook"]) {
      await inParallel(people.length, (i) =>
        organization.request(patch(`/Users/${people[i]}`, [{ op: "replace", path: "title", value: title }]))
      )
    }
    const before = hooks.received.length
    const told = replicas.servers.map((one) => one.output().length)
    await withDatabase(replicas.databaseUrl, async (client) => {
      const waiting = "wait_event_type = 'Lock' AND datname = current_database() AND pid <> pg_backend_pid()"
      const isHeld = Promise.withResolvers<void>()
      hooks.answer = async () => {
        // From the tenth on the receiver's word comes through, and what came of it cannot be stored.
        if (hooks.received.length === before + 10) {
          await client.query("BEGIN")
          await client.query("SELECT 1 FROM webhook_endpoint WHERE id = $1 FOR UPDATE", [id])
          isHeld.resolve()
        }
        // It takes its time, so that as many come at once as may.
        await hooks.untilReceived(before + CONCURRENCY)
        await delay(ANSWER_MILLISECONDS)
        return 204
      }
      // All of it is behind the place of the endpoint, and whoever claims it first has it until all is sent.
      await call(organization, server, "PATCH", `/webhooks/${id}`, { enabled: true })
      await isHeld.promise
      await until("no outcomes came to wait", async () => {
        await client.query("SELECT pg_stat_clear_snapshot()")
        const { rows } = await client.query<{ count: number }>(
          `SELECT count(*)::int AS count FROM pg_stat_activity WHERE ${waiting}`
        )
        return rows[0]?.count === CONCURRENCY
      })
      const isHolder = (one: RunningServer, i: number) => one.output().slice(told[i]).includes(`Webhook endpoint ${id}`)
      const [holder, ...others] = replicas.servers.filter(isHolder)
      assert.isEmpty(others)
      await holder?.stop("SIGKILL")
      // What it had asked of the database goes with it.
      await client.query(`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE ${waiting}`)
      await client.query("ROLLBACK")
    })
    const accepted = hooks.received.slice(before).map((webhook) => webhook.id)
    const stored = (await deliveriesOf(id)).filter(({ state }) => state === "delivered")
    assert.lengthOf(stored, accepted.length - CONCURRENCY)
    const unsaid = accepted.filter((event) => !stored.some(({ sequence }) => sequence === numberOf(event)))
    assert.lengthOf(unsaid, CONCURRENCY)
    // The claim of the killed server ends.
    await withDatabase(replicas.databaseUrl, (client) =>
      client.query("UPDATE webhook_endpoint SET claimed_until = now(), wake_at = now() WHERE id = $1", [id])
    )
    await until("not all were delivered", async () =>
      (await deliveriesOf(id)).every(({ state }) => state === "delivered")
    )

    const [survivor] = await aliveOf(replicas.servers)
    const feed = await call<{ items: ReadonlyArray<FeedEvent> }>(
      organization,
      survivor,
      "GET",
      `/events?limit=1000&after=${latest}`
    )
    const received = hooks.received.slice(before).map((webhook) => webhook.id)
    assert.sameMembers(
      received,
      [...feed.items.map((event) => event.id), ...unsaid],
      "nothing lost, nothing else twice"
    )
    for (const person of people) {
      const about = new Set(feed.items.filter(({ object }) => object?.id === person).map((event) => event.id))
      const numbers = received.filter((event) => about.has(event)).map(numberOf)
      assert.isAtLeast(numbers.length, 4)
      assert.deepStrictEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
        "in order per person"
      )
    }
    assert.strictEqual(hooks.mostOpen, CONCURRENCY)
  })
})
