import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * The first schema. Every primary, unique and foreign key begins with `organization_id`: that is the wall between
 * organisations, and what lets the tables be distributed by it. Comparison keys are computed by the domain and compared
 * under the collation "C", byte by byte, so that memory and every PostgreSQL agree.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  // The row that is locked by whoever writes to the organisation. Its counters number events, log entries and resources;
  // every change of the organisation and of what belongs to it counts up the revision, by which a writer notices others.
  `CREATE TABLE organization (
    organization_id uuid PRIMARY KEY,
    subdomain text COLLATE "C" NOT NULL,
    name text NOT NULL,
    time_zone text NOT NULL,
    single_sign_on jsonb NOT NULL,
    scim_enabled boolean NOT NULL,
    settings jsonb NOT NULL,
    custom_attributes jsonb NOT NULL DEFAULT '[]',
    revision bigint NOT NULL DEFAULT 0,
    event_sequence bigint NOT NULL DEFAULT 0,
    log_sequence bigint NOT NULL DEFAULT 0,
    user_sequence bigint NOT NULL DEFAULT 0,
    group_sequence bigint NOT NULL DEFAULT 0,
    user_count bigint NOT NULL DEFAULT 0,
    group_count bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL
  ) WITH (fillfactor = 50)`,
  // Look-up tables of their own, so that the big ones can be spread by organisation.
  `CREATE TABLE organization_host (
    subdomain text COLLATE "C" PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization (organization_id)
  )`,
  `CREATE TABLE access_key (
    organization_id uuid NOT NULL REFERENCES organization (organization_id),
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('scim', 'api')),
    label text NOT NULL,
    hint text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (organization_id, id)
  )`,
  `CREATE TABLE access_key_hash (
    secret_hash text COLLATE "C" PRIMARY KEY,
    organization_id uuid NOT NULL,
    access_key_id uuid NOT NULL,
    FOREIGN KEY (organization_id, access_key_id) REFERENCES access_key (organization_id, id)
  )`,
  // resource: JSON text ready to be sent. search: the same with every compared value as its key, for filters.
  `CREATE TABLE user_account (
    organization_id uuid NOT NULL REFERENCES organization (organization_id),
    id uuid NOT NULL,
    number bigint NOT NULL,
    resource text NOT NULL,
    search jsonb NOT NULL,
    sources jsonb NOT NULL,
    origin text NOT NULL CHECK (origin IN ('scim', 'csv', 'hand')),
    user_name_key text COLLATE "C" NOT NULL,
    email_key text COLLATE "C",
    external_id text COLLATE "C",
    display_name_key text COLLATE "C",
    employee_number_key text COLLATE "C",
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    last_modified_at timestamptz NOT NULL,
    deleted_at timestamptz,
    -- Of a boolean the planner expects the half where it has no statistics, of IS NULL next to none.
    living boolean NOT NULL GENERATED ALWAYS AS (deleted_at IS NULL) STORED,
    PRIMARY KEY (organization_id, id)
  ) WITH (fillfactor = 85)`,
  "CREATE UNIQUE INDEX user_account_number ON user_account (organization_id, number) WHERE living",
  `CREATE UNIQUE INDEX user_account_user_name ON user_account (organization_id, user_name_key)
    WHERE living`,
  "CREATE UNIQUE INDEX user_account_email ON user_account (organization_id, email_key) WHERE living",
  // Deleted people are found by the email they last had (R-USER-8).
  "CREATE INDEX user_account_deleted_email ON user_account (organization_id, email_key) WHERE NOT living",
  `CREATE INDEX user_account_external_id ON user_account (organization_id, external_id)
    WHERE living AND external_id IS NOT NULL`,
  `CREATE INDEX user_account_display_name ON user_account (organization_id, display_name_key)
    WHERE living AND display_name_key IS NOT NULL`,
  `CREATE INDEX user_account_employee_number ON user_account (organization_id, employee_number_key)
    WHERE living AND employee_number_key IS NOT NULL`,
  // The values of \`emails\` of people who live, one row each.
  `CREATE TABLE user_email (
    organization_id uuid NOT NULL,
    email_key text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL,
    PRIMARY KEY (organization_id, email_key, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES user_account (organization_id, id)
  )`,
  `CREATE TABLE user_group (
    organization_id uuid NOT NULL REFERENCES organization (organization_id),
    id uuid NOT NULL,
    number bigint NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    display_name_key text COLLATE "C" NOT NULL,
    external_id text COLLATE "C",
    type text NOT NULL,
    origin text NOT NULL CHECK (origin IN ('scim', 'csv', 'hand')),
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    last_modified_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
  ) WITH (fillfactor = 85)`,
  "CREATE UNIQUE INDEX user_group_number ON user_group (organization_id, number)",
  "CREATE UNIQUE INDEX user_group_display_name ON user_group (organization_id, display_name)",
  "CREATE INDEX user_group_display_name_key ON user_group (organization_id, display_name_key)",
  "CREATE INDEX user_group_external_id ON user_group (organization_id, external_id) WHERE external_id IS NOT NULL",
  `CREATE TABLE membership (
    organization_id uuid NOT NULL,
    group_id uuid NOT NULL,
    user_id uuid NOT NULL,
    PRIMARY KEY (organization_id, group_id, user_id),
    FOREIGN KEY (organization_id, group_id) REFERENCES user_group (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES user_account (organization_id, id)
  )`,
  "CREATE INDEX membership_by_user ON membership (organization_id, user_id, group_id)",
  // The log of outcomes; the time is in its key so that it can be partitioned by it.
  `CREATE TABLE log_entry (
    organization_id uuid NOT NULL,
    sequence bigint NOT NULL,
    at timestamptz NOT NULL,
    outcome text NOT NULL,
    subject_id text COLLATE "C",
    entry text NOT NULL,
    PRIMARY KEY (organization_id, sequence, at)
  )`,
  // The events, in the order of commits: the outbox of everything that follows from a change.
  `CREATE TABLE event (
    organization_id uuid NOT NULL,
    sequence bigint NOT NULL,
    at timestamptz NOT NULL,
    type text NOT NULL,
    data text NOT NULL,
    PRIMARY KEY (organization_id, sequence)
  )`,
  // Statistics of a column that every index begins with do harm: of an organisation that they do not know yet the planner
  // expects one row, takes any index for as good as the right one, and reads all of it. Without them it expects a
  // two-hundredth of the table, always, and so the index that has every column asked for.
  ...["user_account", "user_email", "user_group", "membership"].map(
    (table) => `ALTER TABLE ${table} ALTER COLUMN organization_id SET STATISTICS 0`
  )
]
