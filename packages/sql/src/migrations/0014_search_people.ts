import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * What finding people needs while their names are typed (`searchKeys` in the domain), and the attempts at passwords that
 * all servers count together (R-API-2).
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

/** Two parts of a name as one key. Each part can have 512 characters, and an index holds no more than 2,704 bytes. */
const nameKey = (first: string, last: string): string =>
  `left(btrim(COALESCE(search -> 'name' ->> '${first}', '') || ' ' || COALESCE(search -> 'name' ->> '${last}', '')), 200)`

const statements = [
  `ALTER TABLE user_account
    ADD COLUMN name_key text COLLATE "C" GENERATED ALWAYS AS (${nameKey("givenName", "familyName")}) STORED,
    ADD COLUMN reverse_name_key text COLLATE "C" GENERATED ALWAYS AS (${nameKey("familyName", "givenName")}) STORED`,
  "CREATE INDEX user_account_name ON user_account (organization_id, name_key) WHERE living AND name_key <> ''",
  `CREATE INDEX user_account_reverse_name ON user_account (organization_id, reverse_name_key)
    WHERE living AND reverse_name_key <> ''`,
  // subject: the kind and the digest of an e-mail or the id of a key. Rows of windows that are over are removed by later ones.
  `CREATE TABLE password_attempt (
    organization_id uuid NOT NULL,
    subject text COLLATE "C" NOT NULL,
    since timestamptz NOT NULL,
    attempts integer NOT NULL,
    PRIMARY KEY (organization_id, subject)
  ) WITH (fillfactor = 50)`,
  "CREATE INDEX password_attempt_since ON password_attempt (organization_id, since)",
  "ALTER TABLE password_attempt ALTER COLUMN organization_id SET STATISTICS 0"
]
