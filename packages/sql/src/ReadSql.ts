import { Context } from "effect"
import type { SqlClient } from "effect/sql"

/**
 * The client for reads: one multiplexed connection set on PostgreSQL, the one session of the embedded database.
 *
 * Nothing sent through it may take a lock or open a transaction: a blocked statement would stall those behind it.
 */
export class ReadSql extends Context.Service<ReadSql, SqlClient.SqlClient>()("@rollcall/sql/ReadSql") {}
