import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Files that are sent in parts to be imported, what is done with them, and what their rows came to (R-CSV, R-API-1). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  // The task is that of the file, or the last one: there is one at a time.
  `CREATE TABLE csv_upload (
    organization_id uuid NOT NULL REFERENCES organization (organization_id),
    id uuid NOT NULL,
    name text NOT NULL,
    size bigint NOT NULL,
    received bigint NOT NULL DEFAULT 0,
    uploaded_by text NOT NULL,
    is_kept boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    used_at timestamptz NOT NULL,
    task_id uuid,
    task_kind text CHECK (task_kind IN ('preview', 'run')),
    task_state text CHECK (task_state IN ('waiting', 'running', 'ended', 'failed')),
    task_wish text,
    task_progress text,
    task_error text,
    task_started_at timestamptz,
    task_ended_at timestamptz,
    claim_token uuid,
    claimed_until timestamptz,
    PRIMARY KEY (organization_id, id)
  ) WITH (fillfactor = 50)`,
  `CREATE INDEX csv_upload_open ON csv_upload (organization_id, id) WHERE task_state IN ('waiting', 'running')`,
  `CREATE INDEX csv_upload_used ON csv_upload (organization_id, used_at)`,
  `CREATE TABLE csv_upload_part (
    organization_id uuid NOT NULL,
    upload_id uuid NOT NULL,
    position bigint NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (organization_id, upload_id, position),
    FOREIGN KEY (organization_id, upload_id) REFERENCES csv_upload (organization_id, id) ON DELETE CASCADE
  )`,
  // What goes in has been packed by nobody, and is read a few times at most.
  "ALTER TABLE csv_upload_part ALTER COLUMN bytes SET STORAGE EXTERNAL",
  // The report of a task. It is written with the rows of an import, by whom the file is not known.
  `CREATE TABLE csv_report_row (
    organization_id uuid NOT NULL,
    report_id uuid NOT NULL,
    line bigint NOT NULL,
    rejected boolean NOT NULL,
    told text NOT NULL,
    PRIMARY KEY (organization_id, report_id, line)
  )`,
  ...["csv_upload", "csv_upload_part", "csv_report_row"].map(
    (table) => `ALTER TABLE ${table} ALTER COLUMN organization_id SET STATISTICS 0`
  )
]
