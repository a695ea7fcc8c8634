import { createHash } from "node:crypto"
import { assert, type Vitest } from "@effect/vitest"
import { layerCsvReader } from "@rollcall/delivery/csv/CsvParseReader"
import { CsvReader } from "@rollcall/domain/csv/CsvReader"
import { mostFollowers } from "@rollcall/domain/csv/FollowedUploads"
import { emptySummary, makeRejects, summarize } from "@rollcall/domain/csv/ImportReport"
import type { RowOutcome } from "@rollcall/domain/csv/RowOutcome"
import { UserImport } from "@rollcall/domain/csv/UserImport"
import type { ImportedRow, ImportFile } from "@rollcall/http/api/ImportsApi"
import { Effect, Option, Stream } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { type ApiClient, ApiScene, type ApiTenant } from "./ApiScene.ts"

type File = typeof ImportFile.Type
type Options = { readonly createGroups?: boolean; readonly invite?: boolean; readonly resume?: boolean }

const encoder = new TextEncoder()

/** Somebody new, somebody's manager later in the file, groups, what stays out, a name that a spreadsheet would run. */
const people = `email,first_name,last_name,title,employee_number,manager,groups,start_date,remark
ada@halden.example,Ada,Okafor,=cmd|'/c calc'!A1,E1,bo@halden.example,Robotics,,x
bo@halden.example,Bo,Lind,Head,E2,,"Robotics;Line 2",01/02/2019,x
nobody,Cy,Berg,,E3,,,,x
di@halden.example,Di,Moe,,E4,,,31/12/2027,x
ada@halden.example,Ada,Okafor,Other,E1,,,,x
`

/** Sends a file in parts, and begins nothing with it. */
const send = Effect.fnUntraced(function* (client: ApiClient, text: string, name = "people.csv", partSize = 512 * 1024) {
  const bytes = encoder.encode(text)
  let file: File = yield* client.imports.beginFile({ payload: { name, size: bytes.length } })
  while (file.received < bytes.length) {
    const payload = bytes.slice(file.received, file.received + partSize)
    file = yield* client.imports.sendPart({ params: { id: file.id, offset: file.received }, payload })
  }
  return file
})

/** Everything that was told, up to the end. */
const followed = (client: ApiClient, id: string) =>
  Effect.flatMap(client.imports.progress({ params: { id } }), (told) => Stream.runCollect(told))

const rowsOf = (client: ApiClient, id: string, after?: number) =>
  Effect.flatMap(client.imports.reportJson({ params: { id }, query: after === undefined ? {} : { after } }), (rows) =>
    Stream.runCollect(rows)
  )

const textOf = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>) => Stream.mkString(Stream.decodeText(bytes))

const run = Effect.fnUntraced(function* (
  client: ApiClient,
  id: string,
  kind: "preview" | "run",
  payload: Options = {}
) {
  const begun = yield* client.imports[kind]({ params: { id }, payload })
  const last = (yield* followed(client, id)).at(-1)
  return { begun, task: last?.task ?? assert.fail("nothing was told of the task") }
})

/** All of an outcome that does not differ from organisation to organisation. */
const told = (row: typeof ImportedRow.Type) => ({
  line: row.line,
  outcome: row.outcome,
  userName: row.user?.userName,
  rule: row.rule ?? undefined,
  changes: row.changes.filter(({ attribute }) => !/:userId$|manager$/.test(attribute)),
  notes: row.notes,
  error: row.error === null ? undefined : [row.error.column ?? undefined, row.error.detail],
  hasCase: row.error === null ? undefined : row.error.caseCode !== null,
  cells: row.cells
})

const toldDirectly = (row: RowOutcome): ReturnType<typeof told> => ({
  line: row.line,
  outcome: row.outcome,
  userName: row.user?.userName,
  rule: row.rule,
  changes: row.changes
    .filter(({ attribute }) => !/:userId$|manager$/.test(attribute))
    .map(({ after, attribute, before }) => ({
      attribute,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after })
    })),
  notes: row.notes,
  error: row.error === undefined ? undefined : [row.error.column, row.error.detail],
  hasCase: row.error === undefined ? undefined : row.error.caseCode !== undefined,
  cells: row.error === undefined ? [] : row.cells
})

