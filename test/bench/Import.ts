import { layerCsvReader } from "@rollcall/delivery/csv/CsvParseReader"
import { printRecord } from "@rollcall/domain/csv/CsvCell"
import { CsvReader } from "@rollcall/domain/csv/CsvReader"
import { emptySummary, summarize } from "@rollcall/domain/csv/ImportReport"
import { UserImport } from "@rollcall/domain/csv/UserImport"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { layer as database } from "@rollcall/sql/Database"
import { layer as importStore } from "@rollcall/sql/ImportStore"
import { layer as organizationStore } from "@rollcall/sql/OrganizationStore"
import { layer as peopleLookup } from "@rollcall/sql/PeopleLookupStore"
import { layer as previewStore } from "@rollcall/sql/PreviewStore"
import { layerSqlDirectory } from "@rollcall/sql/SqlDirectory"
import { ConfigProvider, Effect, Layer, ManagedRuntime, Stream } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import pg from "pg"
import { resourceTypes } from "./Company.ts"
import { cpuTime } from "./CpuTime.ts"
import { type Job, type JobRow, millis, timed, whole } from "./Job.ts"
import { userName } from "./Person.ts"

const series = "staff"
const header = [
  "email",
  "first_name",
  "last_name",
  "title",
  "employee_number",
  "location",
  "manager",
  "hire_date",
  "custom_cost_center"
]

/** The row of the n-th person; seven of eight have a manager, who comes before them in the file. */
const rowOf = (n: number): string => {
  const [given = "", family = ""] = userName(series, n).split(".")
  return printRecord([
    userName(series, n),
    given,
    family,
    `Engineer ${n % 40}`,
    `E${n}`,
    `Site ${n % 25}`,
    n % 8 === 0 ? "" : userName(series, Math.floor(n / 8)),
    `0${(n % 9) + 1}/1${n % 9}/2019`,
    `CC-${n % 97}`
  ])
}

/** The file, made while it is read. */
const fileOf = (people: number): Stream.Stream<Uint8Array> => {
  const encoder = new TextEncoder()
  const part = 1_000
  return Stream.fromIterable(
    (function* () {
      yield encoder.encode(printRecord(header))
      for (let from = 0; from < people; from += part) {
        let text = ""
        for (let n = from; n < Math.min(people, from + part); n++) text += rowOf(n)
        yield encoder.encode(text)
      }
    })()
  ).pipe(Stream.rechunk(1))
}

const layers = (url: string) =>
  UserImport.layer(resourceTypes).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        layerSqlDirectory(resourceTypes),
        peopleLookup,
        previewStore(resourceTypes),
        importStore,
        organizationStore
      )
    ),
    Layer.provideMerge(layerCsvReader),
    Layer.provideMerge(Layer.mergeAll(SecureRandom.layerWebCrypto, Digest.layerWebCrypto)),
    Layer.provideMerge(Layer.fresh(database())),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord({ DATABASE_URL: url }))),
    Layer.orDie
  )

/** The largest resident set of this process, in bytes, from now until it is asked for. */
const watchMemory = () => {
  let peak = process.memoryUsage.rss()
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 50)
  return () => {
    clearInterval(timer)
    return peak
  }
}

const importFile = (dryRun: boolean, people: number) =>
  Effect.gen(function* () {
    const reader = yield* CsvReader
    const organizations = yield* Organizations
    const known = yield* organizations.findBySubdomain(series)
    if (known === undefined) {
      yield* organizations.create({
        subdomain: Subdomain.make(series),
        name: "Millport Instruments",
        timeZone: "Europe/London",
        scimEnabled: false,
        settings: presets.product
      })
    }
    const organization = yield* organizations.findBySubdomain(series)
    if (organization === undefined) return yield* Effect.die(new Error("no organisation"))
    const { run } = yield* UserImport
    const events = run(
      { organization, actor: { keyId: "bench", keyLabel: "bench", client: "bench" }, requestId: "bench" },
      { name: "people.csv", fingerprint: undefined, records: reader.read(fileOf(people)) },
      { dryRun, invite: false, createGroups: false }
    )
    return yield* Stream.runFold(events, () => emptySummary, summarize)
  })

/** What an import writes, in an order in which foreign keys hold. */
const tables = ["organization", "user_account", "user_email", "manager_reference", "log_entry", "event"]

