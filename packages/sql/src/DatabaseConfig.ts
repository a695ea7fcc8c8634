import { isAbsolute, resolve } from "node:path"
import { Config, Effect, Option, Redacted } from "effect"
import { DatabaseUnusable } from "./DatabaseUnusable.ts"

/** Where the data is kept. */
export type DatabaseTarget =
  /** A PostgreSQL server; `place` is `host:port/database`, fit to be shown. */
  | { readonly kind: "server"; readonly url: Redacted.Redacted<string>; readonly place: string }
  /** The embedded database in an absolute directory. */
  | { readonly kind: "directory"; readonly directory: string }
  /** The embedded database, kept nowhere. */
  | { readonly kind: "memory" }

/** The variables that this package reads, for `rollcall config`. */
export const environment = [
  {
    name: "DATABASE_URL",
    default: undefined,
    description:
      "PostgreSQL 15 or newer, e.g. postgresql://user:password@host:5432/rollcall; else the embedded database",
    secret: true
  },
  {
    name: "DATA_DIR",
    default: "./data",
    description: "Directory of the embedded database; memory: keeps nothing",
    secret: false
  }
] as const

const settings = Config.all({
  url: Config.option(Config.Redacted("DATABASE_URL")),
  directory: Config.withDefault(Config.String("DATA_DIR"), "./data")
})

const placeOf = (url: URL): string => {
  const host = url.searchParams.get("host") ?? (url.hostname === "" ? "localhost" : url.hostname)
  const port = url.searchParams.get("port") ?? (url.port === "" ? "5432" : url.port)
  const database = url.searchParams.get("dbname") ?? url.pathname.slice(1)
  return `${host}:${port}${database === "" ? "" : `/${database}`}`
}

const readUrl = (secret: Redacted.Redacted<string>): Effect.Effect<DatabaseTarget, DatabaseUnusable> => {
  const text = Redacted.value(secret).trim()
  const url = URL.parse(text)
  if (url === null || (url.protocol !== "postgresql:" && url.protocol !== "postgres:")) {
    // Neither the value nor a part of it: what is mistyped may hold a password.
    return Effect.fail(
      new DatabaseUnusable({
        problem: "DATABASE_URL is no PostgreSQL URL",
        remedy: "It looks like postgresql://user:password@host:5432/database, with special characters percent-encoded"
      })
    )
  }
  return Effect.succeed({ kind: "server", url: Redacted.make(text, { label: "DATABASE_URL" }), place: placeOf(url) })
}

/** Reads `DATABASE_URL` and `DATA_DIR`; an empty variable counts as not set. Relative directories start at the working directory. */
export const databaseTarget: Effect.Effect<DatabaseTarget, DatabaseUnusable> = Effect.gen(function* () {
  // With a default or an option for each, reading cannot fail.
  const { directory, url } = yield* Effect.orDie(settings)
  if (Option.isSome(url)) return yield* readUrl(url.value)
  if (directory === "memory:") return { kind: "memory" }
  return { kind: "directory", directory: isAbsolute(directory) ? directory : resolve(directory) }
})

/** The target as it is shown: `PostgreSQL at host:5432/rollcall`. */
export const describeTarget = (target: DatabaseTarget): string => {
  switch (target.kind) {
    case "server":
      return `PostgreSQL at ${target.place}`
    case "directory":
      return `the embedded database in ${target.directory}`
    case "memory":
      return "an embedded database in memory"
  }
}

/** What the operator should know of such a target when a server starts on it. */
export const adviceOn = (target: DatabaseTarget): string => {
  switch (target.kind) {
    case "server":
      return "any number of servers may share it"
    case "directory":
      return "for trying out and small installations; set DATABASE_URL for production"
    case "memory":
      return "everything is gone when this process ends"
  }
}
