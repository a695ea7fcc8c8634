import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Clock, DateTime, Effect, Option, Schema, type Scope } from "effect"
import { DatabaseUnusable } from "./DatabaseUnusable.ts"
import { Holder } from "./DataDirectoryHolder.ts"

const decodeHolder = Schema.decodeUnknownOption(Schema.fromJsonString(Holder))

const holderFile = (directory: string) => join(directory, "holder.json")

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Not ours to signal, so somebody else's: it lives.
    return error instanceof Error && Reflect.get(error, "code") === "EPERM"
  }
}

/** Who wrote down that it holds the directory and still lives; says nothing of whether the lock is held. */
export const readHolder = (directory: string): Effect.Effect<Option.Option<Holder>> =>
  Effect.sync(() => {
    try {
      return Option.filter(decodeHolder(readFileSync(holderFile(directory), "utf8")), ({ pid }) => isAlive(pid))
    } catch {
      return Option.none()
    }
  })

const refusal = (directory: string, holder: Option.Option<Holder>): DatabaseUnusable => {
  const who = Option.match(holder, {
    onNone: () => "another process",
    onSome: ({ address, pid, since }) =>
      `process ${pid} since ${since}${address === null ? "" : `, which serves ${address}`}`
  })
  return new DatabaseUnusable({
    problem: `The data directory ${directory} is held by ${who}`,
    remedy:
      "The embedded database belongs to one process at a time: end that one first, or use another DATA_DIR; with DATABASE_URL any number can work at once",
    ...Option.match(holder, { onNone: () => ({}), onSome: (known) => ({ holder: known }) })
  })
}

const isBusy = (error: unknown): boolean => error instanceof Error && Reflect.get(error, "errcode") === 5

// Collected as garbage, an open database would be closed and its lock freed while its holder goes on: whoever waits for
// nothing but an end that somebody else brings about is no root for the collector.
const held = new Set<DatabaseSync>()

/** Takes the kernel's exclusive lock on the file; undefined where somebody else has it. */
const takeLock = (file: string): DatabaseSync | undefined => {
  const lock = new DatabaseSync(file, { timeout: 0 })
  try {
    lock.exec("BEGIN EXCLUSIVE")
    held.add(lock)
    return lock
  } catch (error) {
    lock.close()
    if (isBusy(error)) return undefined
    throw error
  }
}

/**
 * Holds a data directory, made where it is missing, until the scope ends; refused with who holds it and what to do.
 *
 * The lock is the operating system's (an open exclusive transaction of the SQLite that comes with Node, on the empty
 * file `lock`), not a file that exists: the kernel frees it when its holder ends, however that happens. So no lock is
 * ever left behind, nothing has to judge whether a process id still means the same process, and two who find a dead
 * holder's directory cannot both take it. `holder.json` beside it only tells others who the holder is.
 */
export const holdDirectory = (
  directory: string,
  address: string | null
): Effect.Effect<void, DatabaseUnusable, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.gen(function* () {
      const since = DateTime.formatIso(DateTime.makeUnsafe(yield* Clock.currentTimeMillis))
      const lock = yield* Effect.try({
        try: () => {
          mkdirSync(directory, { recursive: true, mode: 0o700 })
          const taken = takeLock(join(directory, "lock"))
          if (taken !== undefined) {
            const holder: Holder = { pid: process.pid, since, address }
            const draft = `${holderFile(directory)}.new`
            writeFileSync(draft, `${JSON.stringify(holder)}\n`, { mode: 0o600 })
            renameSync(draft, holderFile(directory))
          }
          return taken
        },
        catch: (error) =>
          new DatabaseUnusable({
            problem: `The data directory ${directory} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
            remedy: "Set DATA_DIR to a directory that this user may write, or DATABASE_URL"
          })
      })
      if (lock === undefined)
        return yield* Effect.flatMap(readHolder(directory), (holder) => refusal(directory, holder))
      return lock
    }),
    (lock) =>
      Effect.sync(() => {
        // In this order: once the lock is free, the file is the next holder's.
        rmSync(holderFile(directory), { force: true })
        lock.close()
        held.delete(lock)
      })
  ).pipe(Effect.asVoid)
