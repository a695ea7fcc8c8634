import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { layer as database } from "@rollcall/sql/Database"
import { layer as organizationStore } from "@rollcall/sql/OrganizationStore"
import { ConfigProvider, Effect, Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import pg from "pg"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { createDatabase, type TestPostgresDatabase } from "../support/Postgres.ts"
import { file, imports, linesOfLog, people, standing } from "./KilledImport.ts"

const program = fileURLToPath(new URL("./ImportProcess.ts", import.meta.url))

/** Imports the file in a process of its own, which is killed as soon as it has told of so many batches; what it told. */
const importFile = (url: string, subdomain: string, killAfter: number | undefined): Promise<ReadonlyArray<string>> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, subdomain, "the file"], {
      env: { ...process.env, DATABASE_URL: url },
      stdio: ["pipe", "pipe", "pipe"]
    })
    const told: Array<string> = []
    let errors = ""
    child.stderr.on("data", (chunk) => {
      errors += String(chunk)
    })
    child.stdin.on("error", () => undefined)
    child.stdin.end(file)
    createInterface(child.stdout).on("line", (line) => {
      told.push(line)
      if (told.filter((one) => one.startsWith("line ")).length === killAfter) child.kill("SIGKILL")
    })
    child.once("close", (code, signal) => {
      if (code === 0 || signal === "SIGKILL") resolve(told)
      else reject(new Error(`the import ended with ${code}: ${errors}`))
    })
  })

describe("an import that is killed", () => {
  let made: TestPostgresDatabase
  let client: pg.Client

  beforeAll(async () => {
    made = await createDatabase()
    const storage = organizationStore.pipe(
      Layer.provide(Layer.mergeAll(Digest.layerWebCrypto, SecureRandom.layerWebCrypto)),
      Layer.provide(database()),
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord({ DATABASE_URL: made.url })))
    )
    const make = Effect.gen(function* () {
      const { create } = yield* Organizations
      for (const name of ["whole", "killed"]) {
        yield* create({
          subdomain: Subdomain.make(name),
          name,
          timeZone: "UTC",
          scimEnabled: false,
          settings: presets.product
        })
      }
    })
    await Effect.runPromise(Effect.provide(make, storage))
    client = new pg.Client({ connectionString: made.url })
    await client.connect()
  })

  afterAll(async () => {
    await client?.end()
    await made?.drop()
  })

  it("goes on behind its last batch, and ends as one that was not; every row is in the log once (R-CSV-4)", {
    timeout: 240_000
  }, async () => {
    await importFile(made.url, "whole", undefined)
    // The process is killed while it writes the next batch, or before it has told of it.
    const first = await importFile(made.url, "killed", 2)
    const second = await importFile(made.url, "killed", 3)
    const third = await importFile(made.url, "killed", undefined)
    assert.strictEqual(first[0], "after 0")
    assert.notInclude([...first, ...second], "ended")
    assert.strictEqual(third.at(-1), "ended")
    const last = Number(second.at(-1)?.split(" ")[1])
    assert.isAtLeast(Number(third[0]?.split(" ")[1]), last)
    const of = async (statement: string, name: string) => (await client.query(statement, [name])).rows
    assert.deepStrictEqual(await of(standing, "killed"), await of(standing, "whole"))
    const log = await of(linesOfLog, "killed")
    assert.deepStrictEqual(log, await of(linesOfLog, "whole"))
    assert.strictEqual(log.length, people)
    assert.isAbove(log.filter(({ outcome }) => outcome === "refused").length, 12)
    assert.deepStrictEqual(await of(imports, "killed"), [{ line: people + 1, rows: people, finished: true }])
  })
})
