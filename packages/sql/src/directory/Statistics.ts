import type { BatchWrites } from "@rollcall/domain/directory/BatchWrites"
import { Effect, type Scope } from "effect"
import type { SqlClient } from "effect/sql"
import type { Upkeep } from "../EmbeddedUpkeep.ts"

/** After so many rows that were written into the embedded database it is looked at what is due there. */
const tidied = 8_192

/** After so many rows the planner is told for the first time, and again whenever four times as many have come. */
const first = 256
const factor = 4

/**
 * Tells the planner how the tables grow. A statement that was planned while a table was empty keeps its plan, which
 * then reads a whole organisation where an index would lead to one row. PostgreSQL gathers statistics, and so plans
 * anew, within minutes; the embedded database never does; the first import of a company takes seconds.
 *
 * Returns what is to be called after each batch. On a server it does not wait, and the statistics are gathered over
 * another connection. With `oneSession`, as the embedded database has it, it waits: a writer that has more to write takes
 * the session again before whoever waits for it, and the statistics of an import would be gathered when it is over.
 *
 * There the same goes for its upkeep: while an import goes on, nobody else would come to it.
 */
export const keepStatistics = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  options: { readonly oneSession: boolean; readonly upkeep?: Upkeep | undefined }
): Effect.fn.Return<(writes: BatchWrites) => Effect.Effect<void>, never, Scope.Scope> {
  const scope = yield* Effect.scope
  let rows = 0
  let next = first
  let untidy = 0
  const gather = Effect.ignore(sql.unsafe("ANALYZE user_account, user_email, user_group, membership"))
  const grown = (written: number) => {
    rows += written
    if (rows < next) return Effect.void
    while (rows >= next) next *= factor
    return options.oneSession ? gather : Effect.asVoid(Effect.forkIn(gather, scope))
  }
  const tidy = (written: number) => {
    untidy += written
    if (options.upkeep === undefined || untidy < tidied) return Effect.void
    untidy = 0
    return options.upkeep.tidy
  }
  return ({ groups, memberships, users }) => {
    let written = users.length + groups.length
    for (const { added } of memberships) written += added.length
    return Effect.andThen(grown(written), tidy(written))
  }
})
