import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * The event feed (R-API-3). An event keeps what it is about as it stood then; those from before this have none, so the
 * feed begins behind them: `event_floor` is the number up to which the feed has nothing, moved on as events are removed.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  "ALTER TABLE event ADD COLUMN subject text",
  "ALTER TABLE event ALTER COLUMN organization_id SET STATISTICS 0",
  "ALTER TABLE organization ADD COLUMN event_floor bigint NOT NULL DEFAULT 0",
  "UPDATE organization SET event_floor = event_sequence"
]
