import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * Makes log entries cheaper: PostgreSQL compressed those of more than 2 KB, which are those of new people, at more than it takes
 * to write them. Entries of up to 4 KB are kept as they are, two of them to a page.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql.unsafe("ALTER TABLE log_entry SET (toast_tuple_target = 4080)")
})
