import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Cause, Effect, Schedule } from "effect"
import { SqlError } from "effect/sql"

/**
 * What a failure of the database means to a port:
 * - repeat: the transaction lost against another (serialization, deadlock) and is as good as new when run again.
 * - unavailable: the database cannot be reached or cannot take the statement just now.
 * - defect: anything else; the statement or this program is wrong.
 */
export type SqlFailure = "repeat" | "unavailable" | "defect"

/**
 * Classes and codes of SQLSTATE (PostgreSQL, appendix A) for which the driver has no reason of its own and which say
 * nothing against the statement: resources and limits, a server that shuts down, starts or crashed, its disk, sessions
 * ended for idling, and a primary that has become a standby.
 */
const passingClasses: ReadonlyArray<string> = ["53", "58"]
const passingCodes: ReadonlySet<string> = new Set(["57P01", "57P02", "57P03", "57P05", "25P03", "25P04", "25006"])

/** Sorts a failure by the reason that the driver gives, and by its SQLSTATE where the driver knows none. */
export const classify = (error: SqlError.SqlError): SqlFailure => {
  switch (error.reason._tag) {
    case "SerializationError":
    case "DeadlockError":
      return "repeat"
    case "ConnectionError":
    // A password that was changed while the server runs concerns new connections only.
    case "AuthenticationError":
    case "LockTimeoutError":
    case "StatementTimeoutError":
      return "unavailable"
    case "UnknownError":
      return isPassing(sqlState(error.reason.cause)) ? "unavailable" : "defect"
    default:
      return "defect"
  }
}

/** The SQLSTATE that the server sent with a failure, where it was the server that failed. */
const sqlState = (cause: unknown): string | undefined => {
  if (typeof cause !== "object" || cause === null || !("code" in cause)) return undefined
  return typeof cause.code === "string" ? cause.code : undefined
}

const isPassing = (code: string | undefined): boolean =>
  code !== undefined && (passingCodes.has(code) || passingClasses.includes(code.slice(0, 2)))

/** Some 10 to 160 ms between attempts, spread so that those who met once do not meet again. */
const pause = Schedule.jittered(Schedule.exponential("10 millis"))
const repetitions = 5

/**
 * Runs what an adapter does in the database under the law of the ports: lost transactions are repeated a few times,
 * what may pass fails with {@link StoreUnavailable}, all else is a defect. `operation` names what was done, for the log.
 *
 * The effect is run again as a whole, so it is the whole transaction and does nothing else that lasts.
 */
export const storeFailures = <A, E, R>(
  operation: string,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, Exclude<E, SqlError.SqlError> | StoreUnavailable, R> =>
  effect.pipe(
    Effect.retry({
      schedule: pause,
      times: repetitions,
      while: (error) => SqlError.isSqlError(error) && classify(error) === "repeat"
    }),
    Effect.catchCause((cause): Effect.Effect<never, Exclude<E, SqlError.SqlError> | StoreUnavailable> => {
      const [error, ...others] = sqlErrors(cause)
      // Without a failure of the database in it the cause holds none of that type.
      if (error === undefined) return Effect.failCause(cause as Cause.Cause<Exclude<E, SqlError.SqlError>>)
      const passing = [error, ...others].find((one) => classify(one) !== "defect")
      if (passing === undefined) return Effect.die(error)
      return Effect.andThen(
        Effect.logWarning(`Storage cannot be reached (${operation}): ${passing.message}`),
        Effect.fail(new StoreUnavailable({ operation }))
      )
    })
  )

/**
 * The failures of the database in a cause. Among its defects there may be one, too: a transaction whose connection is
 * lost cannot be rolled back, and the client makes that a defect in place of what it followed from.
 */
const sqlErrors = (cause: Cause.Cause<unknown>): ReadonlyArray<SqlError.SqlError> =>
  cause.reasons.flatMap((reason) => {
    const error = Cause.isFailReason(reason) ? reason.error : Cause.isDieReason(reason) ? reason.defect : undefined
    return SqlError.isSqlError(error) ? [error] : []
  })
