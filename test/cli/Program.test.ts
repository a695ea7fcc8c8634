import { spawn } from "node:child_process"
import { assert, beforeAll, describe, it, onTestFinished } from "vitest"
import { describeOnBothDatabases } from "../support/Databases.ts"
import { cleanEnvironment, ROOT } from "../support/Environment.ts"
import { freePort } from "../support/FreePort.ts"
import { createOrganization, rollcall } from "../support/RollcallCli.ts"

const PATIENCE = 240_000

/** A process that holds the data directory as a server does, until it is killed. */
const holdDirectory = (directory: string) =>
  new Promise<{ readonly pid: number; end(): Promise<void> }>((resolve, reject) => {
    const program = `
      import { Effect } from "effect"
      import { holdDirectory } from "@rollcall/sql/DataDirectoryLock"
      setInterval(() => {}, 1000)
      await Effect.runPromise(Effect.scoped(Effect.andThen(
        holdDirectory(${JSON.stringify(directory)}, "http://127.0.0.1:4711"),
        Effect.callback(() => { process.stdout.write("held\\n") })
      )))`
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: ROOT,
      env: cleanEnvironment(),
      stdio: ["ignore", "pipe", "ignore"]
    })
    const ended = new Promise<void>((done) => child.once("exit", () => done()))
    child.once("error", reject)
    child.stdout.once("data", () =>
      resolve({
        pid: child.pid ?? 0,
        end: () => {
          child.kill("SIGKILL")
          return ended
        }
      })
    )
  })

describeOnBothDatabases("the rollcall program", (database) => {
  // One database for the tests of a kind, which follow each other: making an embedded one takes seconds of computing.
  let env: Readonly<Record<string, string>> = {}
  beforeAll(async () => {
    env = (await database.open()).env
  })

  it(
    "db migrate says what it did, and then that there is nothing to do",
    async () => {
      const first = await rollcall(["db", "migrate", "--json"], env)
      assert.strictEqual(first.code, 0, first.stderr)
      const { done, version } = JSON.parse(first.stdout)
      assert.include(done, "0001_create_directory")
      const again = await rollcall(["db", "migrate"], env)
      assert.include(again.stdout, `the schema is up to date (version ${version}).`)
    },
    PATIENCE
  )

  it(
    "makes, shows and refuses an organisation, each time in a process of its own, with exit codes 0 and 1",
    async () => {
      const created = await createOrganization(env, { subdomain: "acme", name: "Acme", preset: "rfc" })
      assert.match(created.scimToken, /^[A-Za-z0-9]{30}$/)
      const listed = await rollcall(["org", "list", "--json"], env)
      assert.deepStrictEqual([listed.code, listed.stderr], [0, ""])
      assert.deepStrictEqual(JSON.parse(listed.stdout), [
        { subdomain: "acme", name: "Acme", timeZone: "UTC", scimEnabled: true }
      ])
      const again = await rollcall(["org", "create", "acme", "--name", "Another", "--json"], env)
      assert.deepStrictEqual([again.code, again.stdout], [1, ""])
      assert.match(again.stderr, /^The subdomain acme is taken\.[^\n]*\n$/)
    },
    PATIENCE
  )

  if (database.kind === "postgresql") {
    it(
      "two programs that begin on an empty database at once both succeed",
      async () => {
        const empty = await database.open()
        const both = await Promise.all(
          ["one", "two"].map((name) => rollcall(["org", "create", name, "--name", name, "--json"], empty.env))
        )
        assert.deepStrictEqual(
          both.map(({ code, stderr }) => [code, stderr]),
          [
            [0, ""],
            [0, ""]
          ]
        )
        assert.lengthOf(JSON.parse((await rollcall(["org", "list", "--json"], empty.env)).stdout), 2)
      },
      PATIENCE
    )
  } else {
    it(
      "says who holds the data directory, with exit code 1, and works when that one is gone",
      async () => {
        const holder = await holdDirectory(env.DATA_DIR ?? "")
        // Also where an assertion fails: a process that is left behind keeps the whole run from ending.
        onTestFinished(() => holder.end())
        const refused = await rollcall(["org", "list", "--json"], env)
        assert.deepStrictEqual([refused.code, refused.stdout], [1, ""])
        assert.match(refused.stderr, new RegExp(`held by process ${holder.pid} since .*http://127\\.0\\.0\\.1:4711`))
        assert.lengthOf(refused.stderr.trimEnd().split("\n"), 1)
        await holder.end()
        const listed = await rollcall(["org", "list", "--json"], env)
        assert.strictEqual(listed.code, 0, listed.stderr)
      },
      PATIENCE
    )
  }
})

describe("the rollcall program without a database", () => {
  it("ends with 2 for wrong usage, 0 for help, and opens nothing for either", async () => {
    const env = { DATABASE_URL: `postgresql://rollcall:hunter2@127.0.0.1:${await freePort()}/rollcall` }
    const wrong = await rollcall(["org", "create"], env)
    assert.deepStrictEqual([wrong.code, wrong.stdout], [2, ""])
    const help = await rollcall(["org", "create", "--help"], env)
    assert.deepStrictEqual([help.code, help.stderr], [0, ""])
  })

  it("tells an unreachable database in one line without the password, with exit code 1", async () => {
    const port = await freePort()
    const env = { DATABASE_URL: `postgresql://rollcall:hunter2@127.0.0.1:${port}/rollcall` }
    for (const args of [
      ["org", "list"],
      ["org", "create", "acme", "--name", "Acme"],
      ["db", "migrate"]
    ]) {
      const { code, stderr, stdout } = await rollcall([...args, "--json"], env)
      assert.deepStrictEqual([code, stdout], [1, ""])
      assert.match(stderr, new RegExp(`^The database at 127\\.0\\.0\\.1:${port}/rollcall refused the connection\\.`))
      assert.lengthOf(stderr.trimEnd().split("\n"), 1)
      assert.notInclude(stderr, "hunter2")
    }
  })
})
