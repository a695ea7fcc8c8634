import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** People's passwords, and the links by which they set them (R-MAIL-1, R-MAIL-2). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  // PHC strings. synced_hash: what the identity provider sent last, by which a password that it repeats is known. No
  // CHECK on them: a violation would print the row, and the hash with it.
  `CREATE TABLE user_password (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    hash text COLLATE "C" NOT NULL,
    synced_hash text COLLATE "C",
    set_at timestamptz NOT NULL,
    set_by text NOT NULL CHECK (set_by IN ('scim', 'link')),
    PRIMARY KEY (organization_id, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES user_account (organization_id, id)
  )`,
  // The token leads to the organisation by itself (PasswordToken), so no look-up table is needed. sent_to_key: the
  // comparison key of the address that the link went to; the link is dead where the person has another (ABUSE-19).
  `CREATE TABLE password_link (
    organization_id uuid NOT NULL,
    token_hash text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('set', 'reset')),
    sent_to_key text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    void_at timestamptz,
    PRIMARY KEY (organization_id, token_hash),
    FOREIGN KEY (organization_id, user_id) REFERENCES user_account (organization_id, id)
  )`,
  "CREATE INDEX password_link_user ON password_link (organization_id, user_id)",
  ...["user_password", "password_link"].map(
    (table) => `ALTER TABLE ${table} ALTER COLUMN organization_id SET STATISTICS 0`
  )
]
