import { spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { connect, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { openDatabase, type TestDatabase } from "../support/Databases.ts"
import { cleanEnvironment, ROOT } from "../support/Environment.ts"
import { reportedLines } from "../support/ReportedLines.ts"
import { type CreatedOrganization, createOrganization, rollcall } from "../support/RollcallCli.ts"
import { type RunningServer, startServer } from "../support/RunningServer.ts"

interface Proxy {
  readonly address: string
  /** Where connections go from now on. */
  to(port: number): void
  /** Breaks every connection that there is. */
  cut(): void
  close(): void
}

/** What stands between the program and the server, and can break. */
const startProxy = (first: number): Promise<Proxy> => {
  let port = first
  const sockets = new Set<Socket>()
  const server = createServer((incoming) => {
    const outgoing = connect(port, "127.0.0.1")
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming]
    ] as const) {
      sockets.add(one)
      one.on("error", () => other.destroy())
      one.on("close", () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve({
        address: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
        to: (other) => {
          port = other
        },
        cut: () => {
          for (const socket of sockets) socket.destroy()
        },
        close: () => {
          for (const socket of sockets) socket.destroy()
          server.close()
        }
      })
    })
  )
}

type Told = Readonly<Record<string, unknown>>

/** Runs the program in a process of its own; `onTold` sees each event, and may kill it. */
const program = (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>,
  onTold: (told: Told, kill: (signal: NodeJS.Signals) => void) => void = () => undefined
): Promise<{ readonly code: number | null; readonly told: ReadonlyArray<Told>; readonly stderr: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["apps/cli/src/main.ts", ...args], {
      cwd: ROOT,
      env: cleanEnvironment(env),
      stdio: ["ignore", "pipe", "pipe"]
    })
    const told: Array<Told> = []
    let stderr = ""
    child.stderr.on("data", (chunk) => {
      stderr += String(chunk)
    })
    createInterface(child.stdout).on("line", (line) => {
      const event: Told = JSON.parse(line)
      told.push(event)
      onTold(event, (signal) => child.kill(signal))
    })
    child.once("error", reject)
    child.once("close", (code) => resolve({ code, told, stderr }))
  })

const count = 6_000

describe("an import through a server", () => {
  const directory = mkdtempSync(join(tmpdir(), "rollcall-through-"))
  let database: TestDatabase
  let server: RunningServer
  let proxy: Proxy
  let organization: CreatedOrganization

  beforeAll(async () => {
    database = await openDatabase("postgresql")
    organization = await createOrganization(database.env, { subdomain: "acme", scim: false })
    server = await startServer({ env: database.env })
    proxy = await startProxy(server.port)
  }, 240_000)

  afterAll(async () => {
    proxy?.close()
    await server?.stop()
    await database?.drop()
    rmSync(directory, { recursive: true, force: true })
  })

  it("R-CSV-4: survives cut connections, kill -9 of the program, and the end of its server; every row goes in once", {
    timeout: 240_000
  }, async () => {
    const [file, report] = [join(directory, "people.csv"), join(directory, "report.jsonl")]
    const remark = "x".repeat(300)
    const rows = Array.from({ length: count }, (_, n) => `p${n}@halden.example,E${n},${remark}`)
    writeFileSync(file, ["email,employee_number,remark", ...rows, ""].join("\n"))
    const command = ["import", file, "--org", "acme", "--server", proxy.address, "--json", "--report", report]
    // No database: the program has the address and the key, and nothing else.
    const env = { ROLLCALL_API_KEY: organization.apiKey, DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none" }

    // Killed while the file is on its way; one part of it is on the server.
    const first = await program(command, env, ({ event }, kill) => {
      if (event === "sent") kill("SIGKILL")
    })
    assert.deepStrictEqual(
      first.told.map(({ event }) => event),
      ["sent"]
    )

    // It goes on behind that part, its connections are cut, and it is killed while the server is at work.
    const second = await program(command, env, ({ event }, kill) => {
      if (event === "sent") proxy.cut()
      if (event === "progress") kill("SIGKILL")
    })
    const sent = second.told.filter(({ event }) => event === "sent")
    assert.strictEqual(sent[0]?.sent, sent[0]?.size)

    // It follows what the server does meanwhile; that one ends, and another goes on with it.
    const ended: Array<Promise<unknown>> = []
    const third = await program(command, env, ({ event }) => {
      if (event !== "begun") return
      proxy.cut()
      ended.push(
        server.stop().then(async () => {
          server = await startServer({ env: database.env })
          proxy.to(server.port)
        })
      )
    })
    await Promise.all(ended)
    assert.strictEqual(third.code, 0, third.stderr)
    const last = third.told.at(-1)
    assert.deepInclude(last, { event: "ended", created: count, unchanged: 0, rejected: 0, line: count + 1 })
    assert.notInclude(
      third.told.map(({ event }) => event),
      "sent"
    )
    assert.deepStrictEqual(
      reportedLines(report),
      Array.from({ length: count }, (_, n) => n + 2)
    )
    const again = await rollcall(["import", file, "--org", "acme", "--dry-run", "--json"], database.env)
    assert.deepInclude(JSON.parse(again.stdout.trimEnd().split("\n").at(-1) ?? ""), { created: 0, unchanged: count })
  })

  it("R-CSV-4: Ctrl-C stops the server too, with exit code 130, and the same command goes on behind it", {
    timeout: 240_000
  }, async () => {
    const file = join(directory, "others.csv")
    const rows = Array.from({ length: count }, (_, n) => `o${n}@halden.example`)
    writeFileSync(file, ["email", ...rows, ""].join("\n"))
    const command = ["import", file, "--org", "acme", "--server", server.baseUrl, "--json"]
    const env = { ROLLCALL_API_KEY: organization.apiKey }
    const first = await program(command, env, ({ event }, kill) => {
      if (event === "begun") kill("SIGINT")
    })
    assert.strictEqual(first.code, 130, first.stderr)
    const stopped = first.told.at(-1)
    assert.strictEqual(stopped?.event, "stopped")
    const line = Number(stopped?.line)
    assert.isBelow(line, count)
    const rest = await program(command, env)
    assert.strictEqual(rest.code, 0, rest.stderr)
    assert.deepInclude(rest.told.at(-1), { event: "ended", resumedAfter: line, created: count - Math.max(0, line - 1) })
  })
})
