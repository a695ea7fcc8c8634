import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, layer } from "@effect/vitest"
import type { Refused } from "@rollcall/cli/Refused"
import type { Stores } from "@rollcall/cli/Stores"
import { ConfigProvider, Context, Effect, Layer, Schedule, Schema } from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import pg from "pg"
import { installation } from "../../apps/cli/src/Composition.ts"
import { http, stores } from "../../apps/cli/src/Storage.ts"
import { capturedRun, type Outcome } from "../../apps/cli/test/CapturedRun.ts"
import { importCommandContract } from "../../apps/cli/test/ImportContract.ts"
import { type ApiClient, ApiScene, layerApiScene } from "../api/ApiScene.ts"
import { freePort } from "../support/FreePort.ts"
import { reportedLines } from "../support/ReportedLines.ts"
import { BreakOff, breakingHttp, ReportBytes, untilBroken } from "./BrokenOff.ts"

/** The program on a database of its own, which it opens: the other way of an import. */
class DirectProgram extends Context.Service<
  DirectProgram,
  { run(...args: ReadonlyArray<string>): Effect.Effect<Outcome> }
>()("@rollcall/test/cli/DirectProgram") {
  static readonly layer = Layer.effect(
    DirectProgram,
    Effect.map(Layer.build(stores), (opened) =>
      DirectProgram.of({ run: capturedRun({ version: "1", http, installation, stores: Layer.succeedContext(opened) }) })
    )
  ).pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord({ DATA_DIR: "memory:" }))), Layer.orDie)
}

/** Opens no database, whatever it is told. */
const untouched = Layer.effectContext<Stores, Refused, never>(Effect.die(new Error("the database was opened")))
const programTelling = (onPrint?: (line: string) => void) =>
  Effect.succeed(capturedRun({ version: "1", http, installation, stores: untouched }, onPrint))
const program = capturedRun({ version: "1", http, installation, stores: untouched })

/** An organisation on the server, and the flags by which files come into it. */
const tenantOf = Effect.fnUntraced(function* (options: { readonly scim: boolean }) {
  const scene = yield* ApiScene
  const tenant = yield* scene.newTenant(options)
  const key = yield* tenant.keyWith("import")
  return { tenant, org: tenant.organization.subdomain, flags: ["--server", scene.baseUrl, "--api-key", key] }
})

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "rollcall-ways-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
)

/** Nobody writes into an organisation until the effect that this gives is done; what refers to it may be written. */
const organizationHeld = (url: string, subdomain: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.query("BEGIN")
      await client.query("SELECT 1 FROM organization WHERE subdomain = $1 FOR NO KEY UPDATE", [subdomain])
      return client
    }),
    (client) => Effect.promise(() => client.end())
  ).pipe(Effect.map((client) => Effect.asVoid(Effect.promise(() => client.query("COMMIT")))))

