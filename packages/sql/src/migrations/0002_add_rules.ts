import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** What managers, dates and review windows need (R-MGR, R-START). Everybody who was there before has started. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  "ALTER TABLE organization ADD COLUMN review_windows jsonb NOT NULL DEFAULT '[]'",
  // standing: JSON text of what the directory knows of a person besides the SCIM attributes. The columns after it repeat
  // of it what is looked up: the days on which the clock has something to do are set while it has.
  `ALTER TABLE user_account
    ADD COLUMN standing text NOT NULL DEFAULT '{}',
    ADD COLUMN manager_id uuid,
    ADD COLUMN manager_pending text
      CHECK (manager_pending IN ('unmatched', 'ambiguous', 'self', 'switchedOff', 'reviewWindow')),
    ADD COLUMN starts_on date,
    ADD COLUMN ends_on date`,
  `UPDATE user_account SET standing =
    json_build_object('startedAt', floor(extract(epoch FROM created_at) * 1000)::bigint)::text`,
  `CREATE INDEX user_account_manager ON user_account (organization_id, manager_id)
    WHERE living AND manager_id IS NOT NULL`,
  `CREATE INDEX user_account_held_manager ON user_account (organization_id, number)
    WHERE living AND manager_pending = 'reviewWindow'`,
  "CREATE INDEX user_account_starts_on ON user_account (organization_id, starts_on) WHERE living AND starts_on IS NOT NULL",
  "CREATE INDEX user_account_ends_on ON user_account (organization_id, ends_on) WHERE living AND ends_on IS NOT NULL",
  // Whose manager is somebody who is not there yet (R-MGR-2), by the comparison key of the reference; digits can be
  // the User ID of somebody to come.
  `CREATE TABLE manager_reference (
    organization_id uuid NOT NULL,
    reference_key text COLLATE "C" NOT NULL,
    reference_number bigint,
    user_id uuid NOT NULL,
    PRIMARY KEY (organization_id, reference_key, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES user_account (organization_id, id)
  )`,
  `CREATE INDEX manager_reference_number ON manager_reference (organization_id, reference_number)
    WHERE reference_number IS NOT NULL`,
  ...["manager_reference"].map((table) => `ALTER TABLE ${table} ALTER COLUMN organization_id SET STATISTICS 0`)
]
