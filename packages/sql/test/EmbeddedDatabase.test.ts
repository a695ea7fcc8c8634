import { type ChildProcess, spawn } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { queryObjects } from "node:v8"
import { assert, describe, it, layer } from "@effect/vitest"
import { messages } from "@electric-sql/pglite"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient } from "effect/sql"
import { holdDirectory, readHolder } from "../src/DataDirectoryLock.ts"
import { makeEmbedded } from "../src/EmbeddedDatabase.ts"

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "rollcall-embedded-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

const open = (directory: string | undefined, address?: string) =>
  Effect.provide(makeEmbedded({ directory, address }), Reactivity.layer)

const memory = Layer.effect(SqlClient.SqlClient, open(undefined))

/** Another process that runs a piece of a module in which `Lock`, `Embedded`, `Effect` and `directory` are known. */
const runElsewhere = (directory: string, program: string): ChildProcess => {
  const source = (name: string) => JSON.stringify(fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url)))
  const text = `
    import { Effect } from "effect"
    import { Reactivity } from "effect/reactivity"
    import * as Lock from ${source("DataDirectoryLock")}
    import * as Embedded from ${source("EmbeddedDatabase")}
    const directory = ${JSON.stringify(directory)}
    const open = Effect.provide(Embedded.makeEmbedded({ directory, address: "http://127.0.0.1:4711" }), Reactivity.layer)
    const forever = Effect.callback(() => { const timer = setInterval(() => {}, 1000); return Effect.sync(() => clearInterval(timer)) })
    const say = (text) => Effect.sync(() => process.stdout.write(text + "\\n"))
    await Effect.runPromise(Effect.scoped(Effect.gen(function* () { ${program} })))`
  return spawn(process.execPath, ["--input-type=module", "--eval", text], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: ["ignore", "pipe", "ignore"]
  })
}
const elsewhere = (directory: string, program: string) =>
  Effect.acquireRelease(
    Effect.sync(() => runElsewhere(directory, program)),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
/** Waits until the process has said this. */
const line = (child: ChildProcess, wanted: string) =>
  Effect.callback<void>((resume) => {
    let text = ""
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString()
      if (text.split("\n").includes(wanted)) resume(Effect.void)
    })
    child.once("exit", (code) => resume(Effect.die(`ended with ${code} before it said ${wanted}`)))
  })
const firstLine = (child: ChildProcess) =>
  Effect.callback<string>((resume) => {
    let text = ""
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString()
      const end = text.indexOf("\n")
      if (end >= 0) resume(Effect.succeed(text.slice(0, end)))
    })
    child.once("exit", (code) => resume(Effect.succeed(`ended with ${code}`)))
  })
const kill = (child: ChildProcess) =>
  Effect.callback<void>((resume) => {
    child.once("exit", () => resume(Effect.void))
    child.kill("SIGKILL")
  })

// Making an embedded database takes seconds of computing, and this machine may be busy with other tests.
const patience = { timeout: 240_000 }

describe("a data directory", patience, () => {
  it.effect("is refused to a second opener, who is told the process, its address and what to do", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporaryDirectory, "data")
      const child = yield* elsewhere(
        directory,
        `yield* Lock.holdDirectory(directory, "http://127.0.0.1:4711"); yield* say("held"); yield* forever`
      )
      assert.strictEqual(yield* firstLine(child), "held")
      const refused = yield* Effect.flip(open(directory))
      assert.match(refused.problem, new RegExp(`is held by process ${child.pid} since .*http://127.0.0.1:4711$`))
      assert.match(refused.remedy, /end that one first.*DATA_DIR.*DATABASE_URL/)
    })
  )

  it.effect("is refused to a second opener in the same process, and free when the first has closed", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* holdDirectory(directory, null)
          const refused = yield* Effect.flip(Effect.scoped(holdDirectory(directory, null)))
          assert.include(refused.message, `is held by process ${process.pid} since`)
          // The refused one has not taken the name of the holder away.
          assert.strictEqual((yield* readHolder(directory))._tag, "Some")
        })
      )
      assert.strictEqual((yield* readHolder(directory))._tag, "None")
      yield* Effect.scoped(holdDirectory(directory, null))
    })
  )

  it.effect("stays held by a process that only waits, however often its garbage is collected", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const child = yield* elsewhere(
        directory,
        `yield* Lock.holdDirectory(directory, null); yield* say("held")
        const { setFlagsFromString } = yield* Effect.promise(() => import("node:v8"))
        const { runInNewContext } = yield* Effect.promise(() => import("node:vm"))
        setFlagsFromString("--expose-gc")
        const collect = runInNewContext("gc")
        let times = 0
        const timer = setInterval(() => {
          collect()
          times += 1
          if (times === 5) process.stdout.write("collected\\n")
        }, 10)
        yield* Effect.callback(() => {})`
      )
      yield* line(child, "collected")
      assert.include(
        (yield* Effect.flip(Effect.scoped(holdDirectory(directory, null)))).message,
        `process ${child.pid}`
      )
    })
  )

  it.effect("is free at once when its holder is killed, and of eight who then want it one gets it", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const hold = `yield* Lock.holdDirectory(directory, null); yield* say("held"); yield* forever`
      const first = yield* elsewhere(directory, hold)
      assert.strictEqual(yield* firstLine(first), "held")
      yield* kill(first)
      // What is left names the dead process; as it would if the number now belonged to another program.
      writeFileSync(
        join(directory, "holder.json"),
        JSON.stringify({ pid: process.pid, since: "2026-01-01T00:00:00.000Z", address: null })
      )
      const attempt = `const outcome = yield* Effect.result(Lock.holdDirectory(directory, null))
        yield* say(outcome._tag); yield* forever`
      const rivals = yield* Effect.all(Array.from({ length: 8 }, () => elsewhere(directory, attempt)))
      const outcomes = yield* Effect.all(rivals.map(firstLine), { concurrency: "unbounded" })
      assert.deepStrictEqual(outcomes.toSorted(), [...Array(7).fill("Failure"), "Success"])
    })
  )

  it.effect("that cannot be made is refused in one line", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryDirectory, "file")
      writeFileSync(file, "")
      const refused = yield* Effect.flip(open(join(file, "data")))
      assert.match(refused.message, /^The data directory \S+ cannot be used: ENOTDIR[^\n]*Set DATA_DIR/)
    })
  )
})

