import { makeTickAll } from "@rollcall/delivery/ClockJob"
import { Directory } from "@rollcall/domain/directory/Directory"
import { defaultHandLimits } from "@rollcall/domain/directory/Hand"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { layer as dueUserStore } from "@rollcall/sql/DueUserStore"
import { layerSqlDirectory } from "@rollcall/sql/SqlDirectory"
import { WriteSql } from "@rollcall/sql/WriteSql"
import { Effect, Layer, ManagedRuntime } from "effect"
import pg from "pg"
import { WallClock } from "../fault/WallClock.ts"
import type { RunningPostgres } from "../support/Postgres.ts"
import { attributesOf, idOf, layerStorage, makeOrganization, resourceTypes } from "./Company.ts"
import { cpuTime } from "./CpuTime.ts"
import { type Job, type JobRow, medianOfNumbers, millis, timed, whole } from "./Job.ts"
import { type Sent, SentStatements } from "./SentStatements.ts"
import { startByHand } from "./StartDayFloor.ts"

const series = "starters"
const batch = defaultHandLimits.batchRequests
const hired = "2027-03-01T09:00:00Z"
const day = "2027-03-10"
const morning = `${day}T00:00:30Z`

const layers = (url: string) =>
  layerSqlDirectory(resourceTypes).pipe(
    Layer.provideMerge(dueUserStore),
    Layer.provideMerge(layerStorage(url)),
    Layer.provideMerge(WallClock.layer)
  )

const setTime = (time: string) => Effect.flatMap(WallClock, ({ set }) => set(time))

/** People are hired by SCIM, days before they start. */
const hire = Effect.fnUntraced(function* (people: number) {
  yield* setTime(hired)
  const organization = yield* makeOrganization(series)
  const directory = yield* Directory
  yield* Effect.forEach(
    Array.from({ length: people }, (_, n) => n),
    (n) =>
      directory.submit(organization, {
        command: {
          _tag: "CreateUser",
          newId: idOf(n),
          input: {
            attributes: { ...attributesOf(series, n), [defaultExtensionUserUrn]: { startDate: "03/10/2027" } },
            cleared: [],
            notes: []
          }
        },
        requestId: `hire-${n}`,
        actor: { keyId: "bench", keyLabel: "bench", client: "bench" },
        line: "POST /Users",
        size: 900,
        receivedAt: Date.parse(hired)
      }),
    { concurrency: 2 * batch, discard: true }
  )
  yield* (yield* WriteSql).unsafe("VACUUM ANALYZE")
  return organization
})

/** A run of the clock, or of what stands for it. */
interface Run {
  readonly ms: number
  /** Of this process and of PostgreSQL, and bytes of the write-ahead log. */
  readonly cpu: number
  readonly databaseCpu: number
  readonly wal: number
  readonly statements: ReadonlyArray<Sent>
}

const measured = async (database: pg.Client, run: () => Promise<ReadonlyArray<Sent>>): Promise<Run> => {
  await database.query("CHECKPOINT")
  const look = async () => {
    const { rows } = await database.query<{ at: string; file: string }>(
      "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS at, pg_read_file('postmaster.pid') AS file"
    )
    const { system, user } = process.cpuUsage()
    const postmaster = Number.parseInt(rows[0]?.file ?? "", 10)
    return { wal: Number(rows[0]?.at), cpu: system + user, databaseCpu: cpuTime([postmaster]) }
  }
  const before = await look()
  const { ms, value } = await timed(run)
  const after = await look()
  return {
    ms,
    cpu: after.cpu - before.cpu,
    databaseCpu: after.databaseCpu - before.databaseCpu,
    wal: after.wal - before.wal,
    statements: value
  }
}

/** What must be so afterwards, in words; empty where it is: everybody started once, by one event, with one e-mail. */
const faultsOf = async (url: string, organization: string, people: number): Promise<ReadonlyArray<string>> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, number>>(
      `SELECT (SELECT count(*)::int FROM user_account WHERE organization_id = $1 AND starts_on IS NULL
                 AND standing::json ->> 'startedAt' IS NOT NULL) AS "people who have started",
         count(*)::int AS "starts",
         count(DISTINCT data::json ->> 'user')::int AS "people of the starts",
         count(*) FILTER (WHERE data::json ->> 'mail' = 'startDay')::int AS "e-mails of the day",
         (SELECT count(*)::int FROM log_entry WHERE organization_id = $1 AND entry::json #>> '{actor,keyId}' = 'clock')
           AS "lines of the log"
       FROM event WHERE organization_id = $1 AND type = 'user.started'`,
      [organization]
    )
    return Object.entries(rows[0] ?? {}).flatMap(([what, count]) =>
      count === people ? [] : [`${count} ${what}, not ${people}`]
    )
  } finally {
    await client.end()
  }
}

