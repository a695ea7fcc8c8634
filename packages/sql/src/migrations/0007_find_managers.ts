import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** The comparison key of the manager that was sent: filters ask for it and for whom it was resolved to alike (R-MGR-1). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  `ALTER TABLE user_account ADD COLUMN manager_key text COLLATE "C" GENERATED ALWAYS AS
    (search -> 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User' -> 'manager' ->> 'value') STORED`,
  `CREATE INDEX user_account_manager_key ON user_account (organization_id, manager_key)
    WHERE living AND manager_key IS NOT NULL`
]