describe("the embedded database", patience, () => {
  it.effect("keeps what was answered: over a restart, and over a kill of its process", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporaryDirectory, "deep", "data")
      const child = yield* elsewhere(
        directory,
        `const sql = yield* open
         yield* sql.unsafe("CREATE TABLE kept (n int PRIMARY KEY)")
         for (let n = 0; ; n++) { yield* sql.unsafe("INSERT INTO kept VALUES ($1)", [n]); if (n === 50) yield* say("50") }`
      )
      assert.strictEqual(yield* firstLine(child), "50")
      yield* kill(child)
      const count = Effect.flatMap(open(directory), (sql) => sql`SELECT count(*)::int AS n FROM kept WHERE n <= 50`)
      assert.deepStrictEqual(yield* Effect.scoped(count), [{ n: 51 }])
      assert.deepStrictEqual(yield* Effect.scoped(count), [{ n: 51 }])
    })
  )

  it.effect("does not adopt what a kill during the first initialisation left, and clears it away", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const child = yield* elsewhere(directory, `yield* Effect.forkChild(open); yield* forever`)
      const files = () => readdirSync(directory, { recursive: true }).map(String)
      const halfWay = () => files().some((name) => name.startsWith("initialising-") && name.endsWith("PG_VERSION"))
      while (!halfWay()) yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      yield* kill(child)
      assert.isFalse(existsSync(join(directory, "postgres")))
      const sql = yield* open(directory)
      assert.deepStrictEqual(yield* sql`SELECT 1 AS one`, [{ one: 1 }])
      assert.deepStrictEqual(
        readdirSync(directory).filter((name) => name.startsWith("initialising-")),
        []
      )
    })
  )

  it.effect("says so when its files are damaged, and lets the directory go", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      mkdirSync(join(directory, "postgres"))
      writeFileSync(join(directory, "postgres", "PG_VERSION"), "18\n")
      cpSync(join(directory, "postgres"), join(directory, "copy"), { recursive: true })
      const refused = yield* Effect.flip(Effect.scoped(open(directory)))
      assert.match(refused.problem, /^The embedded database in \S+ does not open: /)
      yield* Effect.scoped(holdDirectory(directory, null))
    })
  )
})

layer(memory, { timeout: 240_000 })("the one session of the embedded database", (it) => {
  // The first: after a failure the driver stopped keeping rows, so a later test would find none.
  it.effect("keeps no row that it has answered", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const rows = yield* sql`SELECT n FROM generate_series(1, 500) AS n`
      assert.strictEqual(rows.length, 500)
      // Collects garbage first.
      assert.strictEqual(queryObjects(messages.DataRowMessage, { format: "count" }), 0)
    })
  )

  it.effect("serves all: statements, transactions and failures side by side", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE tally (n int PRIMARY KEY)`
      const insert = (n: number) => sql.withTransaction(sql`INSERT INTO tally VALUES (${n})`)
      const results = yield* Effect.all(
        Array.from({ length: 40 }, (_, index) => Effect.result(insert(index % 20))),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(results.filter(({ _tag }) => _tag === "Failure").length, 20)
      assert.deepStrictEqual(yield* sql`SELECT count(*)::int AS n FROM tally`, [{ n: 20 }])
    })
  )

  it.effect("is as new after an interruption in the midst of a transaction, and after a broken connection", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE counted (n int PRIMARY KEY)`
      const inserted = yield* Deferred.make<void>()
      const began = yield* Effect.forkChild(
        sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`INSERT INTO counted VALUES (1)`
            yield* Deferred.succeed(inserted, undefined)
            return yield* Effect.never
          })
        )
      )
      yield* Deferred.await(inserted)
      yield* Fiber.interrupt(began)
      // An answer larger than a connection takes (16 MiB) breaks the connection.
      const broken = yield* Effect.exit(
        sql.withTransaction(
          Effect.andThen(sql`INSERT INTO counted VALUES (2)`, sql`SELECT repeat('x', 17000000) AS long`)
        )
      )
      assert.strictEqual(broken._tag, "Failure")
      assert.deepStrictEqual(yield* sql`SELECT n FROM counted`, [])
      yield* sql`INSERT INTO counted VALUES (3)`
      assert.deepStrictEqual(yield* sql`SELECT n FROM counted`, [{ n: 3 }])
    })
  )
})
