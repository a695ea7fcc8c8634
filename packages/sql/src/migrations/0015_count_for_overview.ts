import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * What the overview counts: those who are deactivated, and those whose manager is not followed. Both indexes hold these
 * people alone, so that all others cost nothing.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  `CREATE INDEX user_account_deactivated ON user_account (organization_id, id)
    WHERE living AND search @> '{"active": false}'`,
  `CREATE INDEX user_account_manager_pending ON user_account (organization_id, manager_pending)
    WHERE living AND manager_pending IS NOT NULL`
]
