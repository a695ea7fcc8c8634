import { Context } from "effect"
import type { SqlClient } from "effect/sql"

/**
 * The client for writes and transactions: a plain pool on PostgreSQL, the one session of the embedded database
 * (the very client that `ReadSql` holds there).
 */
export class WriteSql extends Context.Service<WriteSql, SqlClient.SqlClient>()("@rollcall/sql/WriteSql") {}
