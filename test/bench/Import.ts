import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import pg from "pg"
import { rollcall } from "../support/RollcallCli.ts"
import { cpuTime } from "./CpuTime.ts"
import { measureBeside } from "./ImportBeside.ts"
import { type Job, type JobRow, millis, timed, whole } from "./Job.ts"
import { type ProgramRun, runProgram } from "./Program.ts"
import { writeStaffFile } from "./StaffFile.ts"

const series = "staff"

/** What requests wait beside an import shows with so many people. */
const besidePeople = 20_000

/** An organisation that has nobody, for dry runs. */
const trial = "trial"

/** Rows of COPY to which an import must come, as a share. */
const expectedRatio = 0.25
/** Judged of so many rows: with few, most of the time is that of a program which has just started. */
const judgedRatio = 100_000

/** So much more memory than for its first tenth a file may take, as a factor; judged of files in which a tenth is much. */
const expectedGrowth = 1.25
const judgedRows = 300_000

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

/** Rows a second between two shares of the way, each from 0 to 1. */
const rateBetween = ({ marks, ms }: ProgramRun, from: number, to: number): number => {
  const people = marks.at(-1)?.rows ?? 0
  const at = (share: number) => marks.find(({ rows }) => rows >= people * share) ?? { rows: people, at: ms }
  return ((at(to).rows - at(from).rows) / (at(to).at - at(from).at)) * 1_000
}

const megabytes = (bytes: number | undefined): string => (bytes === undefined ? "" : whole(bytes / 1_048_576))

/**
 * A file of people is imported by the program, exported and imported again (R-CSV): rate against COPY of the same rows, and
 * memory of its process, which must not grow with the file.
 */
export const importing: Job = {
  title: "the import of a file of people",
  run: async (postgres, { quick, rows: asked, say }) => {
    const people = asked ?? (quick ? 10_000 : 100_000)
    const { url } = await postgres.createDatabase()
    const { url: floorUrl } = await postgres.createDatabase()
    await rollcall(["db", "migrate"], { DATABASE_URL: floorUrl })
    for (const organization of [series, trial]) {
      await rollcall(["org", "create", organization, "--name", "Millport Instruments"], { DATABASE_URL: url })
    }
    const postmaster = await withClient(postgres.url, async (client) => {
      const { rows } = await client.query<{ file: string }>("SELECT pg_read_file('postmaster.pid') AS file")
      return Number.parseInt(rows[0]?.file ?? "", 10)
    })
    const failures: Array<string> = []
    const lines: Array<JobRow> = []
    const directory = await mkdtemp(join(tmpdir(), "rollcall-bench-import-"))
    const path = (name: string) => join(directory, name)
    let ratio = Number.NaN
    try {
      await writeStaffFile(path("people.csv"), series, people)
      const measure = async (
        what: string,
        args: ReadonlyArray<string>,
        wanted: string,
        organization = series
      ): Promise<ProgramRun> => {
        const before = cpuTime([postmaster])
        let told = 0
        const run = await runProgram(
          [...args, "--org", organization],
          { DATABASE_URL: url },
          {
            onMark: ({ at, peak, rows }) => {
              if (rows < told + people / 10) return
              told = rows
              say(`import: ${what}: ${whole(rows)} rows, ${whole(at / 1_000)} s, ${megabytes(peak)} MB`)
            }
          }
        )
        const database = cpuTime([postmaster]) - before
        if (run.answer[wanted] !== people) failures.push(`${what}: ${JSON.stringify(run.answer).slice(0, 2_000)}`)
        const tenth = run.marks.find(({ rows }) => rows >= people / 10)?.peak
        if (people >= judgedRows && tenth !== undefined && run.peak > tenth * expectedGrowth) {
          failures.push(`${what}: memory grows with the file, from ${megabytes(tenth)} to ${megabytes(run.peak)} MB`)
        }
        tell([
          what,
          millis(run.ms),
          whole((people / run.ms) * 1_000),
          tenth === undefined ? "" : whole(rateBetween(run, 0.1, 0.2)),
          tenth === undefined ? "" : whole(rateBetween(run, 0.9, 1)),
          whole(run.cpu / people),
          whole(database / people),
          megabytes(tenth),
          megabytes(run.peak)
        ])
        return run
      }
      const tell = (line: JobRow) => {
        lines.push(line)
        say(`import: ${line.join(" | ")}`)
      }
      const file = path("people.csv")
      const { ms } = await measure("import", ["import", file, "--report", path("report.csv")], "created")
      const used = cpuTime([postmaster])
      const floor = await copyRowsOf(url, floorUrl)
      const copying = whole((cpuTime([postmaster]) - used) / people)
      ratio = floor / ms
      tell(["COPY of the same rows", millis(floor), whole((people / floor) * 1_000), "", "", "", copying, "", ""])
      await measure("export, CSV", ["export", "users", "--out", path("export.csv")], "count")
      await measure("export, JSON lines", ["export", "users", "--out", path("export.jsonl")], "count")
      await measure("import of the export", ["import", path("export.csv")], "unchanged")
      await measure("dry run", ["import", file, "--dry-run"], "created", trial)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
    if (people >= judgedRatio && ratio < expectedRatio)
      failures.push(`${ratio.toFixed(2)} of COPY, not ${expectedRatio}`)
    const beside = await measureBeside(postgres, { people: Math.min(people, besidePeople), say })
    return {
      head: [
        `a file of ${whole(people)} people`,
        "ms",
        "rows/s",
        "2nd tenth",
        "last tenth",
        "CPU µs a row",
        "PostgreSQL",
        "MB, 1st tenth",
        "MB, all"
      ],
      rows: lines,
      remarks: [
        `import: ${ratio.toFixed(2)} of COPY (expected: at least ${expectedRatio}); COPY makes the tables' log entries and events, too`,
        ...beside.remarks
      ],
      failures: [...failures, ...beside.failures]
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
