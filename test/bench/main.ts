import { existsSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { availableParallelism, cpus, loadavg } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import pg from "pg"
import { ROOT } from "../support/Environment.ts"
import { type RunningPostgres, startPostgres } from "../support/Postgres.ts"
import { startServer } from "../support/RunningServer.ts"
import { cpuTime } from "./CpuTime.ts"
import { startFloor } from "./FloorProcess.ts"
import { countFloor, seedFloor } from "./FloorSeed.ts"
import type { JobReport } from "./Job.ts"
import { type JobName, jobs } from "./Jobs.ts"
import { LoadProcess } from "./LoadProcess.ts"
import { families, type OperationName, operations } from "./Operation.ts"
import type { Plan } from "./Plan.ts"
import { jobReport, misses, report } from "./Report.ts"
import type { Result, Round } from "./Result.ts"
import { countRollcall, seedRollcall } from "./RollcallSeed.ts"
import type { Target } from "./Target.ts"

const usage = `pnpm bench [--quick] [--only <operation or job>]… [--connections <n>]… [--rounds <n>] [--warm-up <requests>] [--floor-only | --twin] [--rows <of the import>] [--cpu-profile DIR] [--json FILE]
operations: ${Object.keys(operations).join(", ")}
jobs: ${Object.keys(jobs).join(", ")}`

const isOperation = (name: string): name is OperationName => Object.hasOwn(operations, name)
const isJob = (name: string): name is JobName => Object.hasOwn(jobs, name)
const sides = ["ours", "floor"] as const
type Side = (typeof sides)[number]

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      connections: { type: "string", multiple: true, default: ["1", "32"] },
      rounds: { type: "string" },
      rows: { type: "string" },
      "warm-up": { type: "string" },
      "floor-only": { type: "boolean", default: false },
      twin: { type: "boolean", default: false },
      "cpu-profile": { type: "string" },
      json: { type: "string" },
      help: { type: "boolean", default: false }
    }
  })
  // What is about two servers has no place for what is about this process.
  const all = values["floor-only"] || values.twin ? [] : Object.keys(jobs)
  const chosen = values.only.length === 0 ? [...Object.keys(operations), ...all] : values.only
  const unknown = chosen.find((name) => !isOperation(name) && !isJob(name))
  if (unknown !== undefined) throw new Error(`no operation or job ${unknown}\n${usage}`)
  const connections = values.connections.map(Number)
  if (!connections.every((n) => Number.isInteger(n) && n > 0)) throw new Error(`--connections takes a number\n${usage}`)
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 5))
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds takes a number\n${usage}`)
  const warmUp = Number(values["warm-up"] ?? 5_000)
  if (!Number.isInteger(warmUp) || warmUp < 0) throw new Error(`--warm-up takes a number\n${usage}`)
  const plan: Plan = {
    operations: new Set(chosen.filter(isOperation)),
    connections,
    rounds,
    seconds: values.quick ? 0.7 : 2,
    warmUp,
    people: 10_000,
    largeGroup: values.quick ? 10_000 : 100_000
  }
  return { plan, chosenJobs: [...new Set(chosen.filter(isJob))], values }
}

const { chosenJobs, plan, values } = readOptions()
const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** What has been started, ended in reverse order whatever happens. */
const started: Array<() => unknown> = []
let stopping: Promise<void> | undefined
const stopAll = (): Promise<void> => {
  stopping ??= (async () => {
    for (const stop of started.reverse()) await stop()
  })()
  return stopping
}
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void stopAll().finally(() => process.exit(1)))
}

/** Refuses to measure on a database that answers before a write is on the disk. */
const checkDurability = async (database: pg.Client): Promise<string> => {
  const shown = await database.query<Record<string, string>>(
    `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit,
            current_setting('full_page_writes') AS full_page_writes, current_setting('server_version') AS version`
  )
  const { version, ...settings } = shown.rows[0] ?? {}
  const off = Object.entries(settings).find(([, value]) => value !== "on")
  if (off !== undefined) throw new Error(`PostgreSQL is not durable: ${off[0]} is ${off[1]}`)
  return `PostgreSQL ${version}, ${Object.keys(settings).join(", ")} on`
}

const tidy = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query("VACUUM ANALYZE")
  await client.end()
}

/** The longest that a warm-up takes; its requests, not its time, are what counts. */
const warmUpSeconds = 12

const walPosition = async (database: pg.Client): Promise<number> => {
  const { rows } = await database.query<{ at: string }>("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS at")
  return Number(rows[0]?.at)
}

/** The first process of PostgreSQL, parent of all others. */
const postmaster = async (database: pg.Client): Promise<number> => {
  const { rows } = await database.query<{ file: string }>("SELECT pg_read_file('postmaster.pid') AS file")
  return Number.parseInt(rows[0]?.file ?? "", 10)
}

/** A server under load, and its process. */
interface Subject {
  readonly target: Target
  readonly pid: number
}

const measureAll = async (load: LoadProcess, subjects: ReadonlyMap<Side, Subject>, database: pg.Client) => {
  const databasePid = await postmaster(database)
  const cursors = new Map<string, number>()
  const run = async (
    side: Side,
    operation: OperationName,
    connections: number,
    { requests, seconds }: { readonly requests: number; readonly seconds: number }
  ): Promise<Round> => {
    const cursor = `${side} ${operation}`
    const from = cursors.get(cursor) ?? 0
    const spent = (): readonly [server: number, database: number] => [
      cpuTime([subjects.get(side)?.pid ?? 0]),
      cpuTime([databasePid])
    ]
    const before = { wal: await walPosition(database), cpu: spent() }
    const measured = await load.run({ target: side, operation, connections, requests, seconds, from })
    const cpu = spent()
    cursors.set(cursor, from + measured.requests)
    return {
      ...measured,
      wal: ((await walPosition(database)) - before.wal) / measured.requests,
      serverCpu: (cpu[0] - before.cpu[0]) / measured.requests,
      databaseCpu: (cpu[1] - before.cpu[1]) / measured.requests
    }
  }
  const measure = (side: Side, operation: OperationName, connections: number): Promise<Round> =>
    run(side, operation, connections, {
      requests: operations[operation].limit?.(connections) ?? Number.MAX_SAFE_INTEGER,
      seconds: plan.seconds
    })
  /** Counted, so that both sides are as far in what Node and PostgreSQL learn of them, however fast they are. */
  const warmUp = (side: Side, operation: OperationName, connections: number): Promise<Round> =>
    run(side, operation, connections, { requests: plan.warmUp, seconds: warmUpSeconds })
  const results: Array<Result> = []
  for (const family of families) {
    const chosen = family.filter((operation) => plan.operations.has(operation))
    for (const connections of chosen.length === 0 ? [] : plan.connections) {
      // Each side in turn within each round, so that a slow minute of the machine meets both.
      const lanes = chosen.flatMap((operation) => sides.map((side) => ({ operation, side, rounds: [] as Round[] })))
      const present = lanes.filter(({ side }) => subjects.has(side))
      await database.query("CHECKPOINT")
      for (const { operation, side } of present) await warmUp(side, operation, connections)
      for (let round = 0; round < plan.rounds; round += 1) {
        for (const { operation, rounds, side } of present) rounds.push(await measure(side, operation, connections))
      }
      const of = (operation: OperationName, side: Side) =>
        lanes.find((lane) => lane.operation === operation && lane.side === side)?.rounds ?? []
      for (const operation of chosen) {
        results.push({ operation, connections, floor: of(operation, "floor"), ours: of(operation, "ours") })
        say(`measured: ${operations[operation].title}, ${connections} connection${connections === 1 ? "" : "s"}`)
      }
    }
  }
  return { results, acknowledged: (side: Side, operation: OperationName) => cursors.get(`${side} ${operation}`) ?? 0 }
}

const tellLoad = (when: string): void => {
  const load = loadavg().map((average) => average.toFixed(2))
  say(`load average ${when}: ${load.join(" ")}`)
}

/** Measures the chosen operations on both servers; `lost` says what they acknowledged and do not hold. */
const measureServers = async (
  postgres: RunningPostgres,
  database: pg.Client
): Promise<{ readonly results: ReadonlyArray<Result>; readonly lost: ReadonlyArray<string> }> => {
  const load = new LoadProcess()
  started.push(() => load.stop())
  const subjects = new Map<Side, Subject>()
  const floorUrl = (await postgres.createDatabase()).url
  const floor = await startFloor(floorUrl)
  started.push(() => floor.stop())
  subjects.set("floor", { target: await seedFloor(floorUrl, floor.port, plan), pid: floor.pid })
  await tidy(floorUrl)
  say("the floor is seeded")
  let countOurs = countRollcall
  if (values.twin) {
    const twinUrl = (await postgres.createDatabase()).url
    const twin = await startFloor(twinUrl)
    started.push(() => twin.stop())
    subjects.set("ours", { target: await seedFloor(twinUrl, twin.port, plan), pid: twin.pid })
    countOurs = (target) => countFloor(twinUrl, target)
    await tidy(twinUrl)
    say("in place of our server: a second floor, to see how far two equals come out apart")
  } else if (!values["floor-only"]) {
    const ourUrl = (await postgres.createDatabase()).url
    const profile = values["cpu-profile"]
    const server = await startServer({
      // The floor has no limits: what is measured is how fast both are.
      env: { DATABASE_URL: ourUrl, LOG_LEVEL: "warn", RATE_LIMIT_ORGANIZATION: "0", RATE_LIMIT_KEY: "0" },
      ...(profile === undefined ? {} : { nodeFlags: ["--cpu-prof", `--cpu-prof-dir=${profile}`] })
    })
    started.push(() => server.stop())
    subjects.set("ours", { target: await seedRollcall({ DATABASE_URL: ourUrl }, server.port, plan), pid: server.pid })
    await tidy(ourUrl)
    say("our server is seeded")
  }
  for (const [side, { target }] of subjects) await load.target(side, target)

  const { acknowledged, results } = await measureAll(load, subjects, database)
  tellLoad("after the servers")

  const lost: Array<string> = []
  for (const [side, { target }] of subjects) {
    const held = side === "floor" ? await countFloor(floorUrl, target) : await countOurs(target)
    const posted = acknowledged(side, "post")
    const members = target.largeSize + acknowledged(side, "member-large")
    if (held.intake !== posted) lost.push(`${side} acknowledged ${posted} new users and holds ${held.intake}`)
    if (held.largeGroup !== members) lost.push(`${side} should hold ${members} members and holds ${held.largeGroup}`)
  }
  return { results, lost }
}

const bench = async (): Promise<number> => {
  if (!values["floor-only"] && !values.twin && !existsSync(join(ROOT, "apps/server/src/main.ts")))
    throw new Error("no server yet: use --floor-only")
  const postgres = await startPostgres({ durable: true, settings: { max_wal_size: "4GB", shared_buffers: "512MB" } })
  started.push(() => postgres.stop())
  const database = new pg.Client({ connectionString: postgres.url })
  await database.connect()
  started.push(() => database.end())
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model}) for database, servers and load generator together; Node ${process.version}; ${await checkDurability(database)}`
  say(machine)
  tellLoad("before")

  const measured = plan.operations.size === 0 ? undefined : await measureServers(postgres, database)
  const done = new Map<JobName, JobReport>()
  for (const name of chosenJobs) {
    done.set(
      name,
      await jobs[name].run(postgres, {
        quick: values.quick,
        rows: values.rows === undefined ? undefined : Number(values.rows),
        say
      })
    )
    say(`measured: ${jobs[name].title}`)
  }
  if (done.size > 0) tellLoad("after the jobs")

  const { lost, results } = measured ?? { lost: [], results: [] }
  const tables = [...(measured === undefined ? [] : [report(results)]), ...[...done.values()].map(jobReport)]
  process.stdout.write(`${[machine, ...tables].join("\n\n")}\n`)
  if (values.json !== undefined)
    await writeFile(
      values.json,
      JSON.stringify(
        { machine, plan: { ...plan, operations: [...plan.operations] }, results, jobs: Object.fromEntries(done) },
        null,
        2
      )
    )
  const wrong = [...lost, ...[...done].flatMap(([name, { failures }]) => failures.map((what) => `${name}: ${what}`))]
  const missed = values.twin ? [] : misses(results)
  for (const line of [...wrong, ...missed]) say(line)
  if (values.quick && missed.length > 0) say("(a quick run is too short to judge by)")
  return wrong.length > 0 || (missed.length > 0 && !values.quick) ? 1 : 0
}

if (values.help) process.stdout.write(`${usage}\n`)
else {
  try {
    process.exitCode = await bench()
  } catch (error) {
    // An interrupted run fails in whatever it was doing: that is no news.
    if (stopping === undefined) say(error instanceof Error ? (error.stack ?? error.message) : String(error))
    process.exitCode = 1
  } finally {
    await stopAll()
  }
}
