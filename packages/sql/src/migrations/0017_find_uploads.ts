import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Files that were sent are found again by their bytes, and what is done with one can be stopped (R-CSV-4). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  "ALTER TABLE csv_upload ADD COLUMN sha256 text, ADD COLUMN is_stopping boolean NOT NULL DEFAULT false",
  "CREATE INDEX csv_upload_sha256 ON csv_upload (organization_id, sha256, id) WHERE sha256 IS NOT NULL",
  `ALTER TABLE csv_upload DROP CONSTRAINT csv_upload_task_state_check,
    ADD CONSTRAINT csv_upload_task_state_check
      CHECK (task_state IN ('waiting', 'running', 'ended', 'failed', 'stopped'))`
]
