import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { Dice } from "../journey/Dice.ts"
import { ROOT } from "../support/Environment.ts"
import { type RunningServer, startServer } from "../support/RunningServer.ts"
import { type ScimResponse, scim } from "../support/ScimClient.ts"
import { file, imports, linesOfLog, people, standing } from "./KilledImport.ts"
import { withDatabase } from "./Ledger.ts"
import { type Replicas, startReplicas } from "./Replicas.ts"

/** Another seed kills at other moments. */
const dice = new Dice(Number(process.env.PROPERTY_SEED ?? 20_261_123))
const WAIT_SECONDS = 60

const nodeFlags = ["--import", join(ROOT, "test/fault/ShortLease.ts")]

/** What every organisation gives names of its own. */
const unnamed = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>")
    .replace(/"caseCode":"[^"]*"/g, '"caseCode":"<case>"')
    .replace(/\[case [^\]]*\]/g, "[case]")

const killedReports = `SELECT count(*)::int AS rows, count(DISTINCT line)::int AS lines FROM csv_report_row
  WHERE organization_id = (SELECT organization_id FROM organization_host WHERE subdomain = $1)`

describe("servers that are killed while they import a file that was sent", () => {
  let replicas: Replicas
  const started: Array<RunningServer> = []

  const start = async () => {
    const server = await startServer({ nodeFlags, env: replicas.database.env })
    started.push(server)
    return server
  }

  beforeAll(async () => {
    replicas = await startReplicas({
      servers: 2,
      nodeFlags,
      organizations: [
        { subdomain: "whole", scim: false },
        { subdomain: "killed", scim: false }
      ]
    })
  })

  afterAll(async () => {
    await Promise.all(started.map((server) => server.stop("SIGKILL")))
    await replicas?.stop()
  })

  /** An organisation's Public API at one of the servers. */
  const at = (server: RunningServer | undefined, subdomain: string) => {
    const client = scim(`${server?.baseUrl}/api/v1`, replicas.organization(subdomain).apiKey, { keepAlive: false })
    const ask = async (method: string, path: string, body?: unknown): Promise<ScimResponse> => {
      const type = { "Content-Type": typeof body === "string" ? "application/octet-stream" : "application/json" }
      const content = body === undefined ? {} : typeof body === "string" ? { rawBody: body } : { body }
      const answer = await client.request({ method, path, ...content, headers: { Accept: undefined, ...type } })
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
      return answer
    }
    return {
      ask,
      /** Sends the file and has it imported; its id. */
      begin: async () => {
        const begun = await ask("POST", "/import-files", { name: "people.csv", size: Buffer.byteLength(file) })
        const id = begun.string("id")
        await ask("PUT", `/import-files/${id}/parts/0`, file)
        await ask("POST", `/import-files/${id}/run`, { createGroups: true })
        return id
      },
      /** Follows it to its end: what is told of it then, and what its rows came to. */
      end: async (id: string) => {
        const told = await ask("GET", `/import-files/${id}/progress`)
        const last = await ask("GET", `/import-files/${id}`)
        assert.include(told.text, '"state":"ended"')
        const { startedAt: _, endedAt, ...task } = Object(last.at("task"))
        assert.isString(endedAt)
        return {
          task: unnamed(JSON.stringify(task)),
          report: unnamed((await ask("GET", `/import-files/${id}/report/jsonl`)).text).split("\n"),
          csv: (await ask("GET", `/import-files/${id}/rejects/csv`)).text
        }
      }
    }
  }

  /** Waits until the import has come behind that line, wherever it runs. */
  const until = (line: number) =>
    withDatabase(replicas.databaseUrl, async (client) => {
      const deadline = Date.now() + WAIT_SECONDS * 1_000
      for (;;) {
        const { rows } = await client.query(imports, ["killed"])
        if (Number(rows[0]?.line ?? 0) >= line) return
        assert.isBelow(Date.now(), deadline, `nobody went on to line ${line}`)
      }
    })

  it("a second server, and one that starts again, go on behind the last batch, and end as one that was not killed (R-CSV-4)", {
    timeout: 180_000
  }, async () => {
    const [first, second] = replicas.servers
    const whole = at(first, "whole")
    const expected = await whole.end(await whole.begin())
    assert.lengthOf(
      expected.report.filter((line) => line !== ""),
      people
    )

    const id = await at(first, "killed").begin()
    // Somewhere in the file, each in a part of its own; which statement is under way then is chance.
    const [one = 0, two = 0, three = 0] = [0, 1, 2].map((part) => 2 + dice.below(150) + part * 180)
    await until(one)
    await first?.stop("SIGKILL")
    // The second takes it over, and is killed too; then nobody is left until another starts, twice.
    await until(two)
    await second?.stop("SIGKILL")
    const third = await start()
    await until(three)
    await third.stop("SIGKILL")
    const last = at(await start(), "killed")
    const ended = await last.end(id)

    assert.deepStrictEqual(ended, expected)
    await withDatabase(replicas.databaseUrl, async (client) => {
      const of = async (statement: string, name: string) => (await client.query(statement, [name])).rows
      assert.deepStrictEqual(await of(standing, "killed"), await of(standing, "whole"))
      assert.deepStrictEqual(await of(linesOfLog, "killed"), await of(linesOfLog, "whole"))
      assert.deepStrictEqual(await of(imports, "killed"), [{ line: people + 1, rows: people, finished: true }])
      assert.deepStrictEqual(await of(killedReports, "killed"), [{ rows: people, lines: people }])
    })
    // What was imported is not kept.
    assert.isFalse((await last.ask("GET", `/import-files/${id}`)).at("kept"))
  })
})