/** The same file through the use case, in this process. */
const directly = Effect.fnUntraced(function* (tenant: ApiTenant, text: string, dryRun: boolean) {
  const imports = yield* UserImport
  const reader = yield* Effect.provide(CsvReader, layerCsvReader)
  const events = yield* Stream.runCollect(
    imports.run(
      {
        organization: tenant.organization,
        actor: { keyId: "operator", keyLabel: "operator", client: "test" },
        requestId: "direct"
      },
      { name: "people.csv", fingerprint: undefined, records: reader.read(Stream.make(encoder.encode(text))) },
      { dryRun, invite: false, createGroups: true }
    )
  )
  const outcomes = events.flatMap((event) => (event._tag === "Rows" ? event.outcomes : []))
  return { outcomes, summary: events.reduce(summarize, emptySummary) }
})

/** Imports of files through the Public API (R-CSV, R-ORG-7). */
export const importsContract = (it: Vitest.MethodsNonLive<ApiScene | HttpClient.HttpClient | UserImport>): void => {
  const arrange = Effect.fnUntraced(function* () {
    const tenant = yield* (yield* ApiScene).newTenant({ scim: false })
    return { tenant, client: yield* tenant.clientWith("import") }
  })

  it.effect(
    "R-CSV-3: a preview and a run answer what the direct path answers, row by row, and a preview stores nothing",
    () =>
      Effect.gen(function* () {
        const { client } = yield* arrange()
        const other = yield* (yield* ApiScene).newTenant({ scim: false })
        const { id } = yield* send(client, people)

        const preview = yield* run(client, id, "preview", { createGroups: true })
        assert.deepInclude(preview.begun.task, { kind: "preview", createGroups: true, invite: false })
        const foreseen = yield* directly(other, people, true)
        assert.deepInclude(preview.task, { state: "ended", import: null, counts: foreseen.summary.counts, line: 6 })
        assert.deepStrictEqual(preview.task.ignoredColumns, [{ name: "remark", meant: null }])
        assert.deepStrictEqual((yield* rowsOf(client, id)).map(told), foreseen.outcomes.map(toldDirectly))
        assert.deepStrictEqual((yield* client.imports.list({ query: {} })).items, [])

        const { task } = yield* run(client, id, "run", { createGroups: true })
        const done = yield* directly(other, people, false)
        assert.deepStrictEqual(done.summary.counts, { created: 2, updated: 0, unchanged: 0, rejected: 3 })
        assert.deepInclude(task, { kind: "run", state: "ended", counts: done.summary.counts, resumedAfter: 0 })
        const rows = yield* rowsOf(client, id)
        assert.deepStrictEqual(rows.map(told), done.outcomes.map(toldDirectly))
        assert.deepStrictEqual(yield* rowsOf(client, id, 4), rows.slice(3))

        const { items } = yield* client.imports.list({ query: {} })
        assert.deepStrictEqual(
          items.map(({ counts, finishedAt, id, line, name }) => [id, name, line, counts, finishedAt !== null]),
          [[task.import, "people.csv", 6, task.counts, true]]
        )
        assert.deepStrictEqual(yield* client.imports.show({ params: { id: task.import ?? "" } }), items[0])
      })
  )

  it.effect(
    "R-CSV-3, ABUSE-35: report and rejects are downloads; what a spreadsheet would run is quoted, rejects go in again",
    () =>
      Effect.gen(function* () {
        const { client, tenant } = yield* arrange()
        const { id } = yield* send(client, people)
        yield* run(client, id, "run", { createGroups: true })
        const report = yield* textOf(yield* client.imports.reportCsv({ params: { id } }))
        assert.match(report, /^line,outcome,scim_id,/)
        assert.notMatch(report, /(^|,)"?[=+@]/m)
        const rejects = yield* textOf(yield* client.imports.rejectsCsv({ params: { id } }))
        const header = makeRejects((people.split("\n")[0] ?? "").split(",")).header
        assert.isTrue(rejects.startsWith(header), rejects)
        assert.strictEqual(rejects.trimEnd().split("\n").length, 4)

        const corrected = rejects.replace(",nobody,", ",cy@halden.example,").replace(",31/12/2027,", ",12/31/2027,")
        const again = yield* send(client, corrected, "people.rejects.csv")
        const { task } = yield* run(client, again.id, "run")
        assert.deepInclude(task.counts, { created: 2, updated: 1, rejected: 0 })
        const admin = yield* tenant.client.log.search({ query: { text: "CSV people.rejects.csv line" } })
        assert.deepInclude(admin.items[0], { via: "csv", client: admin.items[0]?.client ?? "" })
        assert.strictEqual(admin.items.length, 3)
      })
  )

  it.effect(
    "R-CSV-4: a file comes in parts that may be sent again; it goes on where it stands, and only whole files are worked on",
    () =>
      Effect.gen(function* () {
        const { client } = yield* arrange()
        const text = `email,remark\nada@halden.example,${"x".repeat(100_000)}\nbo@halden.example,y\n`
        const bytes = encoder.encode(text)
        const { id } = yield* client.imports.beginFile({ payload: { name: "long.csv", size: bytes.length } })
        const part = (from: number, to?: number) =>
          client.imports.sendPart({ params: { id, offset: from }, payload: bytes.slice(from, to) })
        assert.deepInclude(yield* part(0, 70_000), { received: 70_000 })
        assert.deepInclude(yield* part(0, 70_000), { received: 70_000 })
        assert.deepInclude(yield* Effect.flip(part(80_000)), { _tag: "Conflict", status: 409 })
        assert.deepInclude(yield* Effect.flip(part(70_000, 70_010)), { _tag: "InvalidRequest" })
        const early = yield* Effect.flip(client.imports.run({ params: { id }, payload: {} }))
        assert.include(Reflect.get(early, "detail"), `70000 of ${bytes.length} bytes`)
        // Of two that send the same part at once one is taken.
        const both = yield* Effect.all([part(70_000), part(70_000)], { concurrency: 2 })
        for (const file of both) assert.deepInclude(file, { received: bytes.length })
        const { task } = yield* run(client, id, "run")
        assert.deepInclude(task.counts, { created: 2, rejected: 0 })
        // What was imported is not kept, and the same file again changes nothing.
        assert.deepInclude(yield* client.imports.showFile({ params: { id } }), { kept: false })
        const twice = yield* Effect.flip(client.imports.run({ params: { id }, payload: {} }))
        assert.deepInclude(twice, { _tag: "Gone", status: 410 })
        const second = yield* run(client, (yield* send(client, text)).id, "run")
        assert.deepInclude(second.task.counts, { created: 0, updated: 0, unchanged: 2 })
        yield* client.imports.removeFile({ params: { id } })
        assert.deepInclude(yield* Effect.flip(client.imports.showFile({ params: { id } })), { _tag: "NotFound" })
      })
  )

  it.effect("an import goes on when whoever follows it goes away, and whoever comes later is told the end", () =>
    Effect.gen(function* () {
      const { client } = yield* arrange()
      const lines = Array.from({ length: 40 }, (_, n) => `p${n}@halden.example`)
      const { id } = yield* send(client, `email\n${lines.join("\n")}\n`)
      yield* client.imports.run({ params: { id }, payload: { resume: false } })
      const first = yield* Stream.runHead(yield* client.imports.progress({ params: { id } }))
      assert.isTrue(Option.isSome(first))
      const last = (yield* followed(client, id)).at(-1)
      assert.deepInclude(last?.task, { state: "ended", line: 41 })
      assert.deepInclude(last?.task?.counts, { created: 40 })
      assert.strictEqual((yield* rowsOf(client, id)).length, 40)
    })
  )

  it.effect("R-CSV-4: a file that was announced is found by its bytes; where other bytes came, nothing goes in", () =>
    Effect.gen(function* () {
      const { client, tenant } = yield* arrange()
      const sha256 = createHash("sha256").update("email\nada@halden.example\n").digest("hex")
      const announced = { name: "people.csv", size: 25, sha256 }
      const { id } = yield* client.imports.beginFile({ payload: announced })
      const found = yield* client.imports.listFiles({ query: { sha256 } })
      assert.deepStrictEqual(
        found.items.map((file) => [file.id, file.sha256, file.received]),
        [[id, sha256, 0]]
      )
      const other = "email\nbo@halden.example\n\n"
      yield* client.imports.sendPart({ params: { id, offset: 0 }, payload: encoder.encode(other) })
      for (const kind of ["preview", "run"] as const) {
        const { task } = yield* run(client, id, kind)
        assert.strictEqual(task.state, "failed")
        assert.match(task.error ?? "", /not those that were announced/)
      }
      assert.deepStrictEqual((yield* tenant.client.users.list({ query: {} })).items, [])
    })
  )

  it.effect(
    "R-CSV-4: an import is stopped after the rows on their way, and goes on behind them when it is run again",
    () =>
      Effect.gen(function* () {
        const { client } = yield* arrange()
        const count = 12_000
        const lines = Array.from({ length: count }, (_, n) => `p${n}@halden.example`)
        const { id } = yield* send(client, `email\n${lines.join("\n")}\n`)
        assert.deepInclude(yield* Effect.flip(client.imports.stop({ params: { id } })), { _tag: "Conflict" })
        yield* client.imports.run({ params: { id }, payload: {} })
        const told = yield* client.imports.progress({ params: { id } })
        yield* Stream.runHead(Stream.filter(told, ({ task }) => (task?.line ?? 0) > 1))
        yield* client.imports.stop({ params: { id } })
        const { task } = (yield* followed(client, id)).at(-1) ?? assert.fail("nothing was told")
        assert.deepInclude(task, { state: "stopped", error: null })
        const line = task?.line ?? 0
        assert.isBelow(line, count)
        assert.strictEqual((yield* rowsOf(client, id)).at(-1)?.line, line)
        const rest = yield* run(client, id, "run")
        assert.deepInclude(rest.task, { state: "ended", resumedAfter: line, line: count + 1 })
        assert.strictEqual((rest.task.counts.created ?? 0) + rest.task.before.created, count)
      })
  )

  it.effect("the columns of a file are named, with the organisation that the key is of", () =>
    Effect.gen(function* () {
      const { client, tenant } = yield* arrange()
      const { id } = yield* send(client, "email,custom_shoe_size\nada@halden.example,38\n")
      yield* run(client, id, "run")
      const { columns, subdomain } = yield* client.imports.columns()
      assert.strictEqual(subdomain, tenant.organization.subdomain)
      assert.includeMembers([...columns], ["scim_id", "email", "manager", "groups", "custom_shoe_size"])
    })
  )

  it.effect("whoever followed a file and went away leaves the place to another", () =>
    Effect.gen(function* () {
      const { client } = yield* arrange()
      const { id } = yield* client.imports.beginFile({ payload: { name: "long.csv", size: 1_000_000 } })
      for (let i = 0; i < mostFollowers + 10; i++) {
        const first = yield* Stream.runHead(yield* client.imports.progress({ params: { id } }))
        assert.isTrue(Option.isSome(first), `the ${i + 1}th was told nothing`)
      }
    })
  )

  it.effect("a file that cannot be read fails with the line and what to do; rows before it stay", () =>
    Effect.gen(function* () {
      const { client } = yield* arrange()
      const { id } = yield* send(client, 'email\nada@halden.example\n"bo@halden.example\n')
      const { task } = yield* run(client, id, "run")
      assert.strictEqual(task.state, "failed")
      assert.match(task.error ?? "", /^Line 3: A quote is opened/)
      const empty = yield* run(client, (yield* send(client, "")).id, "preview")
      assert.match(empty.task.error ?? "", /^The file is empty/)
    })
  )

  it.effect(
    "R-ORG-7, ABUSE-16: while SCIM is on, neither files nor imports are taken, unless the operator allows it; the log tells",
    () =>
      Effect.gen(function* () {
        const { client, tenant } = yield* arrange()
        const { id } = yield* send(client, people)
        yield* tenant.configure({ scimEnabled: true })
        const refused = yield* Effect.forEach(
          [
            client.imports.beginFile({ payload: { name: "people.csv", size: 1 } }),
            client.imports.preview({ params: { id }, payload: {} }),
            client.imports.run({ params: { id }, payload: {} })
          ],
          (call: Effect.Effect<File, unknown>) => Effect.flip(call)
        )
        for (const problem of refused) {
          assert.deepInclude(problem, { _tag: "Forbidden", status: 403 })
          assert.include(Reflect.get(Object(problem), "detail"), "rollcall org allow-csv")
        }
        const { items } = yield* tenant.client.log.search({ query: { outcome: "refused" } })
        assert.strictEqual(items.length, 3)
        yield* tenant.configure({ csvAllowed: true })
        const { task } = yield* run(client, id, "run", { createGroups: true })
        assert.deepInclude(task, { state: "ended" })
      })
  )

  it.effect("ABUSE-16: what /Users refuses, a file sent here does not bring in either; other rows go in", () =>
    Effect.gen(function* () {
      const { client, tenant } = yield* arrange()
      const text = `email,first_name,employee_number,scim_id,user_id,start_date,manager
ada@halden.example,Ada,E1,,,,ada@halden.example
"ada@evil x"@halden.example,Bo,,,,,
cy@halden.example,Cy,,,99999,,
di@halden.example,Di,,${crypto.randomUUID()},,,
eve@halden.example,Eve,,,,02/30/2027,
fay\u200b@halden.example,Fay,,,,,
`
      const { id } = yield* send(client, text)
      const { task } = yield* run(client, id, "run")
      const rows = yield* rowsOf(client, id)
      assert.deepStrictEqual(
        rows.map(({ line, outcome }) => `${line} ${outcome}`),
        ["2 created", "3 rejected", "4 rejected", "5 rejected", "6 rejected", "7 rejected"]
      )
      assert.deepInclude(task.counts, { created: 1, rejected: 5 })
      assert.isTrue(
        rows[0]?.notes.some((note) => /own manager|themsel/.test(note)),
        rows[0]?.notes.join("; ")
      )
      const { items } = yield* tenant.client.users.list({ query: {} })
      assert.strictEqual(items.length, 1)
    })
  )

  it.effect("another organisation's files and imports are not there", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* arrange(), yield* arrange()]
      const { id } = yield* send(one.client, people)
      const { task } = yield* run(one.client, id, "run")
      for (const call of [
        other.client.imports.showFile({ params: { id } }),
        other.client.imports.sendPart({ params: { id, offset: 0 }, payload: encoder.encode("x") }),
        other.client.imports.progress({ params: { id } }),
        other.client.imports.rejectsCsv({ params: { id } }),
        other.client.imports.show({ params: { id: task.import ?? "" } })
      ]) {
        assert.deepInclude(yield* Effect.flip(call as Effect.Effect<unknown, unknown>), { _tag: "NotFound" })
      }
      assert.deepStrictEqual((yield* other.client.imports.listFiles({ query: {} })).items, [])
    })
  )

  it.effect("a name that the log could not hold, and more bytes than a file may have, are refused", () =>
    Effect.gen(function* () {
      const { client, tenant } = yield* arrange()
      const { baseUrl } = yield* ApiScene
      for (const name of ["a\u0000b", "a\nb", "", "x".repeat(256)]) {
        const response = yield* HttpClientRequest.post(`${baseUrl}/api/v1/import-files`).pipe(
          HttpClientRequest.bearerToken(tenant.apiKey),
          HttpClientRequest.bodyJsonUnsafe({ name, size: 1 }),
          HttpClient.execute
        )
        assert.strictEqual(response.status, 400, JSON.stringify(name))
      }
      const large = yield* Effect.flip(
        client.imports.beginFile({ payload: { name: "large.csv", size: 1024 ** 3 + 1 } })
      )
      assert.deepInclude(large, { _tag: "TooLarge", status: 413 })
    })
  )
}
