import { todayIn } from "@rollcall/domain/organization/OrganizationToday"
import { assert, describe, it } from "vitest"
import { startServer } from "../support/RunningServer.ts"
import { readLedger, withDatabase } from "./Ledger.ts"
import { inParallel, startReplicas, USER } from "./Replicas.ts"

const EXTENSION = "urn:ietf:params:scim:schemas:extension:15Five:2.0:User"
/** Six batches. */
const PEOPLE = 1_500
const WAIT_SECONDS = 60

/** The zones that see a day last and first: while it is a day in the one, it is a later one in the other, always. */
const LAST = "Pacific/Pago_Pago"
const FIRST = "Pacific/Kiritimati"

const setTimeZone = (url: string, subdomain: string, timeZone: string) =>
  withDatabase(url, (client) =>
    client.query("UPDATE organization SET time_zone = $2, revision = revision + 1 WHERE subdomain = $1", [
      subdomain,
      timeZone
    ])
  )

describe("servers that are killed while the clock is at work", () => {
  it("R-START-3: after downtime, and killed at any moment, start everybody who is due exactly once", async () => {
    const subdomain = "nattevagt"
    const replicas = await startReplicas({ servers: 1, organizations: [{ subdomain }] })
    try {
      const { database, databaseUrl: url } = replicas
      await setTimeZone(url, subdomain, LAST)
      const startDate = todayIn(FIRST, Date.now())
      const created = await inParallel(PEOPLE, (i) =>
        replicas.organization(subdomain).request({
          method: "POST",
          path: "/Users",
          body: { schemas: [USER], userName: `p${i}@nattevagt.example`, [EXTENSION]: { startDate } }
        })
      )
      assert.deepStrictEqual([...new Set(created.map(({ status }) => status))], [201])
      const starts = async () =>
        (await readLedger(url, subdomain)).events.filter(({ type }) => type === "user.started").map(({ user }) => user)
      assert.deepStrictEqual(await starts(), [])
      for (const server of replicas.servers) await server.stop()
      // The day comes while no server runs.
      await setTimeZone(url, subdomain, FIRST)
      // Two look at once, as soon as they run; when they have started so many they are killed.
      const whileServed = async (until: number, signal: NodeJS.Signals) => {
        const servers = await Promise.all([startServer({ env: database.env }), startServer({ env: database.env })])
        try {
          const deadline = Date.now() + WAIT_SECONDS * 1_000
          while ((await starts()).length < until) assert.isBelow(Date.now(), deadline, `${until} were not started`)
        } finally {
          await Promise.all(servers.map((server) => server.stop(signal)))
        }
      }
      for (const until of [1, PEOPLE / 2]) await whileServed(until, "SIGKILL")
      await whileServed(PEOPLE, "SIGTERM")
      const started = await starts()
      assert.lengthOf(started, PEOPLE)
      assert.lengthOf(new Set(started), PEOPLE)
    } finally {
      await replicas.stop()
    }
  }, 180_000)
})
