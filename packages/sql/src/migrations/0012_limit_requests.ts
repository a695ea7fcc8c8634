import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** What requests to the Public API leave behind for a while: how many may come, and what repeated ones are answered with. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  `CREATE TABLE rate_bucket (
    organization_id uuid NOT NULL,
    subject text COLLATE "C" NOT NULL,
    tokens float8 NOT NULL,
    filled_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, subject)
  ) WITH (fillfactor = 50)`,
  // status and body are absent while the request is under way, and for good where the answer held a secret.
  `CREATE TABLE repeatable_request (
    organization_id uuid NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    request_hash text COLLATE "C" NOT NULL,
    token uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'done', 'secret')),
    status integer,
    content_type text,
    body text,
    begun_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, key_id, idempotency_key)
  )`,
  "CREATE INDEX repeatable_request_age ON repeatable_request (organization_id, begun_at)",
  // Of the installation and no organisation: what its servers sign with.
  `CREATE TABLE installation_secret (
    name text COLLATE "C" PRIMARY KEY,
    secret bytea NOT NULL
  )`,
  ...["rate_bucket", "repeatable_request"].map(
    (table) => `ALTER TABLE ${table} ALTER COLUMN organization_id SET STATISTICS 0`
  )
]