const medianRun = (runs: ReadonlyArray<Run>, value: (run: Run) => number): number => medianOfNumbers(runs.map(value))

const lineOf = (what: string, people: number, runs: ReadonlyArray<Run>, ratio: string): JobRow => {
  const each = (value: (run: Run) => number) => whole(medianRun(runs, value) / people)
  return [
    what,
    millis(medianRun(runs, ({ ms }) => ms)),
    whole((people / medianRun(runs, ({ ms }) => ms)) * 1_000),
    ratio,
    whole(medianRun(runs, ({ statements }) => statements.length)),
    each(({ cpu }) => cpu),
    each(({ databaseCpu }) => databaseCpu),
    each(({ wal }) => wal)
  ]
}

/** The statements of a run by what they are for; what is left reads the organisation's row or gathers statistics. */
const isLook = ({ text }: Sent): boolean => text.startsWith("SELECT due")
const isLoad = ({ text }: Sent): boolean => text.startsWith("SELECT found")
const isWrite = ({ text }: Sent): boolean => text.startsWith("WITH guard")

/** The database as it stood on the evening before. */
const copyOf = async (postgres: RunningPostgres, database: pg.Client, from: string): Promise<string> => {
  const { drop, url } = await postgres.createDatabase()
  await drop()
  const name = (of: string) => new URL(of).pathname.slice(1)
  await database.query(`CREATE DATABASE ${name(url)} TEMPLATE ${name(from)} STRATEGY file_copy`)
  return url
}

/** The start of everybody on one day, by the job of the clock (R-START-3). */
export const startDay: Job = {
  title: "the start day of many",
  run: async (postgres, { quick, say }) => {
    const people = quick ? 2_000 : 10_000
    const rounds = quick ? 1 : 3
    const { url: evening } = await postgres.createDatabase()
    const seeding = ManagedRuntime.make(layers(evening))
    const seeded = await timed(() => seeding.runPromise(hire(people)))
    const organization = seeded.value
    await seeding.dispose()
    say(`start-day: ${whole(people)} people are hired (${millis(seeded.ms)} ms)`)
    const database = new pg.Client({ connectionString: postgres.url })
    await database.connect()
    const failures = new Set<string>()
    const first: Array<Run> = []
    const second: Array<Run> = []
    const floor: Array<Run> = []
    try {
      for (let round = 0; round < rounds; round += 1) {
        const url = await copyOf(postgres, database, evening)
        const runtime = ManagedRuntime.make(layers(url))
        try {
          const tickAll = await runtime.runPromise(Effect.andThen(setTime(morning), makeTickAll))
          const { take } = await runtime.runPromise(SentStatements)
          const tick = async () => {
            take()
            await runtime.runPromise(tickAll)
            return take()
          }
          first.push(await measured(database, tick))
          second.push(await measured(database, tick))
          if (second.at(-1)?.statements.some(isWrite)) failures.add("a second look wrote something")
        } finally {
          await runtime.dispose()
        }
        for (const fault of await faultsOf(url, organization, people)) failures.add(fault)
        const floorUrl = await copyOf(postgres, database, evening)
        const { end, run } = await startByHand(floorUrl, organization, people, batch)
        floor.push(await measured(database, run))
        await end()
        for (const fault of await faultsOf(floorUrl, organization, people)) failures.add(`floor: ${fault}`)
      }
    } finally {
      await database.end()
    }
    const sent = (which: (statement: Sent) => boolean) =>
      whole(medianRun(first, ({ statements }) => statements.filter(which).length))
    const ratio = medianOfNumbers(first.map(({ ms }, i) => (floor[i]?.ms ?? Number.NaN) / ms))
    return {
      head: [
        `start day of ${whole(people)} people`,
        "ms",
        "people/s",
        "ratio",
        "statements",
        "CPU µs each",
        "PostgreSQL",
        "WAL B each"
      ],
      rows: [
        lineOf("the clock", people, first, ratio.toFixed(2)),
        lineOf("its next look", people, second, ""),
        lineOf(`floor: batches of ${batch} by hand`, people, floor, "")
      ],
      remarks: [
        `median of ${rounds}; ratio: ours to the floor's people a second`,
        `the clock: ${sent(isLook)} looks for people, ${sent(isLoad)} loads, ${sent(isWrite)} batches written`
      ],
      failures: [...failures]
    }
  }
}
