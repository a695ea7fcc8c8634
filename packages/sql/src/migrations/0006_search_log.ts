import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** What searching the provisioning log needs (R-LOG-2). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  // The story of a person or a group.
  `CREATE INDEX log_entry_subject ON log_entry (organization_id, subject_id, sequence) WHERE subject_id IS NOT NULL`,
  // What support looks for most, and what is rare among all the rest; it costs those who are not refused nothing.
  "CREATE INDEX log_entry_refused ON log_entry (organization_id, sequence) WHERE outcome = 'refused'",
  // See 0001: statistics of a column that every index begins with do harm.
  "ALTER TABLE log_entry ALTER COLUMN organization_id SET STATISTICS 0"
]