const golden = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../packages/delivery/test/csv/golden/${name}`, import.meta.url)))

/** Somebody new, a manager later in the file, groups, what stays out, a name that a spreadsheet would run, a second time. */
const mixed = `email;first_name;last_name;title;employee_number;manager;groups;start_date;Shoe;custom_badge
ada@halden.example;Ada;Okafor;=cmd|'/c calc'!A1;E1;bo@halden.example;Robotics;;38;b1
bo@halden.example;Bo;Lind;Head;E2;;"Robotics;Line 2";01/02/2019;39;
nobody;Cy;Berg;;E3;;;;;
di@halden.example;Di;Moe;;E4;;;31/12/2027;;
ada@halden.example;Ada;Okafor;Other;E1;;;;;
`

const files = {
  "mixed.csv": Buffer.from(mixed),
  "mess.csv": golden("mess.csv"),
  "excel.csv": golden("excel.csv"),
  "empty.csv": Buffer.alloc(0),
  "cut.csv": Buffer.from('email\nada@halden.example\n"bo@halden.example\n'),
  "latin.csv": Buffer.from("email,title\nada@halden.example,Caf\xe9\n", "latin1"),
  "unnamed.csv": Buffer.from("title,location\nLead,Berlin\n"),
  "header.csv": Buffer.from("email\n")
}

/** Ids, case codes, times and places differ from run to run, and nothing else may. */
const comparable = (text: string, org: string, directory: string): string => {
  const ids = new Map<string, string>()
  return text
    .replaceAll(directory, "DIR")
    .replaceAll(org, "ORG")
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
      ids.set(id, ids.get(id) ?? `ID${ids.size}`)
      return ids.get(id) ?? ""
    })
    .replaceAll(/\[case [0-9A-Z]{6}\]|"caseCode":"[0-9A-Z]{6}"|(?<=,)[0-9A-Z]{6}(?=\r)/g, "CASE")
    .replaceAll(/"seconds":[\d.]+|in \d+ s( \([^)]*\))?/g, "TIME")
}

/** What a command left behind: the exit code, what it said, its last event, and its files, byte by byte. */
const leftBehind = Effect.fnUntraced(function* (
  run: (...args: ReadonlyArray<string>) => Effect.Effect<Outcome>,
  org: string,
  args: ReadonlyArray<string>,
  [name, bytes]: readonly [string, Buffer]
) {
  const directory = yield* temporary
  const file = join(directory, name)
  const [csv, jsonl, rejects] = [join(directory, "r.csv"), join(directory, "r.jsonl"), join(directory, "rejects.csv")]
  writeFileSync(file, bytes)
  const told: Array<Readonly<Record<string, string>>> = []
  const read = (path: string) => comparable(readFileSync(path, "utf8"), org, directory)
  const text = (output: string) => comparable(output, org, directory)
  // On a busy machine the lines that tell how it comes along are among it.
  const errorsIn = (output: string) => text(output).replaceAll(/^(\d+ %: .*|[\d.]+ of [\d.]+ MiB sent)\n/gm, "")
  for (const [more, report] of [
    [["--dry-run"], csv],
    [["--dry-run", "--json"], jsonl],
    [["--json"], csv],
    [["--json"], jsonl],
    [[], csv]
  ] as const) {
    const { code, stderr, stdout } = yield* run(
      ...["import", file, "--org", org, "--report", report, "--rejects", rejects, ...more, ...args]
    )
    const lines = stdout.split("\n").filter((line) => !line.startsWith('{"event":"sent"'))
    const output = more.some((one) => one === "--json") ? (lines.at(-2) ?? "") : stdout
    told.push({
      code: String(code),
      stderr: errorsIn(stderr),
      output: text(output),
      report: read(report),
      rejects: read(rejects)
    })
  }
  return told
})

layer(Layer.merge(layerApiScene("embedded"), DirectProgram.layer), {
  timeout: "120 seconds",
  excludeTestServices: true
})("an import through a server", (it) => {
  importCommandContract(it, { programTelling, organization: tenantOf })

  it.effect("says what is wrong with the address, the key, its scope and its organisation, and never the key", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* ApiScene
      const { flags, org, tenant } = yield* tenantOf({ scim: false })
      const file = join(yield* temporary, "people.csv")
      writeFileSync(file, mixed)
      const port = yield* Effect.promise(freePort)
      const reading = yield* tenant.keyWith("read")
      const wrong = "A1b2".repeat(8)
      const key = flags.at(-1) ?? ""
      const cases: ReadonlyArray<readonly [to: string, key: string, as: string, told: RegExp]> = [
        [
          `http://127.0.0.1:${port}`,
          key,
          org,
          /cannot be reached: nothing listens there\. Check the address that --server/
        ],
        [baseUrl, wrong, org, /answers: The API key is not valid: it is unknown or was revoked/],
        [baseUrl, reading, org, /its scope is read\..*`rollcall key create \w+ --scope import` makes a key/],
        [baseUrl, tenant.scimToken, org, /looks like a SCIM token/],
        [baseUrl, key, "another", new RegExp(`API key is of the organisation ${org}, and --org says "another"`)],
        [`${baseUrl}/elsewhere`, key, org, /answers with status 404, as no Public API of Rollcall does/]
      ]
      for (const [server, secret, as, told] of cases) {
        const { code, stderr, stdout } = yield* program(
          ...["import", file, "--org", as, "--server", server, "--api-key", secret]
        )
        assert.deepStrictEqual([code, stdout], [1, ""])
        assert.match(stderr, told)
        assert.notInclude(stderr, secret)
      }
    })
  )

  it.effect("the key can come from a file or the environment; a dry run leaves the bytes for the import after it", () =>
    Effect.gen(function* () {
      const { flags, org, tenant } = yield* tenantOf({ scim: false })
      const directory = yield* temporary
      const [file, keyFile] = [join(directory, "people.csv"), join(directory, "key.txt")]
      writeFileSync(file, mixed)
      writeFileSync(keyFile, `${flags.at(-1)}\n`)
      const command = ["import", file, "--org", org, ...flags.slice(0, 2), "--create-groups", "--json"]
      const dry = yield* program(...command, "--dry-run", "--api-key-file", keyFile)
      assert.strictEqual(dry.code, 1, dry.stderr)
      assert.include(dry.stdout, '"event":"sent"')
      const environment = ConfigProvider.layer(ConfigProvider.fromEnvRecord({ ROLLCALL_API_KEY: flags.at(-1) ?? "" }))
      const real = yield* Effect.provide(program(...command), environment)
      assert.strictEqual(real.code, 1, real.stderr)
      assert.notInclude(real.stdout, '"event":"sent"')
      // What was told is not kept.
      assert.deepStrictEqual((yield* tenant.client.imports.listFiles({ query: {} })).items, [])
    })
  )

  it.effect("a connection that breaks everywhere, and a server that asks for pauses, change nothing but the time", () =>
    Effect.gen(function* () {
      const { flags, org, tenant } = yield* tenantOf({ scim: false })
      const directory = yield* temporary
      const [file, report] = [join(directory, "people.csv"), join(directory, "report.jsonl")]
      const count = 700
      const rows = Array.from({ length: count }, (_, n) => `p${n}@halden.example,${"Lead ".repeat(400)}`)
      writeFileSync(file, ["email,remark", ...rows, ""].join("\n"))
      let [asked, cut, paused] = [0, 0, 0]
      const breaking = Layer.effect(
        HttpClient.HttpClient,
        Effect.map(HttpClient.HttpClient, (client) =>
          HttpClient.transform(client, (effect, request) =>
            Effect.gen(function* () {
              const turn = ++asked
              if (turn === 3) {
                paused++
                const headers = { "retry-after": "1", "content-type": "text/html" }
                return HttpClientResponse.fromWeb(request, new Response("slow down", { status: 429, headers }))
              }
              const response = yield* effect
              if (turn === 1 || turn % 2 === 1 || turn > 40) return response
              // The server has done it, and the answer is lost.
              cut++
              return yield* new HttpClientError.HttpClientError({
                reason: new HttpClientError.TransportError({ request, description: "cut" })
              })
            })
          )
        )
      ).pipe(Layer.provide(http))
      const flaky = capturedRun({ version: "1", http: breaking, installation, stores: untouched })
      const command = ["import", file, "--org", org, ...flags, "--json", "--report", report]
      const { code, stderr, stdout } = yield* flaky(...command)
      assert.strictEqual(code, 0, stdout + stderr)
      assert.isAbove(cut, 3)
      assert.strictEqual(paused, 1)
      const events = stdout
        .trimEnd()
        .split("\n")
        .map((line): Record<string, unknown> => JSON.parse(line))
      assert.deepInclude(events.at(-1), { event: "ended", created: count, unchanged: 0, rejected: 0, line: count + 1 })
      assert.isTrue(events.some(({ text }) => /cannot be reached: .*Trying again/.test(String(text))))
      assert.deepStrictEqual(
        reportedLines(report),
        Array.from({ length: count }, (_, n) => n + 2)
      )
      // Nothing was begun twice.
      assert.lengthOf((yield* tenant.client.imports.list({ query: {} })).items, 1)
      assert.deepStrictEqual((yield* tenant.client.imports.listFiles({ query: {} })).items, [])
    })
  )

  /** Waits for the server to have done what it was asked to stop. */
  const untilIdle = (client: ApiClient) =>
    client.imports.listFiles({ query: {} }).pipe(
      Effect.repeat({
        schedule: Schedule.spaced("20 millis"),
        until: ({ items }) => items.every(({ task }) => task?.state !== "running")
      }),
      Effect.map(({ items }) => items[0]?.task?.state),
      Effect.orDie
    )

  /** What an import of many rows leaves that is broken off so, time and again, and then carried to its end. */
  const leftByBroken = Effect.fnUntraced(function* (
    count: number,
    name: string,
    breaks: ReadonlyArray<BreakOff>,
    reportBytes = Number.MAX_SAFE_INTEGER,
    held?: (subdomain: string) => ReturnType<typeof organizationHeld>
  ) {
    const rows = Array.from({ length: count }, (_, n) =>
      n % 400 === 7 ? 'nobody,"No\nbody"' : `p${n}@halden.example,P`
    )
    const { flags, org, tenant } = yield* tenantOf({ scim: false })
    const directory = yield* temporary
    const [file, report] = [join(directory, "people.csv"), join(directory, name)]
    writeFileSync(file, ["email,first_name", ...rows, ""].join("\n"))
    const command = ["import", file, "--org", org, ...flags, "--json", "--report", report]
    const states: Array<string | undefined> = []
    const rowsHeld = yield* held?.(org) ?? Effect.succeed(undefined)
    let isTold = false
    const run = (how: BreakOff | undefined) =>
      untilBroken(how, (onPrint) => {
        const parts = {
          version: "1",
          http: breakingHttp(how, reportBytes, rowsHeld ?? Effect.void),
          installation,
          stores: untouched
        }
        return capturedRun(parts, (line) => {
          isTold ||= line.includes('"event":"ended"')
          onPrint(line)
        })(...command)
      })
    const sizeOf = () => (existsSync(report) ? statSync(report).size : 0)
    for (const how of breaks) {
      if (isTold) break
      const before = sizeOf()
      yield* run(how)
      if (how.kind === "event") truncateSync(report, Math.max(Math.min(before, sizeOf()), sizeOf() - how.torn))
      if (how.kind === "stop" && how.killed) states.push(yield* untilIdle(tenant.client))
    }
    // A server that was being asked to stop may have to do so first.
    for (let more = 0; more < 3 && !isTold; more++) yield* run(undefined)
    assert.isTrue(isTold)
    const read = (path: string) => comparable(readFileSync(path, "utf8"), org, directory)
    return { files: [read(report), read(join(directory, "people.rejects.csv"))], states }
  })

  it.effect.prop(
    "R-CSV-4: broken off anywhere, any number of times, an import leaves report and rejects of one that was not, byte by byte",
    [Schema.Array(BreakOff).check(Schema.isMinLength(3), Schema.isMaxLength(5)), ReportBytes, Schema.Boolean],
    ([breaks, reportBytes, isJson]) =>
      Effect.gen(function* () {
        const name = isJson ? "report.jsonl" : "report.csv"
        const { files } = yield* leftByBroken(1_500, name, breaks, reportBytes)
        assert.deepStrictEqual(files, (yield* leftByBroken(1_500, name, [])).files)
      }),
    { arbitrary: { runs: 2 } }
  )

  it.effect(
    "R-CSV-4: a run that goes on with a stopped one and is killed itself is told once, and so are rows nobody was told of",
    () =>
      Effect.gen(function* () {
        const { database } = yield* ApiScene
        const stopped: BreakOff = { kind: "stop", at: 1, killed: true }
        const killed: BreakOff = { kind: "event", at: 2, torn: 20 }
        // No row goes in before the server knows that it is to stop.
        const held = (subdomain: string) => organizationHeld(database.DATABASE_URL ?? "", subdomain)
        const { files, states } = yield* leftByBroken(3_500, "report.csv", [stopped, killed, killed], 1_000, held)
        assert.deepStrictEqual(states, ["stopped"])
        assert.deepStrictEqual(files, (yield* leftByBroken(3_500, "report.csv", [])).files)
      }).pipe(Effect.scoped, Effect.provide(layerApiScene("postgresql")))
  )

  for (const file of Object.entries(files)) {
    it.effect(`R-CSV: ${file[0]} comes to the same, byte by byte, on the database and through a server`, () =>
      Effect.gen(function* () {
        const { flags, org } = yield* tenantOf({ scim: false })
        const direct = yield* DirectProgram
        yield* direct.run("org", "create", org, "--name", org)
        const groups = ["--create-groups", "--invite"]
        const there = yield* leftBehind(program, org, [...groups, ...flags], file)
        assert.deepStrictEqual(there, yield* leftBehind(direct.run, org, groups, file))
      })
    )
  }
})
