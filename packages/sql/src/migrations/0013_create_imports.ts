import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Imports of files, how far each has come (R-CSV-4), and what a dry run keeps while it lasts. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  `CREATE TABLE csv_import (
    organization_id uuid NOT NULL REFERENCES organization (organization_id),
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('users', 'groupTypes')),
    name text NOT NULL,
    fingerprint text COLLATE "C",
    begun_by text NOT NULL,
    line bigint NOT NULL DEFAULT 0,
    created bigint NOT NULL DEFAULT 0,
    updated bigint NOT NULL DEFAULT 0,
    unchanged bigint NOT NULL DEFAULT 0,
    rejected bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (organization_id, id)
  ) WITH (fillfactor = 50)`,
  `CREATE UNIQUE INDEX csv_import_fingerprint ON csv_import (organization_id, kind, fingerprint)
    WHERE finished_at IS NULL AND fingerprint IS NOT NULL`,
  // The rows that stayed out.
  `CREATE TABLE csv_import_reject (
    organization_id uuid NOT NULL,
    import_id uuid NOT NULL,
    line bigint NOT NULL,
    detail text NOT NULL,
    PRIMARY KEY (organization_id, import_id, line),
    FOREIGN KEY (organization_id, import_id) REFERENCES csv_import (organization_id, id)
  )`,
  // What people would be after the rows that a dry run has seen, and by what they would be found. Nothing of it outlives
  // the dry run, so it need not survive a crash of the server either.
  `CREATE UNLOGGED TABLE csv_preview_user (
    organization_id uuid NOT NULL,
    preview_id uuid NOT NULL,
    user_id uuid NOT NULL,
    state text NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, preview_id, user_id)
  )`,
  `CREATE UNLOGGED TABLE csv_preview_key (
    organization_id uuid NOT NULL,
    preview_id uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, preview_id, key, user_id)
  )`,
  ...["csv_import", "csv_import_reject", "csv_preview_user", "csv_preview_key"].map(
    (table) => `ALTER TABLE ${table} ALTER COLUMN organization_id SET STATISTICS 0`
  )
]
