import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Duplex } from "node:stream"
import { PgClient } from "@effect/sql-pg"
import type { PGlite } from "@electric-sql/pglite"
import { Effect, type Scope } from "effect"
import type { Reactivity } from "effect/reactivity"
import { DatabaseUnusable, explainSqlError } from "./DatabaseUnusable.ts"
import { holdDirectory } from "./DataDirectoryLock.ts"
import { dropTemplate, findTemplate, keepTemplate, templatePath } from "./EmbeddedTemplate.ts"
import { logSize } from "./EmbeddedUpkeep.ts"

export interface EmbeddedOptions {
  /** Absolute; undefined keeps nothing. */
  readonly directory: string | undefined
  /** Where this process serves, for those whom it keeps out of the directory. */
  readonly address?: string | undefined
}

// Loaded when it is used: it is large, and a program on a PostgreSQL server needs none of it.
const openPglite = (directory: string | undefined, template?: Blob): Promise<PGlite> =>
  import("@electric-sql/pglite").then(({ PGlite }) =>
    PGlite.create(directory, {
      // Everything is in memory or one file system call away, see Database.ts.
      startParams: [...PGlite.defaultStartParams, "-c", "random_page_cost=1.1", "-c", `max_wal_size=${logSize.kept}MB`],
      ...(template === undefined ? {} : { loadDataDir: template })
    })
  )

/** Opens a new database, from the template where there is one; otherwise what was made becomes the template. */
const openNew = async (directory: string | undefined): Promise<PGlite> => {
  const path = templatePath()
  const template = await findTemplate(path)
  if (template !== undefined) {
    try {
      return await openPglite(directory, template)
    } catch {
      await dropTemplate(path)
      if (directory !== undefined) emptyDirectory(directory)
    }
  }
  const database = await openPglite(directory)
  await keepTemplate(path, await database.dumpDataDir("none"))
  return database
}

const emptyDirectory = (directory: string): void => {
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true, force: true })
}

const initialising = "initialising-"

/**
 * Makes the files of a new database beside their place and renames them into it, since a kill in the midst of making
 * them would leave a directory that never opens. What such a kill left is removed; the caller holds the lock.
 */
const initialise = async (directory: string, files: string): Promise<void> => {
  for (const name of readdirSync(directory)) {
    if (name.startsWith(initialising)) rmSync(join(directory, name), { recursive: true, force: true })
  }
  if (existsSync(files)) return
  const draft = mkdtempSync(join(directory, initialising))
  const database = await openNew(draft)
  await database.close()
  renameSync(draft, files)
}

const filesIn = (directory: string): string => join(directory, "postgres")

/** Whether a directory has a database already. */
export const hasDatabase = (directory: string): boolean => existsSync(filesIn(directory))

const open = async (directory: string | undefined): Promise<PGlite> => {
  if (directory === undefined) return openNew(undefined)
  const files = filesIn(directory)
  await initialise(directory, files)
  return openPglite(files)
}

const cancelRequest = 80_877_102
const terminate = 0x58
/** Sync, then the simple queries `ROLLBACK` and `DISCARD ALL`: what a session that was broken off may have left open. */
const resetSession = Buffer.concat([
  Buffer.from([0x53, 0, 0, 0, 4]),
  ...["ROLLBACK", "DISCARD ALL"].map((statement) => {
    const text = Buffer.from(`Q\0\0\0\0${statement}\0`)
    text.writeInt32BE(text.length - 1, 1)
    return text
  })
])

/**
 * What the database answers, byte for byte. By its stream: `execProtocolRaw` also reads each answer itself, and keeps every row
 * that it ever gave.
 */
const answerOf = async (database: PGlite, bytes: Uint8Array): Promise<Uint8Array> => {
  const parts: Array<Buffer> = []
  // A part is a view of the database's own memory, which is written again at once.
  await database.execProtocolRawStream(bytes, { onRawData: (part) => void parts.push(Buffer.from(part)) })
  const [only] = parts
  return only !== undefined && parts.length === 1 ? only : Buffer.concat(parts)
}

/**
 * The database as a connection: bytes of PostgreSQL's protocol go in and come out. One at a time: a new one takes over
 * the one session that there is, in a clean state.
 */
const makeConnect = (database: PGlite) => {
  let tail: Promise<unknown> = Promise.resolve()
  let opened = 0
  let uses = 0
  const run = (bytes: Uint8Array): Promise<Uint8Array> => {
    const reply = tail.then(() => answerOf(database, bytes))
    tail = reply.catch(() => undefined)
    return reply
  }
  const connect = (): Duplex => {
    let isFirst = true
    const connection: Duplex = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        uses++
        const wasFirst = isFirst
        isFirst = false
        if (wasFirst && chunk.length >= 8 && chunk.readInt32BE(4) === cancelRequest) {
          // Statements run in this very thread: by the time somebody can ask, the statement has ended.
          connection.destroy()
          return done()
        }
        // There is one session and it outlives every connection.
        if (chunk[0] === terminate && chunk.length === 5) return done()
        const clean = wasFirst && opened++ > 0 ? run(resetSession) : Promise.resolve()
        clean
          .then(() => run(chunk))
          .then((reply) => {
            if (reply.length > 0 && !connection.destroyed) connection.push(reply)
            done()
          })
          .catch((error: unknown) => done(error instanceof Error ? error : new Error(String(error))))
      },
      final(done) {
        connection.push(null)
        done()
      }
    })
    return connection
  }
  return { connect, uses: () => uses }
}

export interface EmbeddedDatabase {
  readonly sql: PgClient.PgClient
  /** Where its files are; undefined: in memory. */
  readonly files: string | undefined
  /** Grows with every use of the session. */
  readonly uses: () => number
}

/**
 * Opens PostgreSQL in this process (PGlite), in a directory that it holds alone until the scope ends, or in memory.
 *
 * One session: give this one client to everybody, and run no query inside the stream of another. It survives the end of
 * its process at any moment, but does not flush to disk, so the last writes can be lost in a power cut.
 */
export const openEmbedded = Effect.fnUntraced(function* (
  options: EmbeddedOptions
): Effect.fn.Return<EmbeddedDatabase, DatabaseUnusable, Scope.Scope | Reactivity.Reactivity> {
  const { address, directory } = options
  const place = directory ?? "memory"
  if (directory !== undefined) yield* holdDirectory(directory, address ?? null)
  const database = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () => open(directory),
      catch: (error) =>
        new DatabaseUnusable({
          problem: `The embedded database in ${place} does not open: ${error instanceof Error ? error.message : String(error)}`,
          remedy:
            "Check the space and the rights there; if its files are damaged, restore a copy or use another DATA_DIR"
        })
    }),
    (database) => Effect.promise(() => database.close())
  )
  const { connect, uses } = makeConnect(database)
  const sql = yield* PgClient.make({
    stream: connect,
    ssl: false,
    database: "postgres",
    username: "postgres",
    applicationName: "rollcall",
    // One connection that is never closed for being idle, and is made anew if it breaks.
    minConnections: 1,
    maxConnections: 1
  }).pipe(Effect.mapError((error) => explainSqlError(place, error)))
  return { sql, files: directory === undefined ? undefined : filesIn(directory), uses }
})

/** The same, for those who only ask it something. */
export const makeEmbedded = (
  options: EmbeddedOptions
): Effect.Effect<PgClient.PgClient, DatabaseUnusable, Scope.Scope | Reactivity.Reactivity> =>
  Effect.map(openEmbedded(options), ({ sql }) => sql)
