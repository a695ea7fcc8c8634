import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** What keys of the Public API may do (R-API), and whether an import may run while SCIM is on (R-ORG-7). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  "ALTER TABLE organization ADD COLUMN csv_allowed boolean NOT NULL DEFAULT false",
  // Until now a key of the Public API was for everything.
  "ALTER TABLE access_key ADD COLUMN scopes jsonb NOT NULL DEFAULT '[]'",
  `UPDATE access_key SET scopes = '["admin"]' WHERE kind = 'api'`
]
