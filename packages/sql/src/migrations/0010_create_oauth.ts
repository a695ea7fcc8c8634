import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Clients by OAuth 2.0, what they prove themselves by, and their tokens (R-ORG-5). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  `CREATE TABLE oauth_client (
    organization_id uuid NOT NULL REFERENCES organization (organization_id),
    id uuid NOT NULL,
    label text NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (organization_id, id)
  )`,
  // A secret by its hash, or who signs in its place. No CHECK on the hash: a violation would print the row.
  `CREATE TABLE oauth_credential (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('secret', 'federation')),
    label text NOT NULL,
    hint text,
    secret_hash text COLLATE "C",
    issuer text COLLATE "C",
    subject text COLLATE "C",
    audience text COLLATE "C",
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, client_id) REFERENCES oauth_client (organization_id, id)
  )`,
  "CREATE INDEX oauth_credential_client ON oauth_credential (organization_id, client_id)",
  // client_id and token lead to the organisation by themselves (OAuthCredentials), so no look-up table is needed.
  `CREATE TABLE oauth_token (
    organization_id uuid NOT NULL,
    token_hash text COLLATE "C" NOT NULL,
    credential_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, token_hash),
    FOREIGN KEY (organization_id, credential_id) REFERENCES oauth_credential (organization_id, id)
  )`,
  "CREATE INDEX oauth_token_expiry ON oauth_token (organization_id, expires_at)",
  // The assertions that were used, by the hash of issuer and jti, until they expire: of no use a second time (ABUSE-22).
  `CREATE TABLE oauth_assertion (
    organization_id uuid NOT NULL,
    assertion_hash text COLLATE "C" NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, assertion_hash)
  )`,
  "CREATE INDEX oauth_assertion_expiry ON oauth_assertion (organization_id, expires_at)",
  ...["oauth_credential", "oauth_token", "oauth_assertion"].map(
    (table) => `ALTER TABLE ${table} ALTER COLUMN organization_id SET STATISTICS 0`
  )
]