const withClient = async <A>(url: string, use: (client: pg.Client) => Promise<A>): Promise<A> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

const columnsOf = async (client: pg.Client, table: string): Promise<string> => {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(attname) AS name FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [table]
  )
  return rows.map(({ name }) => name).join(", ")
}

/** COPY of the same rows into the same tables with the same indexes, from files that the database server has itself. */
const copyRows = async (from: string, to: string): Promise<number> => {
  const lists = await withClient(from, async (client) => {
    const all: Array<readonly [string, string]> = []
    for (const table of tables) {
      const columns = await columnsOf(client, table)
      all.push([table, columns])
      await client.query(`COPY (SELECT ${columns} FROM ${table}) TO '/tmp/bench-${process.pid}-${table}'`)
    }
    return all
  })
  return withClient(to, async (client) => {
    await client.query("CHECKPOINT")
    const { ms } = await timed(async () => {
      for (const [table, columns] of lists) {
        await client.query(`COPY ${table} (${columns}) FROM '/tmp/bench-${process.pid}-${table}'`)
      }
    })
    return ms
  })
}

/** A file of people is imported (R-CSV-4): rate against COPY of the same rows, and memory. */
export const importing: Job = {
  title: "the import of a file of people",
  run: async (postgres, { quick, rows: asked, say }) => {
    const people = asked ?? (quick ? 10_000 : 100_000)
    const { url } = await postgres.createDatabase()
    const { url: floorUrl } = await postgres.createDatabase()
    const empty = ManagedRuntime.make(Layer.fresh(layers(floorUrl)))
    await empty.runPromise(Effect.void)
    await empty.dispose()
    const postmaster = await withClient(postgres.url, async (client) => {
      const { rows } = await client.query<{ file: string }>("SELECT pg_read_file('postmaster.pid') AS file")
      return Number.parseInt(rows[0]?.file ?? "", 10)
    })
    const runtime = ManagedRuntime.make(layers(url))
    const failures: Array<string> = []
    const lines: Array<JobRow> = []
    const times: Array<number> = []
    try {
      await runtime.runPromise(Effect.void)
      const measure = async (what: string, dryRun: boolean, wanted: "created" | "unchanged") => {
        const peak = watchMemory()
        const cpu = process.cpuUsage()
        const before = cpuTime([postmaster])
        const { ms, value } = await timed(() => runtime.runPromise(importFile(dryRun, people)))
        const { system, user } = process.cpuUsage(cpu)
        if (value.counts[wanted] !== people || !value.ended) failures.push(`${what}: ${JSON.stringify(value.counts)}`)
        times.push(ms)
        const database = cpuTime([postmaster]) - before
        lines.push([
          what,
          millis(ms),
          whole((people / ms) * 1_000),
          whole((user + system) / people),
          whole(database / people),
          whole(peak() / 1_048_576)
        ])
        say(`import: ${what}: ${millis(ms)} ms`)
      }
      await measure("dry run", true, "created")
      await measure("import", false, "created")
      await measure("the same file again", false, "unchanged")
    } finally {
      await runtime.dispose()
    }
    const used = cpuTime([postmaster])
    const floor = await copyRowsOf(url, floorUrl)
    const copying = cpuTime([postmaster]) - used
    const ratio = floor / (times[1] ?? Number.NaN)
    lines.push([
      "floor: COPY of the same rows",
      millis(floor),
      whole((people / floor) * 1_000),
      "",
      whole(copying / people),
      ""
    ])
    return {
      head: [`a file of ${whole(people)} people`, "ms", "rows/s", "CPU µs a row", "PostgreSQL", "peak MB"],
      rows: lines,
      remarks: [
        `import: ${ratio.toFixed(2)} of COPY (expected: at least 0.25); COPY makes the tables' log entries and events, too`
      ],
      failures
    }
  }
}

const copyRowsOf = async (from: string, to: string): Promise<number> => {
  try {
    // The organisation's settings came with the migration of an empty database: nothing to take away before.
    return await copyRows(from, to)
  } finally {
    await withClient(from, async (client) => {
      for (const table of tables) {
        await client.query(`COPY (SELECT 1 WHERE false) TO PROGRAM 'rm -f /tmp/bench-${process.pid}-${table}'`)
      }
    })
  }
}
