import { Predicate, Schema } from "effect"
import type { Migrator, SqlError } from "effect/sql"
import { Holder } from "./DataDirectoryHolder.ts"

/**
 * The database cannot be used as it is configured, found when opening it: one line on what is wrong, one on what to do.
 *
 * The texts are for the operator and never hold a password: they name a place (`host:port/database` or a directory).
 */
export class DatabaseUnusable extends Schema.TaggedError<DatabaseUnusable>()("DatabaseUnusable", {
  problem: Schema.String,
  remedy: Schema.String,
  /** Who holds the data directory, where that is what is wrong and they said so. */
  holder: Schema.optionalKey(Holder)
}) {
  override get message(): string {
    return `${this.problem}. ${this.remedy}.`
  }
}

/** What PostgreSQL or the socket said: its code (SQLSTATE or `ECONNREFUSED` and the like) and its text. */
interface Said {
  readonly code: string
  readonly text: string
}

const saidBy = (cause: unknown): Said => {
  // A connection tried at several addresses fails with one error for each.
  const first = cause instanceof AggregateError ? cause.errors[0] : cause
  const code = Predicate.hasProperty(first, "code") && typeof first.code === "string" ? first.code : ""
  return { code, text: first instanceof Error ? (first.message.split("\n")[0] ?? "") : "" }
}

const unreachable = "Check DATABASE_URL, and that the database is running and can be reached from here"

/** What is known of the codes that an operator meets: what each means, and what to do about it. */
const known: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  ECONNREFUSED: ["refused the connection", unreachable],
  ENOTFOUND: ["has a host name that cannot be found", unreachable],
  EAI_AGAIN: ["has a host name that cannot be looked up just now", unreachable],
  ETIMEDOUT: ["did not answer in time", unreachable],
  EHOSTUNREACH: ["cannot be reached", unreachable],
  ENETUNREACH: ["cannot be reached", unreachable],
  ECONNRESET: ["closed the connection", unreachable],
  "28P01": ["refused the password", "Check the user and the password in DATABASE_URL"],
  "28000": ["refused the user", "Check the user in DATABASE_URL, and the server's pg_hba.conf"],
  "3D000": ["does not exist", "Create it (CREATE DATABASE), or check its name in DATABASE_URL"],
  "42501": ["does not let this user make tables", "Let the user own the database, or grant it CREATE on the schema"],
  "53300": ["has no connection left", "Raise max_connections, or run fewer servers"],
  "55P03": ["is being migrated by another server for too long", "Wait for that one, or end it, and start again"],
  "57P03": ["is starting up or shutting down", "Try again in a moment"],
  "25006": ["is read-only", "Connect to the primary server, not to a replica"]
}

/** The line for a server of PostgreSQL at `place` (`host:port/database`) that fails when it is opened. */
export const explainSqlError = (place: string, { reason }: SqlError.SqlError): DatabaseUnusable => {
  const said = saidBy(reason.cause)
  if (Object.hasOwn(known, said.code)) {
    const [problem, remedy] = known[said.code] ?? ["cannot be used", unreachable]
    return new DatabaseUnusable({ problem: `The database at ${place} ${problem}`, remedy })
  }
  if (/certificate|TLS|SSL/i.test(`${said.code} ${said.text} ${reason.message}`)) {
    return new DatabaseUnusable({
      problem: `The database at ${place} cannot be reached over TLS: ${withoutEnd(said.text)}`,
      remedy: "Give its certificate authority to Node (NODE_EXTRA_CA_CERTS), or choose another sslmode in DATABASE_URL"
    })
  }
  const detail = said.text === "" ? withoutEnd(reason.message) : withoutEnd(said.text)
  return new DatabaseUnusable({ problem: `The database at ${place} cannot be used: ${detail}`, remedy: unreachable })
}

/** The line for migrations that fail at `place`; everything they did is rolled back by then. */
export const explainMigrationError = (place: string, error: Migrator.MigrationError): DatabaseUnusable => {
  const said = Predicate.hasProperty(error.cause, "reason") ? error.cause.reason : undefined
  const { code, text } = saidBy(Predicate.hasProperty(said, "cause") ? said.cause : error.cause)
  const why = code === "42501" ? "the user may not make tables" : withoutEnd(text)
  return new DatabaseUnusable({
    problem: `The database at ${place} was not migrated: ${withoutEnd(error.message)}${why === "" ? "" : `: ${why}`}`,
    remedy:
      code === "42501"
        ? "Let the user own the database, or grant it CREATE on the schema"
        : code === "42P07"
          ? "Use a database of its own for Rollcall: this one holds tables of another program"
          : "Nothing was changed; mend the cause and start again"
  })
}

const withoutEnd = (text: string) => text.replace(/\.$/, "")
